/** Imported key material: how it comes in, for which keys, how it expires, is deleted and comes back. */
import assert from 'node:assert/strict';
import { createHmac, createPrivateKey, createPublicKey, randomBytes, verify } from 'node:crypto';
import { test } from 'node:test';
import { dayMs } from '#base/clock.ts';
import { destroyDueKeys } from '#keys/deletion.ts';
import { removeExpiredMaterials } from '#keys/expiry.ts';
import { parseKeyId } from '#model/arn.ts';
import { materialFor, type Parameters, sendMaterial, wrapFor, wrapped, wrappingOf } from '#test/harness/import.ts';
import { type Kms, startKms, testPlace } from '#test/harness/kms.ts';

const Plaintext = 'c2VjcmV0';
const hourMs = 3_600_000;

async function newKey(kms: Kms, input: object = {}): Promise<{ KeyId: string; Arn: string }> {
  return (await kms.ok('CreateKey', { Origin: 'EXTERNAL', ...input })).KeyMetadata;
}

const metadataOf = async (kms: Kms, KeyId: string) => (await kms.ok('DescribeKey', { KeyId })).KeyMetadata;
const stateOf = async (kms: Kms, KeyId: string) => (await metadataOf(kms, KeyId)).KeyState;
const encrypt = async (kms: Kms, KeyId: string) => (await kms.ok('Encrypt', { KeyId, Plaintext })).CiphertextBlob;
const listOf = async (kms: Kms, KeyId: string) =>
  (await kms.ok('ListKeyRotations', { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' })).Rotations;
const seconds = (kms: Kms, laterMs: number) => (kms.clock.now() + laterMs) / 1000;
const materialsIn = async (kms: Kms) => (await kms.vault.store.list('materials', { within: [], limit: 99 })).length;

async function importInto(kms: Kms, KeyId: string, material: Uint8Array, members: object = {}) {
  const { status, text, body } = await sendMaterial(kms, KeyId, material, members);
  assert.equal(status, 200, text);
  return body;
}

async function refusal(kms: Kms, operation: string, input: object): Promise<[string, string | undefined]> {
  const { status, body } = await kms.send(operation, input);
  assert.notEqual(status, 200, operation);
  return [body.__type, body.message];
}

async function importRefusal(kms: Kms, KeyId: string, material: Uint8Array, members: object = {}) {
  const { status, body } = await sendMaterial(kms, KeyId, material, members);
  assert.notEqual(status, 200);
  return [body.__type, body.message];
}

async function snapshotOf(kms: Kms, text: string) {
  const keyId = parseKeyId(text);
  assert(keyId !== undefined);
  const key = await kms.keyring.snapshots.key(testPlace(), keyId);
  assert(key !== undefined);
  return key;
}

test('the first material makes a key usable, and is told of as AWS tells it', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  const before = await metadataOf(kms, KeyId);
  assert.deepEqual(
    [before.KeyState, before.Enabled, before.CurrentKeyMaterialId, before.ExpirationModel, before.Origin],
    ['PendingImport', false, undefined, undefined, 'EXTERNAL'],
  );
  assert.deepEqual(await refusal(kms, 'Encrypt', { KeyId, Plaintext }), [
    'KMSInvalidStateException',
    `${Arn} is pending import.`,
  ]);
  const answer = await importInto(kms, KeyId, materialFor('SYMMETRIC_DEFAULT'));
  assert.match(answer.KeyMaterialId, /^[0-9a-f]{64}$/);
  assert.deepEqual(answer, { KeyId: Arn, KeyMaterialId: answer.KeyMaterialId });
  const after = await metadataOf(kms, KeyId);
  assert.deepEqual(
    [after.KeyState, after.Enabled, after.CurrentKeyMaterialId, after.ExpirationModel, after.ValidTo],
    ['Enabled', true, answer.KeyMaterialId, 'KEY_MATERIAL_DOES_NOT_EXPIRE', undefined],
  );
  const opened = await kms.ok('Decrypt', { CiphertextBlob: await encrypt(kms, KeyId) });
  assert.deepEqual([opened.Plaintext, opened.KeyMaterialId], [Plaintext, answer.KeyMaterialId]);
});

test('a material id belongs to the key and the material', async () => {
  await using kms = await startKms();
  const [one, other] = [await newKey(kms), await newKey(kms)];
  const material = materialFor('SYMMETRIC_DEFAULT');
  const { KeyMaterialId } = await importInto(kms, one.KeyId, material);
  assert.equal((await importInto(kms, one.KeyId, material)).KeyMaterialId, KeyMaterialId);
  assert.notEqual((await importInto(kms, other.KeyId, material)).KeyMaterialId, KeyMaterialId);
  const CiphertextBlob = await encrypt(kms, one.KeyId);
  assert.equal(
    (await refusal(kms, 'Decrypt', { CiphertextBlob, KeyId: other.KeyId }))[0],
    'IncorrectKeyException',
    'the same material in another key opens nothing',
  );
});

const rsaWrappings = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'RSA_AES_KEY_WRAP_SHA_1', 'RSA_AES_KEY_WRAP_SHA_256'];
const wrappings = [
  ...rsaWrappings.map((WrappingAlgorithm) => ({ WrappingAlgorithm, WrappingKeySpec: 'RSA_2048' })),
  { WrappingAlgorithm: 'SM2PKE', WrappingKeySpec: 'SM2' },
];
const usages: Readonly<Record<string, string>> = { SYM: 'ENCRYPT_DECRYPT', HMA: 'GENERATE_VERIFY_MAC' };
const specs: readonly (readonly [string, readonly number[]])[] = [
  ['SYMMETRIC_DEFAULT', [0, 1]],
  ['HMAC_224', [0, 1]],
  ['HMAC_256', [0, 1]],
  ['HMAC_384', [0, 1]],
  ['HMAC_512', [0, 1]],
  ['RSA_2048', [2, 3]],
  ['RSA_3072', [2, 3]],
  ['RSA_4096', [2, 3]],
  ['ECC_NIST_P256', [0, 1, 2, 3]],
  ['ECC_NIST_P384', [0, 1, 2, 3]],
  ['ECC_NIST_P521', [2, 3]],
  ['ECC_SECG_P256K1', [0, 1, 2, 3]],
  ['ECC_NIST_EDWARDS25519', [0, 1, 2, 3]],
  ['SM2', [4]],
];

/** The key does what others do with the same material. */
async function assertWorks(kms: Kms, KeyId: string, material: Buffer): Promise<void> {
  const Message = Buffer.from('message');
  const { KeyUsage, MacAlgorithms, SigningAlgorithms } = await metadataOf(kms, KeyId);
  if (KeyUsage === 'ENCRYPT_DECRYPT') {
    assert.equal((await kms.ok('Decrypt', { CiphertextBlob: await encrypt(kms, KeyId) })).Plaintext, Plaintext);
    return;
  }
  const algorithm: string = (MacAlgorithms ?? SigningAlgorithms)[0];
  const hash = /SHA_(\d+)$/.exec(algorithm)?.[1];
  const request = { KeyId, Message: Message.toString('base64') };
  if (KeyUsage === 'GENERATE_VERIFY_MAC') {
    const { Mac } = await kms.ok('GenerateMac', { ...request, MacAlgorithm: algorithm });
    assert.equal(Mac, createHmac(`sha${hash}`, material).update(Message).digest('base64'));
    return;
  }
  const publicKey = createPublicKey(createPrivateKey({ key: material, format: 'der', type: 'pkcs8' }));
  const { PublicKey } = await kms.ok('GetPublicKey', { KeyId });
  assert.equal(PublicKey, publicKey.export({ format: 'der', type: 'spki' }).toString('base64'));
  const { Signature } = await kms.ok('Sign', { ...request, SigningAlgorithm: algorithm });
  await kms.ok('Verify', { ...request, Signature, SigningAlgorithm: algorithm });
  if (algorithm === 'SM2DSA') return;
  const name = algorithm.startsWith('ED25519') ? null : `sha${hash}`;
  assert(verify(name, Message, publicKey, Buffer.from(Signature, 'base64')), `${algorithm}, as OpenSSL sees it`);
}

for (const [KeySpec, allowed] of specs) {
  test(`material of ${KeySpec} comes in by each wrapping algorithm that AWS has for it, and by no other`, async () => {
    await using kms = await startKms(undefined, { hasSm2Everywhere: true });
    const KeyUsage = usages[KeySpec.slice(0, 3)] ?? 'SIGN_VERIFY';
    const { KeyId, Arn } = await newKey(kms, { KeySpec, KeyUsage });
    const material = materialFor(KeySpec);
    for (const [index, wrapping] of wrappings.entries()) {
      if (!allowed.includes(index)) {
        const [type] = await refusal(kms, 'GetParametersForImport', { KeyId, ...wrapping });
        assert.equal(type, 'UnsupportedOperationException', `${wrapping.WrappingAlgorithm}`);
        continue;
      }
      for (let time = 0; time < 2; time++) {
        const { status, text, body } = await sendMaterial(kms, KeyId, material, {}, { wrapping });
        assert.equal(status, 200, text);
        assert.equal(body.KeyId, Arn);
        assert.equal(body.KeyMaterialId !== undefined, KeySpec === 'SYMMETRIC_DEFAULT');
      }
      assert.equal(await materialsIn(kms), 1, 'importing it again adds nothing');
      await assertWorks(kms, KeyId, material);
      await kms.ok('DeleteImportedKeyMaterial', { KeyId });
      assert.equal(await stateOf(kms, KeyId), 'PendingImport');
      if (KeyUsage === 'SIGN_VERIFY') await kms.ok('GetPublicKey', { KeyId });
    }
  });
}

test('wrapping keys of every size work, and PKCS #1 version 1.5 is refused', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  const p521 = await newKey(kms, { KeySpec: 'ECC_NIST_P521', KeyUsage: 'SIGN_VERIFY' });
  for (const WrappingKeySpec of ['RSA_3072', 'RSA_4096']) {
    const wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec };
    for (const [id, spec] of [
      [KeyId, 'SYMMETRIC_DEFAULT'],
      [p521.KeyId, 'ECC_NIST_P521'],
    ] as const) {
      if (id === p521.KeyId && WrappingKeySpec === 'RSA_4096') continue;
      const { status, text } = await sendMaterial(kms, id, materialFor(spec), importAnew(spec, WrappingKeySpec), {
        wrapping,
      });
      assert.equal(status, 200, text);
    }
  }
  for (const wrapping of [
    { WrappingAlgorithm: 'RSAES_PKCS1_V1_5', WrappingKeySpec: 'RSA_2048' },
    { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'SM2' },
    { WrappingAlgorithm: 'SM2PKE', WrappingKeySpec: 'RSA_2048' },
  ]) {
    assert.equal(
      (await refusal(kms, 'GetParametersForImport', { KeyId, ...wrapping }))[0],
      'UnsupportedOperationException',
    );
  }
  assert.equal(await stateOf(kms, Arn), 'Enabled');
});

