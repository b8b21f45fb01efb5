/** Encapsulate and Decapsulate over the wire, and with whoever has the public key alone. */
import assert from 'node:assert/strict';
import { createPublicKey, encapsulate } from 'node:crypto';
import { test } from 'node:test';
import { type Kms, type SendOptions, startKms } from '#test/harness/kms.ts';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const EncapsulationAlgorithm = 'ML_KEM';

/** FIPS 203 section 8, table 3. */
const sets = [
  { KeySpec: 'ML_KEM_512', ciphertextBytes: 768 },
  { KeySpec: 'ML_KEM_768', ciphertextBytes: 1088 },
  { KeySpec: 'ML_KEM_1024', ciphertextBytes: 1568 },
] as const;
const secretBytes = 32;

async function newKey(kms: Kms, KeySpec: string, more: object = {}): Promise<{ KeyId: string; Arn: string }> {
  return (await kms.ok('CreateKey', { KeySpec, KeyUsage: 'ENCAPSULATE_DECAPSULATE', ...more })).KeyMetadata;
}

async function refusal(kms: Kms, operation: string, input: object, options?: SendOptions) {
  const { status, body } = await kms.send(operation, { EncapsulationAlgorithm, ...input }, options);
  assert.equal(status, 400);
  return body;
}

test('what one side encapsulates, the key decapsulates: its own, and that of whoever has the public key', async () => {
  await using kms = await startKms();
  for (const { KeySpec, ciphertextBytes } of sets) {
    const { KeyId, Arn } = await newKey(kms, KeySpec);
    const { SharedSecret, SharedSecretCiphertextBlob, ...rest } = await kms.ok('Encapsulate', {
      KeyId,
      EncapsulationAlgorithm,
    });
    assert.deepEqual(rest, { KeyId: Arn, EncapsulationAlgorithm });
    assert.equal(Buffer.from(SharedSecret, 'base64').length, secretBytes);
    assert.equal(Buffer.from(SharedSecretCiphertextBlob, 'base64').length, ciphertextBytes);
    const input = { KeyId, SharedSecretCiphertextBlob, EncapsulationAlgorithm };
    assert.deepEqual(await kms.ok('Decapsulate', input), { KeyId: Arn, SharedSecret, EncapsulationAlgorithm });
    const again = await kms.ok('Encapsulate', { KeyId, EncapsulationAlgorithm });
    assert.notEqual(again.SharedSecret, SharedSecret);

    const { PublicKey } = await kms.ok('GetPublicKey', { KeyId });
    const key = createPublicKey({ key: Buffer.from(PublicKey, 'base64'), format: 'der', type: 'spki' });
    const { sharedKey, ciphertext } = encapsulate(key);
    const opened = await kms.ok('Decapsulate', { ...input, SharedSecretCiphertextBlob: base64(ciphertext) });
    assert.equal(opened.SharedSecret, base64(sharedKey));
  }
});

test('an altered ciphertext, or one for another key, gives a secret that nobody else has, always the same', async () => {
  await using kms = await startKms();
  for (const { KeySpec } of sets) {
    const [key, other] = [await newKey(kms, KeySpec), await newKey(kms, KeySpec)];
    const made = await kms.ok('Encapsulate', { KeyId: key.KeyId, EncapsulationAlgorithm });
    const secretOf = async (KeyId: string, ciphertext: Uint8Array) => {
      const input = { KeyId, SharedSecretCiphertextBlob: base64(ciphertext), EncapsulationAlgorithm };
      return (await kms.ok('Decapsulate', input)).SharedSecret;
    };
    const ciphertext = Buffer.from(made.SharedSecretCiphertextBlob, 'base64');
    const altered = Buffer.from(ciphertext);
    altered[100] = (altered[100] ?? 0) ^ 1;
    const rejected = await secretOf(key.KeyId, altered);
    assert.equal(Buffer.from(rejected, 'base64').length, secretBytes);
    assert.equal(await secretOf(key.KeyId, altered), rejected);
    const secrets = [made.SharedSecret, rejected, await secretOf(other.KeyId, ciphertext)];
    secrets.push(await secretOf(other.KeyId, altered));
    assert.equal(new Set(secrets).size, 4);
  }
});

