import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '#base/clock.ts';
import type { Vault } from '#custody/vault.ts';
import { keyArn, parseKeyId } from '#model/arn.ts';
import { FileJournal } from '#storage/file/file-journal.ts';
import { MemoryJournal } from '#storage/memory/memory-journal.ts';
import { memoryVault, testPlace } from '#test/harness/kms.ts';
import { KeyUsage } from './usage.ts';

const place = testPlace();

function someKey(n: number) {
  const keyId = parseKeyId(`00000000-0000-4000-8000-${String(n).padStart(12, '0')}`);
  assert(keyId !== undefined);
  const record = {
    ...place,
    keyId,
    createdAtMs: 5,
    description: '',
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    origin: 'AWS_KMS',
    state: { name: 'Enabled' },
    currentMaterialId: '',
    policy: '',
    tags: [],
  } as const;
  return { keyId, place, record, arn: keyArn(place, keyId), aliases: [], materials: new Map() };
}

const keys = [0, 1, 2, 3].map(someKey);
const [first, second] = keys as [ReturnType<typeof someKey>, ReturnType<typeof someKey>];

async function vaultWithKeys(clock = new ManualClock(1_000_000)): Promise<Vault> {
  const vault = await memoryVault(clock);
  await vault.store.write(async (transaction) => {
    for (const { keyId, record } of keys) {
      transaction.put('keys', [place.accountId, place.region, keyId], record);
    }
  });
  return vault;
}

test('a use is known at once, and to the next process, stored or only noted', async () => {
  const vault = await vaultWithKeys();
  const journal = new MemoryJournal();
  const usage = await KeyUsage.open(vault, journal);
  const requestId = randomUUID();
  usage.mark('Encrypt', requestId, [first]);
  const expected = { operation: 'Encrypt', requestId, atMs: 1_000_000 };
  assert.deepEqual(await usage.last(first), expected);
  assert.deepEqual(journal.read(), []);
  usage.note();
  assert.equal(journal.read().length, 1);
  assert.equal(await usage.last(second), undefined);

  const next = await KeyUsage.open(vault, journal);
  assert.deepEqual(await next.last(first), expected);
  assert.deepEqual(journal.read(), []);
  assert.deepEqual(await (await KeyUsage.open(vault, new MemoryJournal())).last(first), expected);
});

test('uses are noted together, the last of each key', async () => {
  const journal = new MemoryJournal();
  const usage = await KeyUsage.open(await vaultWithKeys(), journal);
  const ids = Array.from({ length: 50 }, () => randomUUID());
  for (const [n, id] of ids.entries()) usage.mark('Decrypt', id, [keys[n % 2] ?? first]);
  usage.note();
  usage.note();
  assert.deepEqual(
    journal.read().map((line) => line.split(' ')[2]),
    ids.slice(-2),
  );
});

test('what is no cryptographic operation is no use', async () => {
  const usage = await KeyUsage.open(await vaultWithKeys(), new MemoryJournal());
  usage.mark('DescribeKey', randomUUID(), [first]);
  assert.equal(await usage.last(first), undefined);
});

test('a store that fails keeps nothing from being known, then or after the end of the process', async () => {
  const vault = await vaultWithKeys();
  const journal = new MemoryJournal();
  const usage = await KeyUsage.open(vault, journal);
  const write = vault.store.write.bind(vault.store);
  const [early, late] = [randomUUID(), randomUUID()];
  usage.mark('Sign', early, [first]);
  usage.note();
  usage.mark('Sign', early, [second]);
  usage.note();
  vault.store.write = () => Promise.reject(new Error('on purpose'));
  await assert.rejects(usage.store(), /on purpose/);
  usage.mark('Verify', late, [second]);
  usage.note();
  await assert.rejects(usage.store(), /on purpose/);
  vault.store.write = write;
  const crashed = new MemoryJournal();
  crashed.append(
    journal
      .read()
      .map((line) => `${line}\n`)
      .join(''),
  );
  for (const one of [usage, await KeyUsage.open(vault, crashed)]) {
    assert.equal((await one.last(first))?.requestId, early);
    assert.equal((await one.last(second))?.requestId, late);
  }
  await usage.store();
  assert.deepEqual(journal.read(), []);
});