/** The second symmetric material is a new one. */
function importAnew(spec: string, wrappingKeySpec: string): object {
  return spec === 'SYMMETRIC_DEFAULT' && wrappingKeySpec === 'RSA_4096' ? { ImportType: 'NEW_KEY_MATERIAL' } : {};
}

test('parameters are for one key, hold for a day, and can be used again', async () => {
  await using kms = await startKms();
  const [{ KeyId, Arn }, other] = [await newKey(kms), await newKey(kms)];
  const wrapping = wrappingOf('SYMMETRIC_DEFAULT');
  const parameters: Parameters & { KeyId: string } = await kms.ok('GetParametersForImport', { KeyId, ...wrapping });
  assert.deepEqual([parameters.KeyId, parameters.ParametersValidTo], [Arn, seconds(kms, dayMs)]);
  assert(Buffer.from(parameters.ImportToken, 'base64').length <= 6144);
  const material = materialFor('SYMMETRIC_DEFAULT');
  const EncryptedKeyMaterial = wrapFor(wrapping, parameters.PublicKey, material).toString('base64');
  const { ImportToken } = parameters;
  const request = { KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' };
  assert.deepEqual(await refusal(kms, 'ImportKeyMaterial', { ...request, KeyId: other.KeyId }), [
    'InvalidImportTokenException',
    'The import token is not one for this key.',
  ]);
  const altered = Buffer.from(ImportToken, 'base64');
  altered[40] = (altered[40] ?? 0) ^ 1;
  for (const token of [altered, randomBytes(3000), Buffer.of(1), randomBytes(6144)]) {
    const wrong = { ...request, ImportToken: token.toString('base64') };
    assert.equal((await refusal(kms, 'ImportKeyMaterial', wrong))[0], 'InvalidImportTokenException');
  }
  await kms.ok('ImportKeyMaterial', request);
  await kms.ok('GetParametersForImport', { KeyId, ...wrapping });
  kms.clock.advance(dayMs - 1);
  await kms.ok('ImportKeyMaterial', request);
  kms.clock.advance(1);
  assert.equal((await refusal(kms, 'ImportKeyMaterial', request))[0], 'ExpiredImportTokenException');
});

test('parameters for import leave nothing in the store', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  const count = async () => {
    let records = 0;
    for await (const _ of kms.vault.store.snapshot()) records++;
    return records;
  };
  const before = await count();
  for (let time = 0; time < 3; time++) await wrapped(kms, KeyId, randomBytes(32));
  assert.equal(await count(), before);
});

