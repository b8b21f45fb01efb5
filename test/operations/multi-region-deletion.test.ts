/** The end of multi-Region keys: replicas go when they like, the primary last, and a replica may come again. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayMs } from '#base/clock.ts';
import { destroyDueKeys } from '#keys/deletion.ts';
import type { GrantRecord } from '#storage/store.ts';
import { type Kms, startKms } from '#test/harness/kms.ts';

const [home, europe, asia] = ['us-east-1', 'eu-west-1', 'ap-south-1'] as const;
const at = (region: string) => ({ region });
const arnOf = (KeyId: string, region: string) => `arn:aws:kms:${region}:111122223333:key/${KeyId}`;
const Plaintext = Buffer.from('hello').toString('base64');

async function newFamily(kms: Kms, ...replicas: string[]): Promise<string> {
  const { KeyId } = (await kms.ok('CreateKey', { MultiRegion: true })).KeyMetadata;
  for (const ReplicaRegion of replicas) await kms.ok('ReplicateKey', { KeyId, ReplicaRegion });
  return KeyId;
}

const describe = async (kms: Kms, KeyId: string, region: string) =>
  (await kms.ok('DescribeKey', { KeyId }, at(region))).KeyMetadata;

const replicasIn = async (kms: Kms, KeyId: string, region: string): Promise<string[]> =>
  (await describe(kms, KeyId, region)).MultiRegionConfiguration.ReplicaKeys.map(
    ({ Region }: { Region: string }) => Region,
  );

const schedule = (kms: Kms, KeyId: string, region: string, PendingWindowInDays = 7) =>
  kms.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays }, at(region));

async function destroyReplica(kms: Kms, KeyId: string, region: string): Promise<void> {
  await schedule(kms, KeyId, region);
  kms.clock.advance(7 * dayMs);
  assert.deepEqual(await destroyDueKeys(kms.keyring), [arnOf(KeyId, region)]);
}

/** The collections of all records that name a key, or a key and a Region. */
async function recordsWith({ vault: { store } }: Kms, ...names: string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { collection, key, record } of store.snapshot()) {
    const text = JSON.stringify([key, record]);
    if (names.every((name) => text.includes(name))) found.push(collection);
  }
  return found;
}

test('a primary waits for its replicas, and then for its own window', async () => {
  await using kms = await startKms();
  const KeyId = await newFamily(kms, europe, asia);
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext });
  assert.deepEqual(await schedule(kms, KeyId, home, 10), {
    KeyId: arnOf(KeyId, home),
    KeyState: 'PendingReplicaDeletion',
    PendingWindowInDays: 10,
  });
  const waiting = await describe(kms, KeyId, home);
  assert.deepEqual(
    [waiting.KeyState, waiting.Enabled, waiting.PendingDeletionWindowInDays, waiting.DeletionDate],
    ['PendingReplicaDeletion', false, 10, undefined],
  );
  for (const [operation, input] of [
    ['ScheduleKeyDeletion', {}],
    ['Encrypt', { Plaintext }],
    ['Decrypt', { CiphertextBlob }],
    ['DisableKey', {}],
    ['ReplicateKey', { ReplicaRegion: 'sa-east-1' }],
  ] as const) {
    const { body } = await kms.send(operation, { KeyId, ...input });
    assert.equal(body.__type, 'KMSInvalidStateException', operation);
    assert.equal(body.message, `${arnOf(KeyId, home)} is pending deletion (or pending replica deletion).`, operation);
  }
  kms.clock.advance(40 * dayMs);
  assert.deepEqual(await destroyDueKeys(kms.keyring), []);

  await destroyReplica(kms, KeyId, europe);
  assert.equal((await kms.send('DescribeKey', { KeyId }, at(europe))).body.__type, 'NotFoundException');
  assert.deepEqual(await replicasIn(kms, KeyId, home), [asia]);
  assert.deepEqual(await replicasIn(kms, KeyId, asia), [asia]);
  assert.equal((await describe(kms, KeyId, home)).KeyState, 'PendingReplicaDeletion');
  assert.equal((await kms.ok('Decrypt', { CiphertextBlob }, at(asia))).Plaintext, Plaintext);

  await schedule(kms, KeyId, asia);
  kms.clock.advance(9 * dayMs); // two days late
  assert.deepEqual(await destroyDueKeys(kms.keyring), [arnOf(KeyId, asia)]);
  const { KeyState, DeletionDate, PendingDeletionWindowInDays } = await describe(kms, KeyId, home);
  const endMs = kms.clock.now() + 10 * dayMs;
  assert.deepEqual([KeyState, DeletionDate, PendingDeletionWindowInDays], ['PendingDeletion', endMs / 1000, undefined]);
  kms.clock.advance(10 * dayMs - 1);
  assert.deepEqual(await destroyDueKeys(kms.keyring), []);
  kms.clock.advance(1);
  assert.deepEqual(await destroyDueKeys(kms.keyring), [arnOf(KeyId, home)]);
  assert.deepEqual(await recordsWith(kms, KeyId), []);
});