test('a ciphertext of any other length is an InvalidCiphertextException', async () => {
  await using kms = await startKms();
  for (const { KeySpec, ciphertextBytes } of sets) {
    const { KeyId } = await newKey(kms, KeySpec);
    const others = sets.map((set) => set.ciphertextBytes).filter((bytes) => bytes !== ciphertextBytes);
    for (const bytes of [1, ciphertextBytes - 1, ciphertextBytes + 1, 6144, ...others]) {
      const SharedSecretCiphertextBlob = base64(Buffer.alloc(bytes));
      const input = { KeyId, SharedSecretCiphertextBlob };
      assert.deepEqual(await refusal(kms, 'Decapsulate', input), { __type: 'InvalidCiphertextException' });
    }
  }
});

test('keys for something else, and what the request leaves out, are refused', async () => {
  await using kms = await startKms();
  for (const [KeySpec, KeyUsage] of [
    ['RSA_2048', 'ENCRYPT_DECRYPT'],
    ['ECC_NIST_P256', 'KEY_AGREEMENT'],
    ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'],
  ] as const) {
    const { KeyId, Arn } = await newKey(kms, KeySpec, { KeyUsage });
    for (const [operation, more] of [
      ['Encapsulate', {}],
      ['Decapsulate', { SharedSecretCiphertextBlob: 'AAAA' }],
    ] as const) {
      assert.deepEqual(await refusal(kms, operation, { KeyId, ...more }), {
        __type: 'InvalidKeyUsageException',
        message: `${Arn} key usage is ${KeyUsage} which is not valid for ${operation}.`,
      });
    }
  }
  const { KeyId } = await newKey(kms, 'ML_KEM_512');
  for (const operation of ['Encapsulate', 'Decapsulate']) {
    const input = { KeyId, SharedSecretCiphertextBlob: 'AAAA', EncapsulationAlgorithm: undefined };
    assert.match((await refusal(kms, operation, input)).message, /Value null at 'encapsulationAlgorithm'/);
  }
});

test('a dry run says whether it would work, and a disabled key does nothing', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms, 'ML_KEM_768');
  const { SharedSecretCiphertextBlob } = await kms.ok('Encapsulate', { KeyId, EncapsulationAlgorithm });
  const dry = { KeyId, DryRun: true };
  assert.equal((await refusal(kms, 'Encapsulate', dry)).__type, 'DryRunOperationException');
  const opening = { ...dry, SharedSecretCiphertextBlob };
  assert.equal((await refusal(kms, 'Decapsulate', opening)).__type, 'DryRunOperationException');
  const short = { ...dry, SharedSecretCiphertextBlob: 'AAAA' };
  assert.equal((await refusal(kms, 'Decapsulate', short)).__type, 'InvalidCiphertextException');
  await kms.ok('DisableKey', { KeyId });
  for (const input of [opening, { ...opening, DryRun: false }]) {
    for (const operation of ['Encapsulate', 'Decapsulate']) {
      const { SharedSecretCiphertextBlob: blob, ...rest } = input;
      const sent = operation === 'Decapsulate' ? { ...rest, SharedSecretCiphertextBlob: blob } : rest;
      const body = await refusal(kms, operation, sent);
      assert.deepEqual(body, { __type: 'DisabledException', message: `${Arn} is disabled.` });
    }
  }
});

test('another account encapsulates, and does not decapsulate, where the key policy says so', async () => {
  await using kms = await startKms();
  const statement = (account: string, Action: string) => ({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action,
    Resource: '*',
  });
  const Statement = [statement('111122223333', 'kms:*'), statement('444455556666', 'kms:Encapsulate')];
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  const { KeyId, Arn } = await newKey(kms, 'ML_KEM_1024', { Policy });
  const sent = { KeyId: Arn, EncapsulationAlgorithm };
  const made = await kms.ok('Encapsulate', sent, { caller: kms.other });
  const { SharedSecret, SharedSecretCiphertextBlob } = made;
  const opening = { KeyId, EncapsulationAlgorithm, SharedSecretCiphertextBlob };
  assert.equal((await kms.ok('Decapsulate', opening)).SharedSecret, SharedSecret);
  const denied = await refusal(kms, 'Decapsulate', { ...opening, KeyId: Arn }, { caller: kms.other });
  assert.equal(denied.__type, 'AccessDeniedException');
});