test('what was not wrapped as agreed is an invalid ciphertext, and material of another kind an incorrect one', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  const wrapping = wrappingOf('SYMMETRIC_DEFAULT');
  const { ImportToken, PublicKey }: Parameters = await kms.ok('GetParametersForImport', { KeyId, ...wrapping });
  const { PublicKey: otherKey }: Parameters = await kms.ok('GetParametersForImport', { KeyId, ...wrapping });
  const attempt = async (bytes: Uint8Array) => {
    const EncryptedKeyMaterial = Buffer.from(bytes).toString('base64');
    const request = { KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' };
    return (await refusal(kms, 'ImportKeyMaterial', request))[0];
  };
  const material = randomBytes(32);
  for (const bytes of [
    wrapFor(wrapping, otherKey, material),
    wrapFor({ ...wrapping, WrappingAlgorithm: 'RSAES_OAEP_SHA_1' }, PublicKey, material),
    wrapFor({ ...wrapping, WrappingAlgorithm: 'RSA_AES_KEY_WRAP_SHA_256' }, PublicKey, material),
    wrapFor(wrapping, PublicKey, material).subarray(1),
    randomBytes(256),
    Buffer.of(0),
  ]) {
    assert.equal(await attempt(bytes), 'InvalidCiphertextException');
  }
  for (const bytes of [randomBytes(16), randomBytes(31), randomBytes(33), materialFor('ECC_NIST_P256')]) {
    assert.equal(await attempt(wrapFor(wrapping, PublicKey, bytes)), 'IncorrectKeyMaterialException');
  }
  assert.equal(await stateOf(kms, KeyId), 'PendingImport');
  assert.equal(await materialsIn(kms), 0);
});

