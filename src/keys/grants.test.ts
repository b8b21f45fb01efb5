import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayMs, ManualClock } from '#base/clock.ts';
import type { Allowed } from '#model/proofs.ts';
import { MemoryStore } from '#storage/memory/memory-store.ts';
import type { CollectionName, Reader, Store } from '#storage/store.ts';
import { memoryVault, testPlace } from '#test/harness/kms.ts';
import { createKey } from './create.ts';
import { destroyDueKeys, scheduleDeletion } from './deletion.ts';
import { openGrantToken, requireGrantTokens, sealGrantToken } from './grant-tokens.ts';
import { createGrant, findGrant, grantsOfGrantee, type NewGrant, removeGrant } from './grants.ts';
import { type Keyring, keyPath, openKeyring } from './keyring.ts';
import { requireUsable, type UsableKey } from './require.ts';
import type { LocatedKey } from './snapshots.ts';
import { whenEnabled } from './states.ts';

const indexes: readonly CollectionName[] = ['grants', 'grantsOfGrantee', 'grantsOfRetirer', 'grantNames'];

const says = (granteeId: string, more: Partial<NewGrant> = {}): NewGrant => ({
  name: '',
  grantee: { id: granteeId, name: `arn:${granteeId}` },
  issuingAccountId: '111122223333',
  operations: ['Decrypt'],
  ...more,
});

const really = { isDryRun: false };

async function openKeys(store?: Store) {
  const clock = new ManualClock();
  const keyring = await openKeyring(await memoryVault(clock, store));
  return { clock, keyring, key: await newKey(keyring) };
}

async function newKey(keyring: Keyring): Promise<UsableKey> {
  const key = await createKey(keyring, testPlace(), {
    description: '',
    spec: 'SYMMETRIC_DEFAULT',
    usage: 'ENCRYPT_DECRYPT',
    policy: '{}',
    tags: [],
    origin: 'AWS_KMS',
    isMultiRegion: false,
  });
  return requireUsable(key as Allowed<LocatedKey>, { operation: 'CreateGrant', states: whenEnabled });
}

const make = (keyring: Keyring, key: UsableKey, grant: NewGrant) =>
  createGrant(keyring, key, async () => grant, really);
const idsOf = async (keyring: Keyring, key: UsableKey, granteeId: string) =>
  (await grantsOfGrantee(keyring, key, granteeId)).map(({ grantId }) => grantId);
const countOf = async ({ vault }: Keyring, key: UsableKey) =>
  (await vault.store.get('grantCounts', keyPath(key.place, key.keyId)))?.count;
const sizes = ({ vault }: Keyring) =>
  Promise.all(indexes.map(async (name) => (await vault.store.list(name, { within: [], limit: 99 })).length));

test('a grant is in every index while it lasts, and in none afterwards', async () => {
  const { keyring, key } = await openKeys();
  const whole = says('AIDA1', { name: 'n', retirer: { id: 'AIDA2', name: 'arn:AIDA2' } });
  const grantId = await make(keyring, key, whole);
  assert.match(grantId, /^[0-9a-f]{64}$/);
  assert.deepEqual(await sizes(keyring), [1, 1, 1, 1]);
  assert.equal(await countOf(keyring, key), 1);
  await removeGrant(keyring, key, grantId, really);
  assert.deepEqual(await sizes(keyring), [0, 0, 0, 0]);
  assert.equal(await countOf(keyring, key), 0);
  await assert.rejects(removeGrant(keyring, key, grantId, really), { name: 'NotFoundException' });
});

test('the same name and content is the same grant, whatever the order; any other content is another', async () => {
  const { keyring, key } = await openKeys();
  const context = [['a', '1'] as const, ['b', '2'] as const];
  const first = says('AIDA1', {
    name: 'n',
    operations: ['Encrypt', 'Decrypt'],
    constraints: { encryptionContextSubset: context },
  });
  const grantId = await make(keyring, key, first);
  const again = {
    ...first,
    operations: ['Decrypt', 'Encrypt'],
    constraints: { encryptionContextSubset: context.toReversed() },
  };
  assert.equal(await make(keyring, key, again), grantId);
  assert.equal(await countOf(keyring, key), 1);
  const others: NewGrant[] = [
    { ...first, name: '' },
    { ...first, name: 'm' },
    { ...first, grantee: { id: 'AIDA9', name: first.grantee.name } },
    { ...first, retirer: { id: 'AIDA2', name: 'arn:AIDA2' } },
    { ...first, issuingAccountId: '444455556666' },
    { ...first, operations: ['Decrypt'] },
    { ...first, constraints: { encryptionContextEquals: context } },
    { ...first, constraints: { ...first.constraints, sourceArn: 'arn:aws:s3:::bucket' } },
  ];
  const ids = new Set([grantId]);
  for (const other of others) ids.add(await make(keyring, key, other));
  assert.equal(ids.size, others.length + 1);
  const unnamed = says('AIDA1');
  assert.notEqual(await make(keyring, key, unnamed), await make(keyring, key, unnamed));
  await removeGrant(keyring, key, grantId, really);
  assert.notEqual(await make(keyring, key, first), grantId);
});

