/** Request quotas through the public API: which request counts for what, and which for nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Buckets } from '#limits/buckets.ts';
import type { QuotaSettings } from '#limits/settings.ts';
import type { QuotaChange } from '#storage/store.ts';
import { type Kms, startKms } from '#test/harness/kms.ts';

/** A server whose quotas are refilled by the test alone. */
async function startLimited(...changes: QuotaChange[]) {
  const time = { nowMs: 0 };
  const settings: QuotaSettings = { profile: 'unlimited', changes };
  const limits = new Buckets(settings, () => time.nowMs);
  return { kms: await startKms(undefined, { limits }), limits, time };
}

/** As slow that nothing comes back while a test runs; the first request is admitted. */
const once = (quota: string): QuotaChange => ({ quota, value: 0.001 });

const refused = { status: 400, type: 'ThrottlingException' };
async function outcome(kms: Kms, operation: string, input: object, options = {}) {
  const { status, body } = await kms.send(operation, input, options);
  return status === 200 ? { status } : { status, type: body.__type };
}

test("beyond its rate an operation is refused in AWS's words, recorded, and admitted again a little later", async () => {
  const { kms: opened, time } = await startLimited({ quota: 'DescribeKey', value: 10 });
  await using kms = opened;
  const { KeyId } = (await kms.ok('CreateKey')).KeyMetadata;
  await kms.ok('DescribeKey', { KeyId });
  const { status, body } = await kms.send('DescribeKey', { KeyId });
  assert.deepEqual(
    [status, body],
    [
      400,
      {
        __type: 'ThrottlingException',
        message: 'You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.',
      },
    ],
  );
  const record = kms.records.at(-1);
  assert.equal(record?.['errorCode'], 'ThrottlingException');
  assert.equal(record?.['eventName'], 'DescribeKey');
  assert.equal(kms.audited.at(-1)?.caller?.accountId, '111122223333');
  time.nowMs += 100;
  await kms.ok('DescribeKey', { KeyId });
});