test('a damaged AES key wrap is an invalid ciphertext, wherever it is damaged', async () => {
  await using kms = await startKms();
  const KeySpec = 'ECC_NIST_P256';
  const { KeyId } = await newKey(kms, { KeySpec, KeyUsage: 'SIGN_VERIFY' });
  const wrapping = { WrappingAlgorithm: 'RSA_AES_KEY_WRAP_SHA_256', WrappingKeySpec: 'RSA_2048' };
  const { ImportToken, PublicKey }: Parameters = await kms.ok('GetParametersForImport', { KeyId, ...wrapping });
  const whole = wrapFor(wrapping, PublicKey, materialFor(KeySpec));
  const damaged = [0, 255, 256, whole.length - 1].map((at) => {
    const bytes = Buffer.from(whole);
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    return bytes;
  });
  for (const bytes of [...damaged, whole.subarray(0, 256), whole.subarray(0, -8)]) {
    const EncryptedKeyMaterial = bytes.toString('base64');
    const request = { KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' };
    assert.equal((await refusal(kms, 'ImportKeyMaterial', request))[0], 'InvalidCiphertextException');
  }
});

test('a key takes material of its own spec alone', async () => {
  await using kms = await startKms();
  const cases: [string, string, string[]][] = [
    ['RSA_2048', 'SIGN_VERIFY', ['RSA_3072', 'ECC_NIST_P256', 'SYMMETRIC_DEFAULT']],
    ['ECC_NIST_P256', 'SIGN_VERIFY', ['ECC_SECG_P256K1', 'ECC_NIST_EDWARDS25519', 'RSA_2048', 'HMAC_256']],
    ['ECC_NIST_EDWARDS25519', 'SIGN_VERIFY', ['ECC_NIST_P256']],
  ];
  for (const [KeySpec, KeyUsage, others] of cases) {
    const { KeyId } = await newKey(kms, { KeySpec, KeyUsage });
    const wrapping = { WrappingAlgorithm: 'RSA_AES_KEY_WRAP_SHA_1', WrappingKeySpec: 'RSA_2048' };
    for (const other of others) {
      const { body } = await sendMaterial(kms, KeyId, materialFor(other), {}, { wrapping });
      assert.equal(body.__type, 'IncorrectKeyMaterialException', `${other} into ${KeySpec}`);
    }
  }
  const { KeyId } = await newKey(kms, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  for (const length of [31, 129]) {
    assert.equal((await importRefusal(kms, KeyId, randomBytes(length)))[0], 'IncorrectKeyMaterialException');
  }
  await importInto(kms, KeyId, randomBytes(128));
});

test('an asymmetric or HMAC key has one material for ever', async () => {
  await using kms = await startKms();
  for (const [KeySpec, KeyUsage] of [
    ['ECC_NIST_P256', 'SIGN_VERIFY'],
    ['HMAC_256', 'GENERATE_VERIFY_MAC'],
  ] as const) {
    const { KeyId, Arn } = await newKey(kms, { KeySpec, KeyUsage });
    const material = materialFor(KeySpec);
    assert.deepEqual(await importInto(kms, KeyId, material), { KeyId: Arn });
    assert.equal((await importRefusal(kms, KeyId, materialFor(KeySpec)))[0], 'IncorrectKeyMaterialException');
    assert.deepEqual(await kms.ok('DeleteImportedKeyMaterial', { KeyId }), { KeyId: Arn });
    assert.equal(await stateOf(kms, KeyId), 'PendingImport');
    assert.equal((await importRefusal(kms, KeyId, materialFor(KeySpec)))[0], 'IncorrectKeyMaterialException');
    await importInto(kms, KeyId, material);
    assert.equal(await stateOf(kms, KeyId), 'Enabled');
    for (const [member, value] of [
      ['ImportType', 'EXISTING_KEY_MATERIAL'],
      ['KeyMaterialDescription', 'mine'],
      ['KeyMaterialId', '0'.repeat(64)],
    ] as const) {
      assert.deepEqual(await importRefusal(kms, KeyId, material, { [member]: value }), [
        'ValidationException',
        `${member} is valid for symmetric encryption keys only.`,
      ]);
    }
  }
});

test('material expires unless it is said not to, within a year', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  const material = materialFor('SYMMETRIC_DEFAULT');
  const request = await wrapped(kms, KeyId, material);
  const attempt = (members: object) => refusal(kms, 'ImportKeyMaterial', { ...request, ...members });
  const noDate = 'A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES';
  assert.deepEqual(await attempt({}), ['ValidationException', noDate]);
  assert.deepEqual(await attempt({ ExpirationModel: 'KEY_MATERIAL_EXPIRES' }), ['ValidationException', noDate]);
  for (const laterMs of [0, -1]) {
    assert.deepEqual(await attempt({ ValidTo: seconds(kms, laterMs) }), [
      'ValidationException',
      'ValidTo must be in the future',
    ]);
  }
  assert.equal((await attempt({ ValidTo: seconds(kms, 365 * dayMs + 1) }))[0], 'ValidationException');
  const ValidTo = seconds(kms, dayMs);
  const both = { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE', ValidTo };
  assert.equal((await attempt(both))[0], 'ValidationException');
  assert.equal(await stateOf(kms, KeyId), 'PendingImport');
  await kms.ok('ImportKeyMaterial', { ...request, ValidTo: seconds(kms, 365 * dayMs) });
  assert.equal((await metadataOf(kms, KeyId)).ValidTo, seconds(kms, 365 * dayMs));
});

test('material is of no use from its date on, to the millisecond, and the next round removes it', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  const material = materialFor('SYMMETRIC_DEFAULT');
  const ValidTo = seconds(kms, hourMs);
  const { KeyMaterialId } = await importInto(kms, KeyId, material, { ValidTo });
  const metadata = await metadataOf(kms, KeyId);
  assert.deepEqual([metadata.ExpirationModel, metadata.ValidTo], ['KEY_MATERIAL_EXPIRES', ValidTo]);
  const CiphertextBlob = await encrypt(kms, KeyId);
  kms.clock.advance(hourMs - 1);
  assert.deepEqual(await removeExpiredMaterials(kms.keyring), []);
  assert.equal((await kms.ok('Decrypt', { CiphertextBlob })).Plaintext, Plaintext);
  kms.clock.advance(1);
  const pending = ['KMSInvalidStateException', `${Arn} is pending import.`];
  assert.deepEqual(await refusal(kms, 'Decrypt', { CiphertextBlob }), pending);
  assert.deepEqual(await refusal(kms, 'GenerateDataKey', { KeyId, KeySpec: 'AES_256' }), pending);
  assert.deepEqual(await refusal(kms, 'EnableKey', { KeyId }), pending);
  const expired = await metadataOf(kms, KeyId);
  assert.deepEqual(
    [expired.KeyState, expired.ExpirationModel, expired.ValidTo, expired.CurrentKeyMaterialId],
    ['PendingImport', undefined, undefined, KeyMaterialId],
  );
  assert.equal(await materialsIn(kms), 1);
  assert.deepEqual(await removeExpiredMaterials(kms.keyring), [Arn]);
  assert.equal(await materialsIn(kms), 0);
  assert.deepEqual(await removeExpiredMaterials(kms.keyring), []);
  assert.deepEqual(await refusal(kms, 'Decrypt', { CiphertextBlob }), pending);
  assert.deepEqual(await listOf(kms, KeyId), [
    { KeyId, KeyMaterialId, ImportState: 'PENDING_IMPORT', KeyMaterialState: 'CURRENT' },
  ]);
  await importInto(kms, KeyId, material);
  assert.equal((await kms.ok('Decrypt', { CiphertextBlob })).Plaintext, Plaintext);
});

test('material that was imported again in time has the new date only, also when that comes between date and round', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  const material = materialFor('SYMMETRIC_DEFAULT');
  await importInto(kms, KeyId, material, { ValidTo: seconds(kms, hourMs) });
  await importInto(kms, KeyId, material, { ValidTo: seconds(kms, 3 * hourMs) });
  kms.clock.advance(2 * hourMs);
  assert.deepEqual(await removeExpiredMaterials(kms.keyring), []);
  assert.equal(await stateOf(kms, KeyId), 'Enabled');
  kms.clock.advance(hourMs);
  await importInto(kms, KeyId, material);
  assert.deepEqual(await removeExpiredMaterials(kms.keyring), []);
  await encrypt(kms, KeyId);
  assert.deepEqual(await kms.vault.store.list('expiries', { within: [], limit: 9 }), []);
  assert.equal((await metadataOf(kms, KeyId)).ExpirationModel, 'KEY_MATERIAL_DOES_NOT_EXPIRE');
});