test('a primary that waits for its replicas can be called back', async () => {
  await using kms = await startKms();
  const KeyId = await newFamily(kms, europe);
  await schedule(kms, KeyId, home);
  assert.deepEqual(await kms.ok('CancelKeyDeletion', { KeyId }), { KeyId: arnOf(KeyId, home) });
  assert.equal((await describe(kms, KeyId, home)).KeyState, 'Disabled');
  await destroyReplica(kms, KeyId, europe);
  const { KeyState, MultiRegionConfiguration } = await describe(kms, KeyId, home);
  assert.equal(KeyState, 'Disabled');
  assert.deepEqual(MultiRegionConfiguration.ReplicaKeys, []);
  await kms.ok('EnableKey', { KeyId });
  await kms.ok('ReplicateKey', { KeyId, ReplicaRegion: europe });
});

test('a primary whose window has begun can be called back too', async () => {
  await using kms = await startKms();
  const KeyId = await newFamily(kms, europe);
  await schedule(kms, KeyId, home);
  await destroyReplica(kms, KeyId, europe);
  await kms.ok('CancelKeyDeletion', { KeyId });
  kms.clock.advance(60 * dayMs);
  assert.deepEqual(await destroyDueKeys(kms.keyring), []);
  assert.equal((await describe(kms, KeyId, home)).KeyState, 'Disabled');
});

test('a replica that is called back stays, and a primary goes on waiting for it', async () => {
  await using kms = await startKms();
  const KeyId = await newFamily(kms, europe);
  await schedule(kms, KeyId, home);
  await schedule(kms, KeyId, europe);
  await kms.ok('CancelKeyDeletion', { KeyId }, at(europe));
  kms.clock.advance(60 * dayMs);
  assert.deepEqual(await destroyDueKeys(kms.keyring), []);
  assert.equal((await describe(kms, KeyId, home)).KeyState, 'PendingReplicaDeletion');
  assert.equal((await describe(kms, KeyId, europe)).KeyState, 'Disabled');
});

test('a primary without replicas goes as any key does', async () => {
  await using kms = await startKms();
  const KeyId = await newFamily(kms);
  const { KeyState, DeletionDate } = await schedule(kms, KeyId, home);
  assert.deepEqual([KeyState, DeletionDate], ['PendingDeletion', (kms.clock.now() + 7 * dayMs) / 1000]);
  kms.clock.advance(7 * dayMs);
  assert.deepEqual(await destroyDueKeys(kms.keyring), [arnOf(KeyId, home)]);
  assert.deepEqual(await recordsWith(kms, KeyId), []);
});

test('the former primary goes as a replica', async () => {
  await using kms = await startKms();
  const KeyId = await newFamily(kms, europe);
  await kms.ok('UpdatePrimaryRegion', { KeyId, PrimaryRegion: europe });
  await destroyReplica(kms, KeyId, home);
  assert.deepEqual(await replicasIn(kms, KeyId, europe), []);
  await kms.ok('Encrypt', { KeyId, Plaintext }, at(europe));
});

test('a replica that comes again has nothing of the one before it but what is shared', async () => {
  await using kms = await startKms();
  const KeyId = await newFamily(kms, europe);
  const grantee = 'arn:aws:iam::111122223333:root';
  const grant = { KeyId, GranteePrincipal: grantee, Operations: ['Decrypt'], Name: 'g' };
  const old = await kms.ok('CreateGrant', grant, at(europe));
  await kms.ok('CreateAlias', { AliasName: 'alias/x', TargetKeyId: KeyId }, at(europe));
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId: 'alias/x', Plaintext }, at(europe));
  await destroyReplica(kms, KeyId, europe);
  assert.equal((await kms.send('Decrypt', { CiphertextBlob }, at(europe))).body.__type, 'AccessDeniedException');
  assert.equal((await recordsWith(kms, KeyId, europe)).length, 0);

  await kms.ok('ReplicateKey', { KeyId, ReplicaRegion: europe });
  assert.deepEqual((await kms.ok('ListGrants', { KeyId }, at(europe))).Grants, []);
  assert.deepEqual((await kms.ok('ListAliases', { KeyId }, at(europe))).Aliases, []);
  assert.equal((await kms.ok('Decrypt', { CiphertextBlob }, at(europe))).Plaintext, Plaintext);
  const { GrantId } = await kms.ok('CreateGrant', grant, at(europe));
  assert.notEqual(GrantId, old.GrantId);
  kms.clock.advance(60 * dayMs);
  assert.deepEqual(await destroyDueKeys(kms.keyring), []);
  assert.equal((await kms.ok('ListGrants', { KeyId }, at(europe))).Grants.length, 1);
});