test('symmetric operations share one quota; keys of other kinds count for the quotas of their kinds', async () => {
  const { kms: opened } = await startLimited(once('symmetric'), once('rsa'), once('ecc'));
  await using kms = opened;
  const make = async (KeySpec: string, KeyUsage: string) =>
    (await kms.ok('CreateKey', { KeySpec, KeyUsage })).KeyMetadata.KeyId;
  const symmetric = await make('SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT');
  const rsa = await make('RSA_2048', 'ENCRYPT_DECRYPT');
  const curve = await make('ECC_NIST_P256', 'SIGN_VERIFY');
  const rsaEncryption = { KeyId: rsa, Plaintext: 'AAAA', EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' };
  const signing = { KeyId: curve, Message: 'AAAA', SigningAlgorithm: 'ECDSA_SHA_256' };
  await kms.ok('GenerateRandom', { NumberOfBytes: 1 });
  assert.deepEqual(await outcome(kms, 'Encrypt', { KeyId: symmetric, Plaintext: 'AAAA' }), refused);
  assert.deepEqual(await outcome(kms, 'GenerateDataKey', { KeyId: symmetric, KeySpec: 'AES_256' }), refused);
  await kms.ok('Encrypt', rsaEncryption);
  assert.deepEqual(await outcome(kms, 'Encrypt', rsaEncryption), refused);
  await kms.ok('Sign', signing);
  assert.deepEqual(await outcome(kms, 'Sign', signing), refused);
  await kms.ok('GenerateDataKeyPair', { KeyId: symmetric, KeyPairSpec: 'ECC_NIST_P256' });
});

test('data key pairs have a quota for each spec, which both of their operations share', async () => {
  const { kms: opened } = await startLimited(once('GenerateDataKeyPair-ECC_NIST_P256'));
  await using kms = opened;
  const { KeyId } = (await kms.ok('CreateKey')).KeyMetadata;
  await kms.ok('GenerateDataKeyPair', { KeyId, KeyPairSpec: 'ECC_NIST_P256' });
  const input = { KeyId, KeyPairSpec: 'ECC_NIST_P256' };
  assert.deepEqual(await outcome(kms, 'GenerateDataKeyPairWithoutPlaintext', input), refused);
  await kms.ok('GenerateDataKeyPairWithoutPlaintext', { KeyId, KeyPairSpec: 'ECC_NIST_P384' });
});

test('ReEncrypt between keys of two kinds takes from both quotas or from none', async () => {
  const { kms: opened, limits } = await startLimited();
  await using kms = opened;
  const { KeyId } = (await kms.ok('CreateKey')).KeyMetadata;
  const rsa = (await kms.ok('CreateKey', { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' })).KeyMetadata.KeyId;
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext: 'AAAA' });
  const move = {
    CiphertextBlob,
    SourceKeyId: KeyId,
    DestinationKeyId: rsa,
    DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
  };
  limits.apply({ profile: 'unlimited', changes: [once('symmetric'), { quota: 'rsa', value: 0 }] });
  assert.deepEqual(await outcome(kms, 'ReEncrypt', move), refused);
  await kms.ok('Encrypt', { KeyId, Plaintext: 'AAAA' });
  limits.apply({ profile: 'unlimited', changes: [once('symmetric'), once('rsa')] });
  await kms.ok('ReEncrypt', move);
  assert.deepEqual(await outcome(kms, 'Encrypt', { KeyId, Plaintext: 'AAAA' }), refused);
});

test('ReplicateKey counts for CreateKey in the other Region too, twice', async () => {
  const { kms: opened, time } = await startLimited({ quota: 'CreateKey', region: 'eu-west-1', value: 1 });
  await using kms = opened;
  const { KeyId } = (await kms.ok('CreateKey', { MultiRegion: true })).KeyMetadata;
  await kms.ok('ReplicateKey', { KeyId, ReplicaRegion: 'eu-west-1' });
  const elsewhere = { region: 'eu-west-1' };
  time.nowMs += 1000;
  assert.deepEqual(await outcome(kms, 'CreateKey', {}, elsewhere), refused);
  time.nowMs += 1000;
  await kms.ok('CreateKey', {}, elsewhere);
});

test('whoever is refused for another reason takes nothing, and nobody takes from the quota of an account without its keys', async () => {
  const { kms: opened } = await startLimited(once('DescribeKey'), once('symmetric'));
  await using kms = opened;
  const { KeyId, Arn } = (await kms.ok('CreateKey')).KeyMetadata;
  const forger = { ...kms.root, secretAccessKey: 'wrong' };
  const types = async (...calls: Promise<{ type?: string }>[]) => (await Promise.all(calls)).map(({ type }) => type);
  assert.deepEqual(
    await types(
      outcome(kms, 'DescribeKey', { KeyId }, { caller: forger }),
      outcome(kms, 'DescribeKey', { KeyId }, { caller: { ...kms.root, accessKeyId: 'AKIAIOSFODNN7EXAMPLE' } }),
      outcome(kms, 'DescribeKey', {}),
      outcome(kms, 'DescribeKey', { KeyId: 'alias/none' }),
      outcome(kms, 'DescribeKey', { KeyId: Arn }, { caller: kms.other }),
    ),
    [
      'InvalidSignatureException',
      'InvalidSignatureException',
      'ValidationException',
      'NotFoundException',
      'AccessDeniedException',
    ],
  );
  await kms.ok('DescribeKey', { KeyId });
  assert.deepEqual(await outcome(kms, 'DescribeKey', { KeyId }), refused);
  await kms.did('GetCallerIdentity');
});

test('the account that asks is charged, not the one whose key it is, in the Region that it asks in', async () => {
  const { kms: opened } = await startLimited(once('symmetric'));
  await using kms = opened;
  const Policy = JSON.stringify({
    Statement: [{ Sid: 'a', Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' }],
  });
  const { Arn } = (await kms.ok('CreateKey', { Policy })).KeyMetadata;
  const encryption = { KeyId: Arn, Plaintext: 'AAAA' };
  await kms.ok('Encrypt', encryption, { caller: kms.other });
  assert.deepEqual(await outcome(kms, 'Encrypt', encryption, { caller: kms.other }), refused);
  await kms.ok('Encrypt', encryption);
  await kms.ok('GenerateRandom', { NumberOfBytes: 1 }, { region: 'eu-west-1' });
});

test('resource quotas are those that have been set, for an account or for all', async () => {
  await using kms = await startKms();
  const { KeyId } = (await kms.ok('CreateKey')).KeyMetadata;
  const changes = [
    { quota: 'keys', accountId: '111122223333', value: 1 },
    { quota: 'aliases-per-key', value: 60 },
    { quota: 'grants-per-key', value: 0 },
  ];
  await kms.vault.store.write(async (transaction) => transaction.put('quotas', ['settings'], { changes }));
  assert.equal((await outcome(kms, 'CreateKey', {})).type, 'LimitExceededException');
  assert.equal((await outcome(kms, 'CreateKey', {}, { caller: kms.other })).status, 200);
  const grant = { KeyId, GranteePrincipal: 'arn:aws:iam::111122223333:root', Operations: ['Encrypt'] };
  assert.equal((await outcome(kms, 'CreateGrant', grant)).type, 'LimitExceededException');
  const alias = (number: number) => outcome(kms, 'CreateAlias', { AliasName: `alias/${number}`, TargetKeyId: KeyId });
  for (let number = 0; number < 60; number++) assert.equal((await alias(number)).status, 200);
  assert.equal((await alias(60)).type, 'LimitExceededException');
  await kms.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
});