test('a key has 50,000 grants at most; making one again by its name needs no room', async () => {
  const { keyring, key } = await openKeys();
  const named = says('AIDA1', { name: 'n' });
  const grantId = await make(keyring, key, named);
  const path = keyPath(key.place, key.keyId);
  await keyring.vault.store.write(async (transaction) => transaction.put('grantCounts', path, { count: 50_000 }));
  await assert.rejects(make(keyring, key, says('AIDA2')), { name: 'LimitExceededException' });
  assert.equal(await make(keyring, key, named), grantId);
  await removeGrant(keyring, key, grantId, really);
  await make(keyring, key, says('AIDA2'));
  assert.equal(await countOf(keyring, key), 50_000);
});

test('a dry run finds out what would be refused, and changes nothing', async () => {
  const { keyring, key } = await openKeys();
  const dry = { isDryRun: true };
  await assert.rejects(
    createGrant(keyring, key, async () => says('AIDA1'), dry),
    { name: 'DryRunOperationException' },
  );
  assert.deepEqual(await sizes(keyring), [0, 0, 0, 0]);
  const grantId = await make(keyring, key, says('AIDA1'));
  await assert.rejects(removeGrant(keyring, key, grantId, dry), { name: 'DryRunOperationException' });
  assert.deepEqual(await idsOf(keyring, key, 'AIDA1'), [grantId]);
  await assert.rejects(removeGrant(keyring, key, 'f'.repeat(64), dry), { name: 'NotFoundException' });
});

test('a key that stopped being usable in between gets no grant', async () => {
  const { keyring, key } = await openKeys();
  await scheduleDeletion(keyring, key, 7);
  await assert.rejects(make(keyring, key, says('AIDA1')), { name: 'KMSInvalidStateException' });
  assert.deepEqual(await sizes(keyring), [0, 0, 0, 0]);
});

/** A store that counts the records that are read from it, in transactions too. */
function countReads(store: Store) {
  const counted = { reads: 0 };
  const counting = <R extends Reader>(reader: R): R => ({
    ...reader,
    get(collection, key) {
      counted.reads++;
      return reader.get(collection, key);
    },
    async list(collection, range) {
      const found = await reader.list(collection, range);
      counted.reads += 1 + found.length;
      return found;
    },
  });
  const write: Store['write'] = (work, options) => store.write((transaction) => work(counting(transaction)), options);
  const whole: Store = { ...counting(store), write, snapshot: () => store.snapshot(), close: () => store.close() };
  return { store: whole, counted };
}

test('what a grantee has is read once, also that it has nothing, and is current after every change', async () => {
  const { store, counted } = countReads(new MemoryStore());
  const { keyring, key } = await openKeys(store);
  const cost = async (granteeId: string) => {
    const before = counted.reads;
    await grantsOfGrantee(keyring, key, granteeId);
    return counted.reads - before;
  };
  assert.equal(await cost('AIDA1'), 1);
  assert.equal(await cost('AIDA1'), 0);
  const grantId = await make(keyring, key, says('AIDA1'));
  assert.deepEqual(await idsOf(keyring, key, 'AIDA1'), [grantId]);
  assert.equal(await cost('AIDA1'), 0);
  await removeGrant(keyring, key, grantId, really);
  assert.deepEqual(await idsOf(keyring, key, 'AIDA1'), []);
});

test('no cost grows with the grants that others have on the key', async () => {
  const { store, counted } = countReads(new MemoryStore());
  const { keyring, key } = await openKeys(store);
  const path = keyPath(key.place, key.keyId);
  const grantId = await make(keyring, key, says('AIDA1'));
  const cost = async (work: () => Promise<unknown>) => {
    const before = counted.reads;
    await work();
    return counted.reads - before;
  };
  const costs = async (another: string) => ({
    first: await cost(async () => {
      keyring.grantees.drop(path, 'AIDA1');
      assert.deepEqual(await idsOf(keyring, key, 'AIDA1'), [grantId]);
    }),
    making: await cost(() => make(keyring, key, says(another))),
    ending: await cost(async () => {
      const [ended = ''] = await idsOf(keyring, key, another);
      await removeGrant(keyring, key, ended, really);
    }),
    // Others' changes do not make it forgotten.
    next: await cost(() => idsOf(keyring, key, 'AIDA1')),
  });
  const alone = await costs('AIDA2');
  assert.equal(alone.next, 0);
  await store.write(async (transaction) => {
    for (let i = 0; i < 5000; i++) {
      const other = { ...says(`AIDA1${i}`), grantId: String(i), createdAtMs: 0 };
      transaction.put('grants', [...path, other.grantId], other);
      transaction.put('grantsOfGrantee', [...path, other.grantee.id, other.grantId], {});
    }
  });
  assert.deepEqual(await costs('AIDA3'), alone);
});

