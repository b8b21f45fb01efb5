import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayMs, ManualClock } from '#base/clock.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { MemoryStore } from '#storage/memory/memory-store.ts';
import type { RecordKey, Store } from '#storage/store.ts';
import { memoryRoot, memoryVault } from '#test/harness/kms.ts';
import { CustodyError } from './custody.ts';
import type { DomainKeys, WrappingPlace } from './domain-keys.ts';
import { makeVault } from './vault.ts';

const path = (n: number): RecordKey => ['111122223333', 'us-east-1', 'key', `material-${String(n).padStart(4, '0')}`];

function place(n: number): WrappingPlace {
  const holder = { keyId: 'key', materialId: `material-${n}`, spec: 'SYMMETRIC_DEFAULT', createdAtMs: 1 };
  return { collection: 'materials', key: path(n), holder };
}

const secretOf = (n: number) => new SecretBytes(Buffer.from(`the secret number ${n}`));

async function put(store: Store, domainKeys: DomainKeys, n: number): Promise<void> {
  await store.write(async (tx) => {
    const holder = { keyId: 'key', materialId: `material-${n}`, spec: 'SYMMETRIC_DEFAULT', createdAtMs: 1 };
    tx.put('materials', path(n), { ...holder, wrapped: domainKeys.wrap(secretOf(n), place(n)) });
  });
}

async function opens(store: Store, domainKeys: DomainKeys, n: number): Promise<boolean> {
  const record = await store.get('materials', path(n));
  return record !== undefined && domainKeys.unwrap(record.wrapped, place(n)).equals(secretOf(n));
}

const domainKeyCount = async (store: Store) => (await store.list('domainKeys', { within: [], limit: 99 })).length;

test('a secret wrapped for one place does not open in another', async () => {
  const { store, domainKeys } = await memoryVault(new ManualClock());
  await put(store, domainKeys, 1);
  const record = await store.get('materials', path(1));
  assert(record !== undefined);
  assert.throws(() => domainKeys.unwrap(record.wrapped, place(2)), CustodyError);
  const otherSpec = { ...place(1), holder: { ...record, spec: 'RSA_2048' } };
  assert.throws(() => domainKeys.unwrap(record.wrapped, otherSpec), CustodyError);
});

test('rotation wraps everything anew and destroys the old domain key', async () => {
  const { store, domainKeys } = await memoryVault(new ManualClock());
  for (let n = 0; n < 250; n++) await put(store, domainKeys, n);
  const before = domainKeys.active.domainKeyId;
  const { domainKeyId, rewrapped } = await domainKeys.rotate();
  assert.equal(rewrapped, 250);
  assert.notEqual(domainKeyId, before);
  assert.equal(await domainKeyCount(store), 1);
  for (let n = 0; n < 250; n++) assert(await opens(store, domainKeys, n));
});

test('what is written while a rotation runs is found under the new domain key as well', async () => {
  const { store, domainKeys } = await memoryVault(new ManualClock());
  for (let n = 0; n < 300; n++) await put(store, domainKeys, n);
  const rotation = domainKeys.rotate();
  for (let n = 300; n < 400; n++) await put(store, domainKeys, n);
  await rotation;
  assert.equal(await domainKeyCount(store), 1);
  for (let n = 0; n < 400; n++) assert(await opens(store, domainKeys, n), `secret ${n}`);
});

test('a rotation that was cut short is finished after opening again', async () => {
  const store: Store = new MemoryStore();
  const root = memoryRoot();
  const clock = new ManualClock();
  const { domainKeys: first } = await makeVault({ store, root, clock });
  for (let n = 0; n < 250; n++) await put(store, first, n);
  let transactions = 0;
  const dying: Store = {
    get: (collection, key) => store.get(collection, key),
    list: (collection, range) => store.list(collection, range),
    write: (work, options) => (++transactions > 4 ? Promise.reject(new Error('killed')) : store.write(work, options)),
    snapshot: () => store.snapshot(),
    close: () => store.close(),
  };
  const { domainKeys: second } = await makeVault({ store: dying, root, clock });
  await assert.rejects(second.rotate(), /killed/);
  assert.equal(await domainKeyCount(store), 2);
  const { domainKeys: third } = await makeVault({ store, root, clock });
  for (let n = 0; n < 250; n++) assert(await opens(store, third, n));
  await third.resume();
  assert.equal(await domainKeyCount(store), 1);
  for (let n = 0; n < 250; n++) assert(await opens(store, third, n));
});

test('rotations asked for at once run one after another', async () => {
  const { store, domainKeys } = await memoryVault(new ManualClock());
  for (let n = 0; n < 20; n++) await put(store, domainKeys, n);
  await Promise.all([domainKeys.rotate(), domainKeys.rotate(), domainKeys.resume(), domainKeys.rotate()]);
  assert.equal(await domainKeyCount(store), 1);
  for (let n = 0; n < 20; n++) assert(await opens(store, domainKeys, n));
});

test('another root of trust is refused in words that name it', async () => {
  const store = new MemoryStore();
  await makeVault({ store, root: memoryRoot(), clock: new ManualClock() });
  await assert.rejects(
    makeVault({ store, root: memoryRoot(), clock: new ManualClock() }),
    /another root of trust: the test's root key/,
  );
});

test('a domain key is due for rotation after a day', async () => {
  const clock = new ManualClock();
  const { domainKeys } = await memoryVault(clock);
  clock.advance(dayMs - 1);
  assert(!domainKeys.isRotationDue);
  clock.advance(1);
  assert(domainKeys.isRotationDue);
  await domainKeys.rotate();
  assert(!domainKeys.isRotationDue);
});

test('a rotation lets the event loop turn', async () => {
  const { store, domainKeys } = await memoryVault(new ManualClock());
  for (let n = 0; n < 500; n++) await put(store, domainKeys, n);
  let turns = 0;
  let isRotating = true;
  const count = () => {
    turns++;
    if (isRotating) setImmediate(count);
  };
  setImmediate(count);
  await domainKeys.rotate();
  isRotating = false;
  assert(turns >= 5, `only ${turns} turns`); // one a batch
});

test('a task that needs every domain key keeps rotations waiting', async () => {
  const { store, domainKeys } = await memoryVault(new ManualClock());
  await put(store, domainKeys, 1);
  const old = await store.get('materials', path(1));
  assert(old !== undefined);
  let rotations: Promise<unknown> = Promise.resolve();
  await domainKeys.withoutRotation(async () => {
    rotations = Promise.all([domainKeys.rotate(), domainKeys.rotate()]);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert(domainKeys.unwrap(old.wrapped, place(1)).equals(secretOf(1)));
  });
  await rotations;
  assert.throws(() => domainKeys.unwrap(old.wrapped, place(1)), CustodyError);
});
