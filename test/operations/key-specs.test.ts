/** Keys of every spec, usage and origin, as they are made and described. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startKms } from '#test/harness/kms.ts';

const rsaSigning = [256, 384, 512].flatMap((bits) => [`RSASSA_PSS_SHA_${bits}`, `RSASSA_PKCS1_V1_5_SHA_${bits}`]);
const oaep = ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'];

/** AWS KMS Developer Guide, Key spec reference: usage, and the list of algorithms that goes with it. */
const specs: readonly (readonly [spec: string, usage: string, list: string, algorithms: readonly string[]])[] = [
  ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT', 'EncryptionAlgorithms', ['SYMMETRIC_DEFAULT']],
  ...['RSA_2048', 'RSA_3072', 'RSA_4096'].flatMap((spec) => [
    [spec, 'ENCRYPT_DECRYPT', 'EncryptionAlgorithms', oaep] as const,
    [spec, 'SIGN_VERIFY', 'SigningAlgorithms', rsaSigning] as const,
  ]),
  ...[
    ['P256', 256],
    ['P384', 384],
    ['P521', 512],
  ].flatMap(([curve, bits]) => [
    [`ECC_NIST_${curve}`, 'SIGN_VERIFY', 'SigningAlgorithms', [`ECDSA_SHA_${bits}`]] as const,
    [`ECC_NIST_${curve}`, 'KEY_AGREEMENT', 'KeyAgreementAlgorithms', ['ECDH']] as const,
  ]),
  ['ECC_SECG_P256K1', 'SIGN_VERIFY', 'SigningAlgorithms', ['ECDSA_SHA_256']],
  ['ECC_NIST_EDWARDS25519', 'SIGN_VERIFY', 'SigningAlgorithms', ['ED25519_SHA_512', 'ED25519_PH_SHA_512']],
  ...[224, 256, 384, 512].map(
    (bits) => [`HMAC_${bits}`, 'GENERATE_VERIFY_MAC', 'MacAlgorithms', [`HMAC_SHA_${bits}`]] as const,
  ),
  ...[44, 65, 87].map((n) => [`ML_DSA_${n}`, 'SIGN_VERIFY', 'SigningAlgorithms', ['ML_DSA_SHAKE_256']] as const),
  ...[512, 768, 1024].map(
    (n) => [`ML_KEM_${n}`, 'ENCAPSULATE_DECAPSULATE', 'EncapsulationAlgorithms', ['ML_KEM']] as const,
  ),
  ['SM2', 'ENCRYPT_DECRYPT', 'EncryptionAlgorithms', ['SM2PKE']],
  ['SM2', 'SIGN_VERIFY', 'SigningAlgorithms', ['SM2DSA']],
  ['SM2', 'KEY_AGREEMENT', 'KeyAgreementAlgorithms', ['ECDH']],
];

const listNames = [
  'EncryptionAlgorithms',
  'SigningAlgorithms',
  'MacAlgorithms',
  'KeyAgreementAlgorithms',
  'EncapsulationAlgorithms',
];

test('every spec is made for each of its usages and says what it can be used with', { timeout: 120_000 }, async () => {
  await using kms = await startKms(undefined, { hasSm2Everywhere: true });
  for (const [KeySpec, KeyUsage, list, algorithms] of specs) {
    const { KeyMetadata: made } = await kms.ok('CreateKey', { KeySpec, KeyUsage });
    assert.deepEqual((await kms.ok('DescribeKey', { KeyId: made.KeyId })).KeyMetadata, made);
    assert.equal(made.KeySpec, KeySpec);
    assert.equal(made.KeyUsage, KeyUsage);
    assert.equal(made.KeyState, 'Enabled');
    assert.deepEqual(made[list].toSorted(), algorithms.toSorted(), `${KeySpec} ${KeyUsage}`);
    assert.deepEqual(
      listNames.filter((name) => name in made),
      [list],
    );
    assert.equal('CurrentKeyMaterialId' in made, KeySpec === 'SYMMETRIC_DEFAULT');
  }
});

test('a key for imported material has none, and no expiry, until it is imported', async () => {
  await using kms = await startKms(undefined, { hasSm2Everywhere: true });
  const importable = specs.filter(([spec]) => !spec.startsWith('ML_'));
  for (const [KeySpec, KeyUsage] of importable) {
    const { KeyMetadata: made } = await kms.ok('CreateKey', { KeySpec, KeyUsage, Origin: 'EXTERNAL' });
    assert.equal(made.Origin, 'EXTERNAL');
    assert.equal(made.KeyState, 'PendingImport');
    assert.equal(made.Enabled, false);
    for (const name of ['CurrentKeyMaterialId', 'ExpirationModel', 'ValidTo']) assert(!(name in made), name);
  }
});

test('a multi-Region key begins as a primary without replicas', async () => {
  await using kms = await startKms();
  const { KeyMetadata: made } = await kms.ok('CreateKey', { MultiRegion: true });
  assert.match(made.KeyId, /^mrk-[0-9a-f]{32}$/);
  assert.equal(made.MultiRegion, true);
  assert.deepEqual(made.MultiRegionConfiguration, {
    MultiRegionKeyType: 'PRIMARY',
    PrimaryKey: { Arn: made.Arn, Region: 'us-east-1' },
    ReplicaKeys: [],
  });
});

test('the China Regions have SM2 and no ML-KEM', async () => {
  await using kms = await startKms(undefined, { region: 'cn-north-1' });
  const sm2 = { KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' };
  const { Arn, KeyId } = (await kms.ok('CreateKey', sm2)).KeyMetadata;
  assert.equal(Arn, `arn:aws-cn:kms:cn-north-1:111122223333:key/${KeyId}`);
  const message = { KeyId, Message: 'AAAA', SigningAlgorithm: 'SM2DSA' };
  const { Signature } = await kms.ok('Sign', message);
  assert.equal((await kms.ok('Verify', { ...message, Signature })).SignatureValid, true);
  const symmetric = (await kms.ok('CreateKey')).KeyMetadata.KeyId;
  await kms.ok('GenerateDataKeyPair', { KeyId: symmetric, KeyPairSpec: 'SM2' });
  for (const [operation, input] of [
    ['CreateKey', { KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' }],
    ['GenerateDataKeyPair', { KeyId: symmetric, KeyPairSpec: 'ML_KEM_768' }],
  ] as const) {
    const { body } = await kms.send(operation, input);
    assert.deepEqual(
      [body.__type, body.message],
      ['UnsupportedOperationException', 'KeySpec ML_KEM_768 is not supported in cn-north-1.'],
    );
  }
});