test('a list of more grants than are loaded at once is whole', async () => {
  const { keyring, key } = await openKeys();
  const path = keyPath(key.place, key.keyId);
  await keyring.vault.store.write(async (transaction) => {
    for (let i = 0; i < 2001; i++) {
      const grant = { ...says('AIDA1'), grantId: String(i), createdAtMs: 0 };
      transaction.put('grants', [...path, grant.grantId], grant);
      transaction.put('grantsOfGrantee', [...path, 'AIDA1', grant.grantId], {});
    }
  });
  assert.equal(new Set(await idsOf(keyring, key, 'AIDA1')).size, 2001);
});

test('a key that is destroyed takes its grants along, and those of no other key', async () => {
  const { keyring, key, clock } = await openKeys();
  const other = await newKey(keyring);
  const whole = says('AIDA1', { name: 'n', retirer: { id: 'AIDA2', name: 'arn:AIDA2' } });
  await make(keyring, key, whole);
  const kept = await make(keyring, other, whole);
  const path = keyPath(key.place, key.keyId);
  await keyring.vault.store.write(async (transaction) => {
    for (let i = 0; i < 1500; i++) {
      const grant = { ...says('AIDA3'), grantId: String(i), createdAtMs: 0 };
      transaction.put('grants', [...path, grant.grantId], grant);
      transaction.put('grantsOfGrantee', [...path, 'AIDA3', grant.grantId], {});
    }
  });
  assert.equal((await grantsOfGrantee(keyring, key, 'AIDA3')).length, 1500);
  await scheduleDeletion(keyring, key, 7);
  clock.advance(7 * dayMs);
  assert.deepEqual(await destroyDueKeys(keyring), [key.arn]);
  assert.deepEqual(await sizes(keyring), [1, 1, 1, 1]);
  assert.equal(await countOf(keyring, key), undefined);
  assert.deepEqual(await idsOf(keyring, key, 'AIDA3'), []);
  assert.deepEqual(await idsOf(keyring, other, 'AIDA1'), [kept]);
  assert.deepEqual(await keyring.vault.store.list('deletions', { within: [], limit: 9 }), []);
});

test('grants that were left when a destruction was cut short go at the next one', async () => {
  const { keyring, key, clock } = await openKeys();
  await make(keyring, key, says('AIDA1'));
  await scheduleDeletion(keyring, key, 7);
  clock.advance(7 * dayMs);
  // The key is gone, its grants are not: as after a kill between two transactions.
  await keyring.vault.store.write(async (transaction) => transaction.delete('keys', keyPath(key.place, key.keyId)));
  await destroyDueKeys(keyring);
  assert.deepEqual(await sizes(keyring), [0, 0, 0, 0]);
  assert.deepEqual(await keyring.vault.store.list('deletions', { within: [], limit: 9 }), []);
});

test('a token names its grant, is another one each time, and only ours are taken', async () => {
  const { keyring, key } = await openKeys();
  const grantId = await make(keyring, key, says('AIDA1'));
  const token = sealGrantToken(keyring, key, grantId);
  assert.match(token, /^[\w-]+$/);
  assert.notEqual(sealGrantToken(keyring, key, grantId), token);
  assert.deepEqual(openGrantToken(keyring, token), { place: key.place, keyId: key.keyId, grantId });
  const elsewhere = sealGrantToken({ ...keyring, grantTokenKey: keyring.markerKey }, key, grantId);
  const flipped = `${token.slice(0, 30)}${token[30] === 'A' ? 'B' : 'A'}${token.slice(31)}`;
  for (const wrong of ['', 'x', grantId, elsewhere, flipped, `${token}!`, `${token} `, token.slice(0, -4)]) {
    assert.throws(() => openGrantToken(keyring, wrong), { name: 'InvalidGrantTokenException' });
  }
});

test('the tokens of a request are of grants that last, on keys of the request', async () => {
  const { keyring, key } = await openKeys();
  const other = await newKey(keyring);
  const grantId = await make(keyring, key, says('AIDA1'));
  const token = sealGrantToken(keyring, key, grantId);
  await requireGrantTokens(keyring, [token, token], [other, key]);
  await assert.rejects(requireGrantTokens(keyring, [token], [other]), { name: 'InvalidGrantTokenException' });
  await assert.rejects(requireGrantTokens(keyring, [token, 'x'], [key]), { name: 'InvalidGrantTokenException' });
  assert.notEqual(await findGrant(keyring.vault.store, key, grantId), undefined);
  await removeGrant(keyring, key, grantId, really);
  await assert.rejects(requireGrantTokens(keyring, [token], [key]), { name: 'InvalidGrantTokenException' });
});
