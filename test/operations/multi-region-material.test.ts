/** The material of multi-Region keys: rotated together, imported one by one. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayMs } from '#base/clock.ts';
import { removeExpiredMaterials } from '#keys/expiry.ts';
import { rotateDueKeys } from '#keys/rotation.ts';
import { materialFor, sendMaterial, wrappingOf } from '#test/harness/import.ts';
import { type Kms, startKms } from '#test/harness/kms.ts';

const [home, europe, asia] = ['us-east-1', 'eu-west-1', 'ap-south-1'] as const;
const regions = [home, europe, asia];
const at = (region: string) => ({ region });
const arnOf = (KeyId: string, region: string) => `arn:aws:kms:${region}:111122223333:key/${KeyId}`;
const Plaintext = 'c2VjcmV0';
const ImportType = 'NEW_KEY_MATERIAL';

/** A primary in us-east-1. */
async function newPrimary(kms: Kms, input: object = {}): Promise<string> {
  return (await kms.ok('CreateKey', { MultiRegion: true, ...input })).KeyMetadata.KeyId;
}

async function replicate(kms: Kms, KeyId: string, ...replicas: string[]): Promise<void> {
  for (const ReplicaRegion of replicas) await kms.ok('ReplicateKey', { KeyId, ReplicaRegion });
}

const describe = async (kms: Kms, KeyId: string, region: string) =>
  (await kms.ok('DescribeKey', { KeyId }, at(region))).KeyMetadata;