test('there are notices a week and a day before material expires, and when it has', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  const told: [string, Readonly<Record<string, string>>, readonly string[]][] = [];
  kms.keyring.notices.listen(({ event }) => told.push([event['detail-type'], event.detail, event.resources]));
  const material = materialFor('SYMMETRIC_DEFAULT');
  const { KeyMaterialId } = await importInto(kms, KeyId, material, { ValidTo: seconds(kms, 300 * dayMs) });
  const ValidTo = Math.floor(seconds(kms, 30 * dayMs));
  await importInto(kms, KeyId, material, { ValidTo });
  const expiring = {
    'key-id': KeyId,
    'key-material-id': KeyMaterialId,
    'valid-to': new Date(ValidTo * 1000).toISOString().replace('.000', ''),
  };
  const days = [
    [22, []],
    [1, [['KMS Imported Key Material Expiring', expiring, [Arn]]]],
    [5, []],
    [1, [['KMS Imported Key Material Expiring', expiring, [Arn]]]],
    [1, [['KMS Imported Key Material Expiration', { 'key-id': KeyId, 'key-material-id': KeyMaterialId }, [Arn]]]],
    [300, []],
  ] as const;
  for (const [more, expected] of days) {
    kms.clock.advance(more * dayMs);
    await removeExpiredMaterials(kms.keyring);
    assert.deepEqual(told.splice(0), expected);
  }
  await importInto(kms, KeyId, material, { ValidTo: seconds(kms, hourMs) });
  await removeExpiredMaterials(kms.keyring);
  assert.deepEqual(told, [], 'what expires within hours has no notices before');
  await importInto(kms, KeyId, material, { ValidTo: seconds(kms, 8 * dayMs) });
  kms.clock.advance(9 * dayMs);
  await removeExpiredMaterials(kms.keyring);
  assert.deepEqual(told.length, 1, 'after a long downtime there is only one thing to say');
  await importInto(kms, KeyId, material, { ValidTo: seconds(kms, 8 * dayMs) });
  await kms.ok('DeleteImportedKeyMaterial', { KeyId });
  kms.clock.advance(9 * dayMs);
  await removeExpiredMaterials(kms.keyring);
  assert.equal(told.length, 1, 'what is deleted does not expire');
});

test('many materials expire in one round', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  const { KeyMaterialId: materialId } = await importInto(kms, KeyId, materialFor('SYMMETRIC_DEFAULT'), {
    ValidTo: seconds(kms, hourMs),
  });
  const [entry] = await kms.vault.store.list('expiries', { within: [], limit: 9 });
  const [material] = await kms.vault.store.list('materials', { within: [], limit: 9 });
  const record = await kms.vault.store.get('keys', ['111122223333', 'us-east-1', KeyId]);
  assert(entry !== undefined && material !== undefined && record !== undefined);
  await kms.vault.store.write(async (transaction) => {
    for (let i = 0; i < 1100; i++) {
      const keyId = `${KeyId.slice(0, -12)}${String(i).padStart(12, '0')}`;
      const at = ['111122223333', 'us-east-1', keyId];
      transaction.put('keys', at, { ...record, keyId });
      transaction.put('materials', [...at, materialId], { ...material.record, keyId });
      transaction.put('expiries', [entry.key[0] ?? '', ...at, materialId], { ...entry.record, keyId });
    }
  });
  kms.clock.advance(hourMs);
  assert.equal((await removeExpiredMaterials(kms.keyring)).length, 1101);
  assert.equal(await materialsIn(kms), 0);
});