/** Gives a key so many grants. */
async function putGrants({ vault: { store } }: Kms, path: readonly string[], count: number): Promise<void> {
  const grantee = { name: 'arn:x', id: 'AIDAX' };
  const grant: Omit<GrantRecord, 'grantId'> = {
    name: '',
    createdAtMs: 0,
    grantee,
    issuingAccountId: '111122223333',
    operations: ['Decrypt'],
  };
  await store.write(async (transaction) => {
    for (let i = 0; i < count; i++) {
      const grantId = i.toString(16).padStart(64, '0');
      transaction.put('grants', [...path, grantId], { ...grant, grantId });
      transaction.put('grantsOfGrantee', [...path, grantee.id, grantId], {});
    }
  });
}

/** Does the first transaction of destroying what is due, as if the process was killed after it. */
async function destroyUntilKilled(kms: Kms): Promise<void> {
  const { store } = kms.vault;
  const write = store.write.bind(store);
  let writes = 0;
  store.write = (work, options) => (++writes === 2 ? Promise.reject(new Error('killed')) : write(work, options));
  try {
    await assert.rejects(destroyDueKeys(kms.keyring), ({ cause }: Error) => /killed/.test(String(cause)));
  } finally {
    store.write = write;
  }
}

test('while grants of a destroyed replica are left, no other takes its place', async () => {
  await using kms = await startKms();
  const KeyId = await newFamily(kms, europe);
  const path = ['111122223333', europe, KeyId];
  await putGrants(kms, path, 1500);
  await schedule(kms, KeyId, europe);
  kms.clock.advance(7 * dayMs);
  await destroyUntilKilled(kms);
  assert.deepEqual(await replicasIn(kms, KeyId, home), []);
  const again = { KeyId, ReplicaRegion: europe };
  assert.equal((await kms.send('ReplicateKey', again)).body.__type, 'AlreadyExistsException');
  assert.equal((await kms.send('DescribeKey', { KeyId }, at(europe))).body.__type, 'NotFoundException');
  await destroyDueKeys(kms.keyring);
  assert.deepEqual(await recordsWith(kms, KeyId, europe), []);
  await kms.ok('ReplicateKey', again);
  assert.deepEqual((await kms.ok('ListGrants', { KeyId }, at(europe))).Grants, []);
});

test('what is left to do of an old deletion does not touch the replica that came after it', async () => {
  await using kms = await startKms();
  const KeyId = await newFamily(kms, europe);
  await putGrants(kms, ['111122223333', europe, KeyId], 100); // all gone after one transaction, which cannot know
  await schedule(kms, KeyId, europe);
  kms.clock.advance(7 * dayMs);
  await destroyUntilKilled(kms);
  assert.deepEqual(await recordsWith(kms, KeyId, europe), ['deletions']);
  await kms.ok('ReplicateKey', { KeyId, ReplicaRegion: europe });
  const GranteePrincipal = 'arn:aws:iam::111122223333:root';
  await kms.ok('CreateGrant', { KeyId, GranteePrincipal, Operations: ['Decrypt'] }, at(europe));
  await schedule(kms, KeyId, europe);
  assert.deepEqual(await destroyDueKeys(kms.keyring), []);
  assert.equal((await describe(kms, KeyId, europe)).KeyState, 'PendingDeletion');
  assert.equal((await kms.ok('ListGrants', { KeyId }, at(europe))).Grants.length, 1);
  kms.clock.advance(7 * dayMs);
  assert.deepEqual(await destroyDueKeys(kms.keyring), [arnOf(KeyId, europe)]);
  assert.deepEqual(await recordsWith(kms, KeyId, europe), []);
});
