import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayMs } from '#base/clock.ts';
import { materialFor, sendMaterial } from '#test/harness/import.ts';
import { startKms } from '#test/harness/kms.ts';
import { startHousekeeping } from './housekeeping.ts';

const fail = (task: string, error: unknown) => assert.fail(`${task}: ${error}`);

test('what fell due while no server ran is done at the start: keys destroyed, the domain key rotated', async () => {
  await using kms = await startKms();
  const [doomed, kept] = [await kms.ok('CreateKey'), await kms.ok('CreateKey')];
  const { KeyId } = doomed.KeyMetadata;
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId: kept.KeyMetadata.KeyId, Plaintext: 'eA==' });
  await kms.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
  const before = kms.vault.domainKeys.active.domainKeyId;
  kms.clock.advance(7 * dayMs);
  await startHousekeeping(kms.keyring, fail).stop();
  assert.equal((await kms.send('DescribeKey', { KeyId })).body.__type, 'NotFoundException');
  assert.notEqual(kms.vault.domainKeys.active.domainKeyId, before);
  assert.equal((await kms.vault.store.list('domainKeys', { within: [], limit: 9 })).length, 1);
  assert.equal((await kms.ok('Decrypt', { CiphertextBlob })).Plaintext, 'eA==');
});

test('what fell due while no server ran is done at the start: keys rotated, imported material removed', async () => {
  await using kms = await startKms();
  const [own, brought] = [await kms.ok('CreateKey'), await kms.ok('CreateKey', { Origin: 'EXTERNAL' })];
  await kms.ok('EnableKeyRotation', { KeyId: own.KeyMetadata.KeyId });
  const ValidTo = kms.clock.now() / 1000 + 60;
  await sendMaterial(kms, brought.KeyMetadata.KeyId, materialFor('SYMMETRIC_DEFAULT'), { ValidTo });
  assert.equal((await kms.vault.store.list('materials', { within: [], limit: 9 })).length, 2);
  kms.clock.advance(1000 * dayMs);
  await startHousekeeping(kms.keyring, fail).stop();
  const { Rotations } = await kms.ok('ListKeyRotations', { KeyId: own.KeyMetadata.KeyId });
  assert.equal(Rotations.length, 1);
  const left = await kms.vault.store.list('materials', { within: [], limit: 9 });
  assert.deepEqual([...new Set(left.map(({ record }) => record.keyId))], [own.KeyMetadata.KeyId]);
});

test('a key that cannot be destroyed keeps no other from being destroyed, and is tried again', async () => {
  await using kms = await startKms();
  const keys = [];
  for (let index = 0; index < 3; index++) keys.push((await kms.ok('CreateKey')).KeyMetadata.KeyId);
  for (const KeyId of keys) await kms.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
  kms.clock.advance(7 * dayMs);
  const broken = { accountId: '111122223333', region: 'us-east-1', keyId: 'no key id' };
  const path = ['000000000000001', broken.accountId, broken.region, broken.keyId];
  await kms.vault.store.write(async (transaction) => transaction.put('deletions', path, broken));
  const failed: string[] = [];
  await startHousekeeping(kms.keyring, (task) => failed.push(task)).stop();
  assert.deepEqual(failed, ['destroy keys']);
  for (const KeyId of keys) assert.equal((await kms.send('DescribeKey', { KeyId })).body.__type, 'NotFoundException');
});

test('nothing is done before its time', async () => {
  await using kms = await startKms();
  const { KeyId } = (await kms.ok('CreateKey')).KeyMetadata;
  await kms.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
  const before = kms.vault.domainKeys.active.domainKeyId;
  kms.clock.advance(dayMs - 1);
  await startHousekeeping(kms.keyring, fail).stop();
  assert.equal((await kms.ok('DescribeKey', { KeyId })).KeyMetadata.KeyState, 'PendingDeletion');
  assert.equal(kms.vault.domainKeys.active.domainKeyId, before);
});

test('a task that fails is told, and keeps no other from being done', async () => {
  await using kms = await startKms();
  kms.clock.advance(dayMs);
  const before = kms.vault.domainKeys.active.domainKeyId;
  const { store } = kms.vault;
  const failing = { ...kms.vault, store: { ...store, list: () => Promise.reject(new Error('on purpose')) } };
  const failed: string[] = [];
  const keyring = { ...kms.keyring, vault: failing as unknown as typeof kms.vault };
  await startHousekeeping(keyring, (task) => failed.push(task)).stop();
  assert(failed.includes('destroy keys'));
  assert.notEqual(kms.vault.domainKeys.active.domainKeyId, before);
});

test('a rotation that failed half-way is finished in the next round', async () => {
  await using kms = await startKms();
  await kms.ok('CreateKey');
  const { store, domainKeys } = kms.vault;
  const write = store.write.bind(store);
  let writes = 0;
  store.write = (work, options) => (++writes === 2 ? Promise.reject(new Error('on purpose')) : write(work, options));
  await assert.rejects(domainKeys.rotate(), /on purpose/);
  assert.equal((await store.list('domainKeys', { within: [], limit: 9 })).length, 2);
  await startHousekeeping(kms.keyring, fail).stop();
  assert.equal((await store.list('domainKeys', { within: [], limit: 9 })).length, 1);
});