test('deleting material stops the key, and importing the same again brings all back', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  assert.deepEqual(await kms.ok('DeleteImportedKeyMaterial', { KeyId }), { KeyId: Arn }, 'there is none yet');
  const material = materialFor('SYMMETRIC_DEFAULT');
  const { KeyMaterialId } = await importInto(kms, KeyId, material, { ValidTo: seconds(kms, hourMs) });
  const CiphertextBlob = await encrypt(kms, KeyId);
  for (let time = 0; time < 2; time++) {
    assert.deepEqual(await kms.ok('DeleteImportedKeyMaterial', { KeyId }), { KeyId: Arn, KeyMaterialId });
    assert.equal(await stateOf(kms, KeyId), 'PendingImport');
  }
  assert.equal(await materialsIn(kms), 0);
  assert.deepEqual(await kms.vault.store.list('expiries', { within: [], limit: 9 }), []);
  assert.equal((await refusal(kms, 'Decrypt', { CiphertextBlob }))[0], 'KMSInvalidStateException');
  assert.equal((await importRefusal(kms, KeyId, randomBytes(32)))[0], 'IncorrectKeyMaterialException');
  await importInto(kms, KeyId, material, { KeyMaterialId });
  assert.equal((await kms.ok('Decrypt', { CiphertextBlob })).Plaintext, Plaintext);
  kms.clock.advance(hourMs);
  assert.equal(await stateOf(kms, KeyId), 'Enabled', 'the earlier date went with the earlier import');
  assert.deepEqual(await refusal(kms, 'DeleteImportedKeyMaterial', { KeyId, KeyMaterialId: 'ab'.repeat(32) }), [
    'NotFoundException',
    `${Arn} has no key material ${'ab'.repeat(32)}.`,
  ]);
});

test('a disabled key takes material and stays disabled; one that lost its material comes back enabled', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  const material = materialFor('SYMMETRIC_DEFAULT');
  await importInto(kms, KeyId, material);
  await kms.ok('DisableKey', { KeyId });
  await importInto(kms, KeyId, material, { ValidTo: seconds(kms, hourMs) });
  assert.equal(await stateOf(kms, KeyId), 'Disabled');
  await kms.ok('DeleteImportedKeyMaterial', { KeyId });
  assert.equal(await stateOf(kms, KeyId), 'PendingImport');
  await importInto(kms, KeyId, material);
  assert.equal(await stateOf(kms, KeyId), 'Enabled');
});

test('while a key is pending deletion its material may be deleted and expire; cancelling tells whether it is there', async () => {
  await using kms = await startKms();
  const [kept, expiring, deleted] = [await newKey(kms), await newKey(kms), await newKey(kms)];
  for (const [{ KeyId }, members] of [
    [kept, {}],
    [expiring, { ValidTo: seconds(kms, hourMs) }],
    [deleted, {}],
  ] as const) {
    await importInto(kms, KeyId, materialFor('SYMMETRIC_DEFAULT'), members);
    await kms.ok('ScheduleKeyDeletion', { KeyId });
  }
  await kms.ok('DeleteImportedKeyMaterial', { KeyId: deleted.KeyId });
  kms.clock.advance(hourMs);
  assert.deepEqual(await removeExpiredMaterials(kms.keyring), [expiring.Arn]);
  for (const { KeyId } of [kept, expiring, deleted]) {
    assert.equal(await stateOf(kms, KeyId), 'PendingDeletion');
    await kms.ok('CancelKeyDeletion', { KeyId });
  }
  assert.equal(await stateOf(kms, kept.KeyId), 'Disabled');
  assert.equal(await stateOf(kms, expiring.KeyId), 'PendingImport');
  assert.equal(await stateOf(kms, deleted.KeyId), 'PendingImport');
});

test('a key that is destroyed before its material expires leaves nothing that could go wrong', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  await importInto(kms, KeyId, materialFor('SYMMETRIC_DEFAULT'), { ValidTo: seconds(kms, 20 * dayMs) });
  await kms.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
  kms.clock.advance(7 * dayMs);
  await destroyDueKeys(kms.keyring);
  assert.equal(await materialsIn(kms), 0);
  kms.clock.advance(13 * dayMs);
  assert.deepEqual(await removeExpiredMaterials(kms.keyring), []);
  assert.deepEqual(await kms.vault.store.list('expiries', { within: [], limit: 9 }), []);
});