test('a use while others go into the store is neither lost nor overtaken', async () => {
  const vault = await vaultWithKeys();
  const journal = new MemoryJournal();
  const usage = await KeyUsage.open(vault, journal);
  usage.mark('Encrypt', randomUUID(), [first]);
  usage.note();
  const requestId = randomUUID();
  const write = vault.store.write.bind(vault.store);
  vault.store.write = async (work) => {
    const result = await write(work);
    usage.mark('Decrypt', requestId, [first]);
    usage.note();
    assert.equal((await usage.last(first))?.requestId, requestId);
    return result;
  };
  await usage.store();
  vault.store.write = write;
  assert.equal((await usage.last(first))?.requestId, requestId);
  assert.equal(journal.read().length, 1);
  await usage.close();
  assert.equal((await (await KeyUsage.open(vault, new MemoryJournal())).last(first))?.requestId, requestId);
});

test('a journal that cannot be written is told, and the use is known and stored all the same', async () => {
  const vault = await vaultWithKeys();
  const journal = new FileJournal('/nonexistent/usage.log');
  const usage = await KeyUsage.open(vault, journal);
  usage.mark('Encrypt', randomUUID(), [first]);
  usage.note();
  assert.equal((await usage.last(first))?.operation, 'Encrypt');
  await assert.rejects(usage.store(), /were not noted/);
  await usage.store();
  const stored = await vault.store.get('keyUses', [place.accountId, place.region, first.keyId]);
  assert.equal(stored?.operation, 'Encrypt');
});

test('of a key that was destroyed meanwhile nothing is stored', async () => {
  const vault = await vaultWithKeys();
  const usage = await KeyUsage.open(vault, new MemoryJournal());
  usage.mark('Encrypt', randomUUID(), [first, second]);
  usage.note();
  const path = [place.accountId, place.region, first.keyId];
  await vault.store.write(async (transaction) => transaction.delete('keys', path));
  await usage.store();
  const stored = await vault.store.list('keyUses', { within: [], limit: 9 });
  assert.deepEqual(
    stored.map(({ key }) => key[2]),
    [second.keyId],
  );
});

test('lines of a journal that are not whole are left out', async () => {
  const vault = await vaultWithKeys();
  const journal = new MemoryJournal();
  const id = randomUUID();
  const whole = `1000 Encrypt ${id} ${place.accountId} ${place.region} ${first.keyId}`;
  for (let length = 1; length < whole.length; length++) journal.append(`${whole.slice(0, length)}\n`);
  journal.append(`${'\0'.repeat(whole.length)}\n1e3 Encrypt ${id} ${place.accountId} ${place.region} ${first.keyId}\n`);
  journal.append(`1000 Drop ${id} ${place.accountId} ${place.region} ${first.keyId}\n`);
  assert.equal(await (await KeyUsage.open(vault, journal)).last(first), undefined);
  journal.append(`${whole}\n`);
  assert.equal((await (await KeyUsage.open(vault, journal)).last(first))?.requestId, id);
});

test('tracking began when the store was first opened, or with the key, whichever is later', async () => {
  const clock = new ManualClock(1000);
  const vault = await vaultWithKeys(clock);
  const made = (createdAtMs: number) => ({ record: { ...first.record, createdAtMs } });
  assert.equal((await KeyUsage.open(vault, new MemoryJournal())).trackedSince(made(5)), 1000);
  clock.advance(500);
  const later = await KeyUsage.open(vault, new MemoryJournal());
  assert.equal(later.trackedSince(made(5)), 1000);
  assert.equal(later.trackedSince(made(1200)), 1200);
});

test('whatever is marked, stored, failed and killed in whatever order, the last use is known', async () => {
  const step = fc.oneof(
    { weight: 5, arbitrary: fc.record({ do: fc.constant('mark' as const), key: fc.nat(keys.length - 1) }) },
    fc.record({ do: fc.constantFrom('store' as const, 'fail' as const, 'kill' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
      const clock = new ManualClock(1_000_000);
      const vault = await vaultWithKeys(clock);
      const write = vault.store.write.bind(vault.store);
      const journal = new MemoryJournal();
      let usage = await KeyUsage.open(vault, journal);
      const model = new Map<number, string>();
      for (const one of steps) {
        clock.advance(-1); // time may go back; the order of uses is what counts
        if (one.do === 'mark') {
          const requestId = randomUUID();
          usage.mark('Encrypt', requestId, [keys[one.key] ?? first]);
          usage.note();
          model.set(one.key, requestId);
        } else if (one.do === 'store') await usage.store();
        else if (one.do === 'kill') usage = await KeyUsage.open(vault, journal);
        else {
          vault.store.write = () => Promise.reject(new Error('on purpose'));
          await usage.store().catch(() => undefined);
          vault.store.write = write;
        }
        for (const [n, key] of keys.entries()) assert.equal((await usage.last(key))?.requestId, model.get(n));
      }
    }),
    { numRuns: 60 },
  );
});