const listOf = async (kms: Kms, KeyId: string, region: string) =>
  (await kms.ok('ListKeyRotations', { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' }, at(region))).Rotations;

/** What each Region says of the last material. */
async function lastStates(kms: Kms, KeyId: string): Promise<string[]> {
  const states = [];
  for (const region of regions) {
    const { ImportState, KeyMaterialState } = (await listOf(kms, KeyId, region)).at(-1);
    states.push(`${ImportState} ${KeyMaterialState}`);
  }
  return states;
}

async function importInto(kms: Kms, KeyId: string, region: string, material: Uint8Array, members: object = {}) {
  const { status, text, body } = await sendMaterial(kms, KeyId, material, members, at(region));
  assert.equal(status, 200, text);
  return body.KeyMaterialId;
}

async function refusal(kms: Kms, operation: string, KeyId: string, region: string): Promise<[string, string]> {
  const { status, body } = await kms.send(operation, { KeyId }, at(region));
  assert.notEqual(status, 200, operation);
  return [body.__type, body.message];
}

/** What one Region encrypts, every Region decrypts, with the same material. */
async function assertOneFamily(kms: Kms, KeyId: string, ciphertexts: string[]): Promise<void> {
  for (const region of regions) {
    ciphertexts.push((await kms.ok('Encrypt', { KeyId, Plaintext }, at(region))).CiphertextBlob);
    for (const CiphertextBlob of ciphertexts) {
      assert.equal((await kms.ok('Decrypt', { CiphertextBlob }, at(region))).Plaintext, Plaintext);
    }
  }
  const current = await Promise.all(regions.map((region) => describe(kms, KeyId, region)));
  assert.equal(new Set(current.map(({ CurrentKeyMaterialId }) => CurrentKeyMaterialId)).size, 1);
}

test('rotation is decided on the primary and done for all related keys at once', async () => {
  await using kms = await startKms();
  const KeyId = await newPrimary(kms);
  await kms.ok('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 });
  await replicate(kms, KeyId, europe, asia);
  const told: string[] = [];
  kms.keyring.notices.listen(({ event }) => told.push(...event.resources));
  const ciphertexts: string[] = [];
  await assertOneFamily(kms, KeyId, ciphertexts);
  for (let time = 0; time < 2; time++) {
    kms.clock.advance(90 * dayMs);
    assert.deepEqual(await rotateDueKeys(kms.keyring), [arnOf(KeyId, home)]);
    await assertOneFamily(kms, KeyId, ciphertexts);
    await kms.ok('RotateKeyOnDemand', { KeyId });
    await assertOneFamily(kms, KeyId, ciphertexts);
  }
  assert.deepEqual(
    told,
    [1, 2, 3, 4].flatMap(() => regions.map((region) => arnOf(KeyId, region))),
  );
  const [listed, ...others] = await Promise.all(regions.map((region) => listOf(kms, KeyId, region)));
  assert.equal(listed.length, 5);
  for (const other of others) assert.deepEqual(other, listed);
  const [status, ...statuses] = await Promise.all(
    regions.map((region) => kms.ok('GetKeyRotationStatus', { KeyId }, at(region))),
  );
  assert.equal(status.NextRotationDate, kms.clock.now() / 1000 + 90 * 86_400);
  for (const other of statuses) assert.deepEqual(other, status);
  for (const operation of ['EnableKeyRotation', 'DisableKeyRotation', 'RotateKeyOnDemand']) {
    assert.deepEqual(await refusal(kms, operation, KeyId, europe), [
      'UnsupportedOperationException',
      `${arnOf(KeyId, europe)} is not a multi-region primary key.`,
    ]);
  }
  await kms.ok('DisableKeyRotation', { KeyId });
  const off = { KeyRotationEnabled: false, KeyId };
  for (const region of regions) assert.deepEqual(await kms.ok('GetKeyRotationStatus', { KeyId }, at(region)), off);
});

test('replicas that are disabled or on their way out are rotated with their primary; a disabled primary is not', async () => {
  await using kms = await startKms();
  const KeyId = await newPrimary(kms);
  await kms.ok('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 });
  await replicate(kms, KeyId, europe, asia);
  await kms.ok('DisableKey', { KeyId }, at(europe));
  await kms.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 30 }, at(asia));
  await kms.ok('RotateKeyOnDemand', { KeyId });
  await kms.ok('EnableKey', { KeyId }, at(europe));
  await kms.ok('CancelKeyDeletion', { KeyId }, at(asia));
  await kms.ok('EnableKey', { KeyId }, at(asia));
  await assertOneFamily(kms, KeyId, []);
  await kms.ok('DisableKey', { KeyId });
  kms.clock.advance(90 * dayMs);
  assert.deepEqual(await rotateDueKeys(kms.keyring), []);
  await kms.ok('DisableKey', { KeyId }, at(europe));
  await kms.ok('EnableKey', { KeyId }, at(europe));
  assert.deepEqual(await rotateDueKeys(kms.keyring), [], 'a replica decides nothing');
  await kms.ok('EnableKey', { KeyId });
  assert.deepEqual(await rotateDueKeys(kms.keyring), [arnOf(KeyId, home)]);
});

test('with another primary the date stays, and it is that one which is rotated', async () => {
  await using kms = await startKms();
  const KeyId = await newPrimary(kms);
  await kms.ok('EnableKeyRotation', { KeyId, RotationPeriodInDays: 90 });
  await replicate(kms, KeyId, europe, asia);
  kms.clock.advance(50 * dayMs);
  await kms.ok('UpdatePrimaryRegion', { KeyId, PrimaryRegion: europe });
  assert.equal((await refusal(kms, 'RotateKeyOnDemand', KeyId, home))[0], 'UnsupportedOperationException');
  await kms.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 30 });
  kms.clock.advance(39 * dayMs);
  assert.deepEqual(await rotateDueKeys(kms.keyring), []);
  kms.clock.advance(dayMs);
  assert.deepEqual(await rotateDueKeys(kms.keyring), [arnOf(KeyId, europe)]);
});

test('imported material goes into each related key by itself, the same into all', async () => {
  await using kms = await startKms();
  const KeyId = await newPrimary(kms, { Origin: 'EXTERNAL' });
  const material = materialFor('SYMMETRIC_DEFAULT');
  const id = await importInto(kms, KeyId, home, material, { KeyMaterialDescription: 'shared' });
  await replicate(kms, KeyId, europe, asia);
  for (const region of [europe, asia]) {
    assert.equal((await describe(kms, KeyId, region)).KeyState, 'PendingImport');
    const { body } = await sendMaterial(kms, KeyId, materialFor('SYMMETRIC_DEFAULT'), {}, at(region));
    assert.equal(body.__type, 'IncorrectKeyMaterialException');
    const described = await sendMaterial(kms, KeyId, material, { KeyMaterialDescription: 'mine' }, at(region));
    assert.equal(described.body.__type, 'ValidationException');
  }
  assert.equal(await importInto(kms, KeyId, europe, material, { ValidTo: (kms.clock.now() + dayMs) / 1000 }), id);
  assert.equal(await importInto(kms, KeyId, asia, material), id);
  await assertOneFamily(kms, KeyId, []);
  kms.clock.advance(dayMs);
  for (let round = 0; round < 2; round++) {
    const states = await Promise.all(regions.map(async (region) => (await describe(kms, KeyId, region)).KeyState));
    assert.deepEqual(states, ['Enabled', 'PendingImport', 'Enabled'], 'what expires in one Region stays in the others');
    assert.deepEqual(await removeExpiredMaterials(kms.keyring), round === 0 ? [arnOf(KeyId, europe)] : []);
  }
  await kms.ok('DeleteImportedKeyMaterial', { KeyId });
  assert.equal((await describe(kms, KeyId, asia)).KeyState, 'Enabled');
  await importInto(kms, KeyId, home, material);
  await importInto(kms, KeyId, europe, material);
  await assertOneFamily(kms, KeyId, []);
});

test('new material comes in through the primary, and waits until every replica has it', async () => {
  await using kms = await startKms();
  const KeyId = await newPrimary(kms, { Origin: 'EXTERNAL' });
  const [first, second] = [materialFor('SYMMETRIC_DEFAULT'), materialFor('SYMMETRIC_DEFAULT')];
  await importInto(kms, KeyId, home, first);
  await replicate(kms, KeyId, europe);
  await importInto(kms, KeyId, europe, first);
  const atReplica = await sendMaterial(kms, KeyId, second, { ImportType }, at(europe));
  assert.deepEqual(
    [atReplica.body.__type, atReplica.body.message],
    ['UnsupportedOperationException', `${arnOf(KeyId, europe)} is not a multi-region primary key.`],
  );
  const id = await importInto(kms, KeyId, home, second, { ImportType });
  await replicate(kms, KeyId, asia);
  await importInto(kms, KeyId, asia, first);
  const ciphertexts: string[] = [];
  await assertOneFamily(kms, KeyId, ciphertexts);
  const waiting = 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';
  const none = [
    'KMSInvalidStateException',
    `No available key material pending rotation for the key: ${arnOf(KeyId, home)}.`,
  ];
  for (const [region, states] of [
    [europe, [`IMPORTED ${waiting}`, `PENDING_IMPORT ${waiting}`, `PENDING_IMPORT ${waiting}`]],
    [asia, [`IMPORTED ${waiting}`, `IMPORTED ${waiting}`, `PENDING_IMPORT ${waiting}`]],
  ] as const) {
    assert.deepEqual(await lastStates(kms, KeyId), states);
    assert.deepEqual(await refusal(kms, 'RotateKeyOnDemand', KeyId, home), none);
    assert.equal(await importInto(kms, KeyId, region, second), id);
  }
  assert.deepEqual(await lastStates(kms, KeyId), Array(3).fill('IMPORTED PENDING_ROTATION'));
  await kms.ok('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId: id }, at(asia));
  assert.deepEqual(await lastStates(kms, KeyId), [
    `IMPORTED ${waiting}`,
    `IMPORTED ${waiting}`,
    `PENDING_IMPORT ${waiting}`,
  ]);
  assert.deepEqual(await refusal(kms, 'RotateKeyOnDemand', KeyId, home), none);
  await importInto(kms, KeyId, asia, second);
  await kms.ok('RotateKeyOnDemand', { KeyId });
  assert.deepEqual(await lastStates(kms, KeyId), Array(3).fill('IMPORTED CURRENT'));
  await assertOneFamily(kms, KeyId, ciphertexts);
});

test('new material that the primary gives up is gone from its replicas too', async () => {
  await using kms = await startKms();
  const KeyId = await newPrimary(kms, { Origin: 'EXTERNAL' });
  const [first, second] = [materialFor('SYMMETRIC_DEFAULT'), materialFor('SYMMETRIC_DEFAULT')];
  await importInto(kms, KeyId, home, first);
  await replicate(kms, KeyId, europe, asia);
  for (const region of [europe, asia]) await importInto(kms, KeyId, region, first);
  const KeyMaterialId = await importInto(kms, KeyId, home, second, { ImportType });
  await importInto(kms, KeyId, europe, second, { ValidTo: (kms.clock.now() + dayMs) / 1000 });
  await kms.ok('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId });
  for (const region of regions) assert.equal((await listOf(kms, KeyId, region)).length, 1);
  assert.equal((await kms.vault.store.list('materials', { within: [], limit: 9 })).length, 3);
  assert.deepEqual(await kms.vault.store.list('expiries', { within: [], limit: 9 }), []);
  await assertOneFamily(kms, KeyId, []);
});

test('an asymmetric or HMAC key of several Regions takes its one material in each', async () => {
  await using kms = await startKms();
  for (const [KeySpec, KeyUsage] of [
    ['ECC_NIST_P384', 'SIGN_VERIFY'],
    ['HMAC_512', 'GENERATE_VERIFY_MAC'],
  ] as const) {
    const KeyId = await newPrimary(kms, { Origin: 'EXTERNAL', KeySpec, KeyUsage });
    const material = materialFor(KeySpec);
    const into = (region: string, bytes: Uint8Array) =>
      sendMaterial(kms, KeyId, bytes, {}, { region, wrapping: wrappingOf(KeySpec) });
    assert.equal((await into(home, material)).status, 200);
    await replicate(kms, KeyId, europe);
    assert.equal((await into(europe, materialFor(KeySpec))).body.__type, 'IncorrectKeyMaterialException');
    assert.equal((await into(europe, material)).status, 200);
    assert.equal((await describe(kms, KeyId, europe)).KeyState, 'Enabled');
    await kms.ok('DeleteImportedKeyMaterial', { KeyId });
    assert.equal((await describe(kms, KeyId, europe)).KeyState, 'Enabled');
  }
});

test('an import token of one related key is none of another', async () => {
  await using kms = await startKms();
  const KeyId = await newPrimary(kms, { Origin: 'EXTERNAL' });
  const material = materialFor('SYMMETRIC_DEFAULT');
  await importInto(kms, KeyId, home, material);
  await replicate(kms, KeyId, europe);
  const { ImportToken } = await kms.ok('GetParametersForImport', { KeyId, ...wrappingOf('SYMMETRIC_DEFAULT') });
  const { body } = await sendMaterial(kms, KeyId, material, { ImportToken }, at(europe));
  assert.equal(body.__type, 'InvalidImportTokenException');
});

test('a replica that is about to be deleted holds up no rotation, and lacks the material if it is called back', async () => {
  await using kms = await startKms();
  const KeyId = await newPrimary(kms, { Origin: 'EXTERNAL' });
  const [first, second] = [materialFor('SYMMETRIC_DEFAULT'), materialFor('SYMMETRIC_DEFAULT')];
  await importInto(kms, KeyId, home, first);
  await replicate(kms, KeyId, europe);
  await importInto(kms, KeyId, europe, first);
  await importInto(kms, KeyId, home, second, { ImportType });
  await kms.ok('ScheduleKeyDeletion', { KeyId }, at(europe));
  assert.equal((await listOf(kms, KeyId, home)).at(-1).KeyMaterialState, 'PENDING_ROTATION');
  await kms.ok('RotateKeyOnDemand', { KeyId });
  await kms.ok('CancelKeyDeletion', { KeyId }, at(europe));
  assert.equal((await describe(kms, KeyId, europe)).KeyState, 'PendingImport');
  await importInto(kms, KeyId, europe, second);
  assert.equal((await describe(kms, KeyId, europe)).KeyState, 'Enabled');
});

test('the description of a material is told by all related keys', async () => {
  await using kms = await startKms();
  const KeyId = await newPrimary(kms, { Origin: 'EXTERNAL' });
  const material = materialFor('SYMMETRIC_DEFAULT');
  await importInto(kms, KeyId, home, material, { KeyMaterialDescription: 'one' });
  await replicate(kms, KeyId, europe);
  await importInto(kms, KeyId, europe, material);
  assert.equal((await listOf(kms, KeyId, europe)).at(-1).KeyMaterialDescription, 'one');
  await importInto(kms, KeyId, home, material, { KeyMaterialDescription: 'another' });
  for (const region of [home, europe]) {
    const { ImportState, KeyMaterialDescription } = (await listOf(kms, KeyId, region)).at(-1);
    assert.deepEqual([ImportState, KeyMaterialDescription], ['IMPORTED', 'another'], region);
  }
});