test('new material waits for a rotation on demand, one at a time; all that was encrypted before goes on decrypting', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  const first = await importInto(kms, KeyId, materialFor('SYMMETRIC_DEFAULT'), { KeyMaterialDescription: 'the first' });
  const none = ['KMSInvalidStateException', `No available key material pending rotation for the key: ${Arn}.`];
  assert.deepEqual(await refusal(kms, 'RotateKeyOnDemand', { KeyId }), none);
  assert.deepEqual(await refusal(kms, 'EnableKeyRotation', { KeyId }), [
    'UnsupportedOperationException',
    `${Arn} origin is EXTERNAL which is not valid for this operation.`,
  ]);
  assert.deepEqual(await kms.ok('GetKeyRotationStatus', { KeyId }), { KeyRotationEnabled: false, KeyId });
  const ciphertexts = [await encrypt(kms, KeyId)];
  const next = materialFor('SYMMETRIC_DEFAULT');
  const ImportType = 'NEW_KEY_MATERIAL';
  assert.equal(
    (await importRefusal(kms, KeyId, next))[0],
    'IncorrectKeyMaterialException',
    'it is taken for the first one unless it is said to be new',
  );
  const ValidTo = seconds(kms, 30 * dayMs);
  const second = await importInto(kms, KeyId, next, { ImportType, ValidTo });
  const metadata = await metadataOf(kms, KeyId);
  assert.deepEqual(
    [metadata.KeyState, metadata.CurrentKeyMaterialId, metadata.ValidTo],
    ['Enabled', first.KeyMaterialId, undefined],
  );
  const entries = [
    {
      KeyId,
      KeyMaterialId: first.KeyMaterialId,
      KeyMaterialDescription: 'the first',
      ImportState: 'IMPORTED',
      KeyMaterialState: 'CURRENT',
      ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE',
    },
    {
      KeyId,
      KeyMaterialId: second.KeyMaterialId,
      ImportState: 'IMPORTED',
      KeyMaterialState: 'PENDING_ROTATION',
      ExpirationModel: 'KEY_MATERIAL_EXPIRES',
      ValidTo,
    },
  ];
  assert.deepEqual(await listOf(kms, KeyId), entries);
  assert.deepEqual((await kms.ok('ListKeyRotations', { KeyId })).Rotations, []);
  const third = materialFor('SYMMETRIC_DEFAULT');
  const [type, text] = await importRefusal(kms, KeyId, third, { ImportType });
  assert.equal(type, 'KMSInvalidStateException');
  assert.match(
    text,
    new RegExp(
      `^New key material \\(id: [0-9a-f]{64}\\) cannot be imported into KMS key ${KeyId}, because another key material \\(id: ${second.KeyMaterialId}\\) is pending rotation\\.$`,
    ),
  );
  await importInto(kms, KeyId, next, { ValidTo, KeyMaterialDescription: 'the second' });
  await kms.ok('RotateKeyOnDemand', { KeyId });
  const RotationDate = kms.clock.now() / 1000;
  assert.deepEqual(await listOf(kms, KeyId), [
    { ...entries[0], KeyMaterialState: 'NON_CURRENT' },
    {
      ...entries[1],
      KeyMaterialDescription: 'the second',
      KeyMaterialState: 'CURRENT',
      RotationDate,
      RotationType: 'ON_DEMAND',
    },
  ]);
  const after = await metadataOf(kms, KeyId);
  assert.deepEqual([after.CurrentKeyMaterialId, after.ValidTo], [second.KeyMaterialId, ValidTo]);
  assert.deepEqual(await refusal(kms, 'RotateKeyOnDemand', { KeyId }), none);
  ciphertexts.push(await encrypt(kms, KeyId));
  await importInto(kms, KeyId, third, { ImportType });
  await kms.ok('RotateKeyOnDemand', { KeyId });
  ciphertexts.push(await encrypt(kms, KeyId));
  await kms.vault.domainKeys.rotate();
  kms.keyring.snapshots.dropKey(testPlace(), (await snapshotOf(kms, KeyId)).keyId);
  for (const CiphertextBlob of ciphertexts) {
    assert.equal((await kms.ok('Decrypt', { CiphertextBlob })).Plaintext, Plaintext);
  }
});

test('any material that belongs to a key stops it when it goes; which one comes back can be said', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  const materials = [materialFor('SYMMETRIC_DEFAULT'), materialFor('SYMMETRIC_DEFAULT')] as const;
  const old = await importInto(kms, KeyId, materials[0], { KeyMaterialDescription: 'old' });
  const CiphertextBlob = await encrypt(kms, KeyId);
  const current = await importInto(kms, KeyId, materials[1], { ImportType: 'NEW_KEY_MATERIAL' });
  await kms.ok('RotateKeyOnDemand', { KeyId });
  await kms.ok('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId: old.KeyMaterialId });
  assert.equal((await refusal(kms, 'Encrypt', { KeyId, Plaintext }))[1], `${Arn} is pending import.`);
  await kms.ok('DeleteImportedKeyMaterial', { KeyId });
  await importInto(kms, KeyId, materials[1]);
  assert.equal(await stateOf(kms, KeyId), 'PendingImport', 'the old one is still missing');
  for (const members of [
    { KeyMaterialId: current.KeyMaterialId },
    { ImportType: 'NEW_KEY_MATERIAL' },
    { ImportType: 'EXISTING_KEY_MATERIAL', KeyMaterialId: 'ab'.repeat(32) },
  ]) {
    assert.equal((await importRefusal(kms, KeyId, materials[0], members))[0], 'IncorrectKeyMaterialException');
  }
  assert.equal(
    (
      await importRefusal(kms, KeyId, materials[0], {
        ImportType: 'NEW_KEY_MATERIAL',
        KeyMaterialId: old.KeyMaterialId,
      })
    )[0],
    'ValidationException',
  );
  await importInto(kms, KeyId, materials[0], { ImportType: 'EXISTING_KEY_MATERIAL', KeyMaterialId: old.KeyMaterialId });
  assert.equal(await stateOf(kms, KeyId), 'Enabled');
  assert.equal((await kms.ok('Decrypt', { CiphertextBlob })).Plaintext, Plaintext);
  const [listed] = await listOf(kms, KeyId);
  assert.deepEqual([listed.KeyMaterialDescription, listed.KeyMaterialState], ['old', 'NON_CURRENT']);
});

test('material that only waits can be deleted, or expire, without harm to the key', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  await importInto(kms, KeyId, materialFor('SYMMETRIC_DEFAULT'));
  const ImportType = 'NEW_KEY_MATERIAL';
  const waiting = materialFor('SYMMETRIC_DEFAULT');
  const { KeyMaterialId } = await importInto(kms, KeyId, waiting, { ImportType });
  await kms.ok('DeleteImportedKeyMaterial', { KeyId, KeyMaterialId });
  assert.equal(await stateOf(kms, KeyId), 'Enabled');
  assert.equal((await listOf(kms, KeyId)).length, 1, 'it never belonged to the key');
  await importInto(kms, KeyId, waiting, { ImportType, ValidTo: seconds(kms, hourMs) });
  kms.clock.advance(hourMs);
  const none = `No available key material pending rotation for the key: ${Arn}.`;
  for (const removed of [0, 1]) {
    assert.equal((await refusal(kms, 'RotateKeyOnDemand', { KeyId }))[1], none);
    const [, entry] = await listOf(kms, KeyId);
    assert.deepEqual([entry.ImportState, entry.KeyMaterialState], ['PENDING_IMPORT', 'PENDING_ROTATION']);
    assert.equal((await removeExpiredMaterials(kms.keyring)).length, 1 - removed);
  }
  assert.equal(await stateOf(kms, KeyId), 'Enabled');
  assert.equal((await importRefusal(kms, KeyId, randomBytes(32), { ImportType }))[0], 'KMSInvalidStateException');
  await importInto(kms, KeyId, waiting);
  await kms.ok('RotateKeyOnDemand', { KeyId });
  assert.equal((await metadataOf(kms, KeyId)).CurrentKeyMaterialId, KeyMaterialId);
});

test('imports at the same time leave one material pending', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  await importInto(kms, KeyId, materialFor('SYMMETRIC_DEFAULT'));
  const answers = await Promise.all(
    Array.from({ length: 4 }, () => sendMaterial(kms, KeyId, randomBytes(32), { ImportType: 'NEW_KEY_MATERIAL' })),
  );
  assert.deepEqual(answers.map(({ body }) => body.__type ?? 'done').sort(), [
    'KMSInvalidStateException',
    'KMSInvalidStateException',
    'KMSInvalidStateException',
    'done',
  ]);
  assert.equal(await materialsIn(kms), 2);
});

test('keys whose material is made here, and keys in other states, take none', async () => {
  await using kms = await startKms();
  const own = (await kms.ok('CreateKey')).KeyMetadata;
  const ownEnding = (await kms.ok('CreateKey')).KeyMetadata;
  await kms.ok('ScheduleKeyDeletion', { KeyId: ownEnding.KeyId });
  const ending = await newKey(kms);
  const token = { ImportToken: 'AAAA', EncryptedKeyMaterial: 'AAAA' };
  await kms.ok('ScheduleKeyDeletion', { KeyId: ending.KeyId });
  const wrapping = wrappingOf('SYMMETRIC_DEFAULT');
  const wrong = (Arn: string) => `${Arn} origin is AWS_KMS which is not valid for this operation.`;
  const cases: [string, object, string, string][] = [];
  for (const { KeyId, Arn } of [own, ownEnding]) {
    cases.push(['GetParametersForImport', { KeyId, ...wrapping }, 'UnsupportedOperationException', wrong(Arn)]);
    cases.push(['ImportKeyMaterial', { KeyId, ...token }, 'UnsupportedOperationException', wrong(Arn)]);
    cases.push(['DeleteImportedKeyMaterial', { KeyId }, 'UnsupportedOperationException', wrong(Arn)]);
  }
  const { KeyId, Arn } = ending;
  const text = `${Arn} is pending deletion.`;
  cases.push(['GetParametersForImport', { KeyId, ...wrapping }, 'KMSInvalidStateException', text]);
  cases.push(['ImportKeyMaterial', { KeyId, ...token }, 'KMSInvalidStateException', text]);
  for (const [operation, input, ...expected] of cases) {
    assert.deepEqual(await refusal(kms, operation, input), expected, operation);
  }
});

test('policies decide by wrapping, expiration model and date', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  const deny = (Action: string, Condition: object) => ({
    Effect: 'Deny',
    Principal: '*',
    Action,
    Resource: '*',
    Condition,
  });
  await kms.ok('PutKeyPolicy', {
    KeyId,
    Policy: JSON.stringify({
      Statement: [
        { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' },
        deny('kms:GetParametersForImport', { StringEquals: { 'kms:WrappingAlgorithm': 'RSAES_OAEP_SHA_1' } }),
        deny('kms:GetParametersForImport', { StringNotEquals: { 'kms:WrappingKeySpec': 'RSA_2048' } }),
        deny('kms:ImportKeyMaterial', { StringEquals: { 'kms:ExpirationModel': 'KEY_MATERIAL_DOES_NOT_EXPIRE' } }),
        deny('kms:ImportKeyMaterial', { NumericGreaterThan: { 'kms:ValidTo': String(seconds(kms, dayMs)) } }),
      ],
    }),
  });
  for (const wrapping of [
    { WrappingAlgorithm: 'RSAES_OAEP_SHA_1', WrappingKeySpec: 'RSA_2048' },
    { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_4096' },
  ]) {
    assert.equal((await refusal(kms, 'GetParametersForImport', { KeyId, ...wrapping }))[0], 'AccessDeniedException');
  }
  assert.equal((await importRefusal(kms, KeyId, randomBytes(32)))[0], 'AccessDeniedException');
  const late = { ValidTo: seconds(kms, dayMs + 1000) };
  assert.equal((await importRefusal(kms, KeyId, randomBytes(32), late))[0], 'AccessDeniedException');
  await importInto(kms, KeyId, randomBytes(32), { ValidTo: seconds(kms, dayMs) });
});

test('an import of new material whose answer was lost can be repeated', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  const ImportType = 'NEW_KEY_MATERIAL';
  const [first, second] = [materialFor('SYMMETRIC_DEFAULT'), materialFor('SYMMETRIC_DEFAULT')];
  for (const material of [first, second]) {
    const answer = await importInto(kms, KeyId, material, { ImportType });
    assert.deepEqual(await importInto(kms, KeyId, material, { ImportType }), answer);
  }
  const { Rotations } = await kms.ok('ListKeyRotations', { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' });
  assert.equal(Rotations.length, 2);
  assert.equal((await importRefusal(kms, KeyId, first, { ImportType }))[0], 'IncorrectKeyMaterialException');
});
