/** Signatures, as callers of AWS KMS make and verify them, and public keys, with which everybody else verifies them. */
import assert from 'node:assert/strict';
import { constants, createHash, createPublicKey, type KeyObject, type SigningOptions, verify } from 'node:crypto';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { heavy } from '#crypto/heavy.ts';
import { parameterBytes } from '#crypto/sm2/curve.ts';
import { type Kms, startKms } from '#test/harness/kms.ts';

const text = Buffer.from('message');
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const digestOf = (hash: string) => createHash(hash).update(text).digest();

function shake256(...parts: Uint8Array[]): Buffer {
  return createHash('shake256', { outputLength: 64 }).update(Buffer.concat(parts)).digest();
}

interface Scheme {
  readonly SigningAlgorithm: string;
  /** What goes over the wire, by message type. */
  readonly messages: (publicKey: KeyObject) => Readonly<Record<string, Uint8Array>>;
  /** Whether it is a signature of the text, decided without our code. */
  readonly isValid: (publicKey: KeyObject, signature: Uint8Array) => boolean;
}

function hashed(SigningAlgorithm: string, hash: string, options: SigningOptions = {}): Scheme {
  return {
    SigningAlgorithm,
    messages: () => ({ RAW: text, DIGEST: digestOf(hash) }),
    isValid: (key, signature) => verify(hash, text, { key, ...options }, signature),
  };
}

const rsaSchemes = [256, 384, 512].flatMap((bits) => [
  hashed(`RSASSA_PSS_SHA_${bits}`, `sha${bits}`, { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: bits / 8 }),
  hashed(`RSASSA_PKCS1_V1_5_SHA_${bits}`, `sha${bits}`),
]);
const mlDsa: Scheme = {
  SigningAlgorithm: 'ML_DSA_SHAKE_256',
  messages: (key) => ({
    RAW: text,
    EXTERNAL_MU: shake256(shake256(key.export({ format: 'raw-public' })), Buffer.from([0, 0]), text),
  }),
  isValid: (key, signature) => verify(null, text, key, signature),
};
const ed25519: Scheme = {
  SigningAlgorithm: 'ED25519_SHA_512',
  messages: () => ({ RAW: text }),
  isValid: (key, signature) => verify(null, text, key, signature),
};
const prehashed: Scheme = {
  SigningAlgorithm: 'ED25519_PH_SHA_512',
  messages: () => ({ DIGEST: digestOf('sha512') }),
  isValid: (key, signature) => ed25519ph.verify(signature, digestOf('sha512'), key.export({ format: 'raw-public' })),
};

const schemesOfSpec: ReadonlyMap<string, readonly Scheme[]> = new Map([
  ['RSA_2048', rsaSchemes],
  ['RSA_3072', rsaSchemes],
  ['RSA_4096', rsaSchemes],
  ['ECC_NIST_P256', [hashed('ECDSA_SHA_256', 'sha256')]],
  ['ECC_NIST_P384', [hashed('ECDSA_SHA_384', 'sha384')]],
  ['ECC_NIST_P521', [hashed('ECDSA_SHA_512', 'sha512')]],
  ['ECC_SECG_P256K1', [hashed('ECDSA_SHA_256', 'sha256')]],
  ['ECC_NIST_EDWARDS25519', [ed25519, prehashed]],
  ['ML_DSA_44', [mlDsa]],
  ['ML_DSA_65', [mlDsa]],
  ['ML_DSA_87', [mlDsa]],
]);

async function makeKey(kms: Kms, KeySpec: string, more: object = {}) {
  const { KeyMetadata } = await kms.ok('CreateKey', { KeySpec, KeyUsage: 'SIGN_VERIFY', ...more });
  return KeyMetadata;
}

async function publicKeyOf(kms: Kms, KeyId: string): Promise<KeyObject> {
  const { PublicKey } = await kms.ok('GetPublicKey', { KeyId });
  return createPublicKey({ key: Buffer.from(PublicKey, 'base64'), format: 'der', type: 'spki' });
}

test('every key signs with each of its algorithms, so that everybody with its public key can verify it', {
  timeout: 120_000,
}, async () => {
  await using kms = await startKms();
  for (const [spec, schemes] of schemesOfSpec) {
    const { KeyId, Arn } = await makeKey(kms, spec);
    const publicKey = await publicKeyOf(kms, KeyId);
    for (const { SigningAlgorithm, messages, isValid } of schemes) {
      const wire = Object.entries(messages(publicKey)).map(([MessageType, message]) => {
        return { KeyId, SigningAlgorithm, MessageType, Message: base64(message) };
      });
      for (const request of wire) {
        const { Signature, ...rest } = await kms.ok('Sign', request);
        assert.deepEqual(rest, { KeyId: Arn, SigningAlgorithm });
        assert(isValid(publicKey, Buffer.from(Signature, 'base64')), `${spec} ${request.MessageType}`);
        for (const same of wire) {
          const verdict = await kms.ok('Verify', { ...same, Signature });
          assert.deepEqual(verdict, { KeyId: Arn, SignatureValid: true, SigningAlgorithm });
        }
      }
    }
  }
});

test('a key on the curve SM2 signs messages, and digests that its caller has computed with them', async () => {
  await using kms = await startKms(undefined, { hasSm2Everywhere: true });
  const { KeyId } = await makeKey(kms, 'SM2');
  const point = (await publicKeyOf(kms, KeyId)).export({ format: 'der', type: 'spki' }).subarray(-64);
  const sm3 = (...parts: Uint8Array[]) => createHash('sm3').update(Buffer.concat(parts)).digest();
  const signer = sm3(Buffer.from([0, 128]), Buffer.from('1234567812345678'), parameterBytes, point);
  const request = { KeyId, SigningAlgorithm: 'SM2DSA' };
  const raw = { ...request, MessageType: 'RAW', Message: base64(text) };
  const digest = { ...request, MessageType: 'DIGEST', Message: base64(sm3(signer, text)) };
  for (const one of [raw, digest]) {
    const { Signature } = await kms.ok('Sign', one);
    for (const same of [raw, digest]) await kms.ok('Verify', { ...same, Signature });
    const wrong = await kms.send('Verify', { ...digest, Message: base64(sm3(text)), Signature });
    assert.equal(wrong.body.__type, 'KMSInvalidSignatureException');
  }
});

test('the message is raw unless the request says otherwise', async () => {
  await using kms = await startKms();
  const { KeyId } = await makeKey(kms, 'ECC_NIST_P256');
  const request = { KeyId, SigningAlgorithm: 'ECDSA_SHA_256', Message: base64(text) };
  const { Signature } = await kms.ok('Sign', request);
  await kms.ok('Verify', { ...request, MessageType: 'RAW', Signature });
});

test('a signature of another message, by another key or malformed is a KMSInvalidSignatureException', async () => {
  await using kms = await startKms();
  for (const [spec, SigningAlgorithm] of [
    ['ECC_NIST_P256', 'ECDSA_SHA_256'],
    ['RSA_2048', 'RSASSA_PSS_SHA_256'],
    ['ML_DSA_44', 'ML_DSA_SHAKE_256'],
  ] as const) {
    const [{ KeyId }, other] = [await makeKey(kms, spec), await makeKey(kms, spec)];
    const request = { KeyId, SigningAlgorithm, Message: base64(text) };
    const { Signature } = await kms.ok('Sign', request);
    const bytes = Buffer.from(Signature, 'base64');
    for (const wrong of [
      { ...request, Signature, Message: base64(Buffer.from('massage')) },
      { ...request, Signature, KeyId: other.KeyId },
      { ...request, Signature: base64(bytes.subarray(1)) },
      { ...request, Signature: base64(Buffer.concat([bytes, Buffer.of(0)])) },
      { ...request, Signature: 'AA==' },
      { ...request, Signature: base64(Buffer.alloc(6144, 1)) },
    ]) {
      const { status, body } = await kms.send('Verify', wrong);
      assert.deepEqual([status, body], [400, { __type: 'KMSInvalidSignatureException' }]);
    }
  }
});

test('what algorithm, message type and length do not fit together is refused by name', async () => {
  await using kms = await startKms();
  const specs = ['ECC_NIST_P256', 'RSA_2048', 'ECC_NIST_EDWARDS25519', 'ML_DSA_44'];
  const ids = new Map<string, string>();
  for (const spec of specs) ids.set(spec, (await makeKey(kms, spec)).KeyId);
  const rows: readonly (readonly [spec: string, algorithm: string, type: string, bytes: number, error: string])[] = [
    ['ECC_NIST_P256', 'ECDSA_SHA_256', 'DIGEST', 31, 'Digest is invalid length for algorithm ECDSA_SHA_256.'],
    ['ECC_NIST_P256', 'ECDSA_SHA_256', 'DIGEST', 64, 'Digest is invalid length for algorithm ECDSA_SHA_256.'],
    ['RSA_2048', 'RSASSA_PSS_SHA_384', 'DIGEST', 32, 'Digest is invalid length for algorithm RSASSA_PSS_SHA_384.'],
    [
      'ECC_NIST_EDWARDS25519',
      'ED25519_PH_SHA_512',
      'DIGEST',
      32,
      'Digest is invalid length for algorithm ED25519_PH_SHA_512.',
    ],
    ['ML_DSA_44', 'ML_DSA_SHAKE_256', 'EXTERNAL_MU', 63, 'Digest is invalid length for algorithm ML_DSA_SHAKE_256.'],
    ['ML_DSA_44', 'ML_DSA_SHAKE_256', 'DIGEST', 64, 'MessageType DIGEST is not valid for algorithm ML_DSA_SHAKE_256.'],
    [
      'ECC_NIST_EDWARDS25519',
      'ED25519_SHA_512',
      'DIGEST',
      64,
      'MessageType DIGEST is not valid for algorithm ED25519_SHA_512.',
    ],
    [
      'ECC_NIST_EDWARDS25519',
      'ED25519_PH_SHA_512',
      'RAW',
      64,
      'MessageType RAW is not valid for algorithm ED25519_PH_SHA_512.',
    ],
    [
      'RSA_2048',
      'RSASSA_PSS_SHA_256',
      'EXTERNAL_MU',
      64,
      'MessageType EXTERNAL_MU is not valid for algorithm RSASSA_PSS_SHA_256.',
    ],
  ];
  for (const [spec, SigningAlgorithm, MessageType, bytes, message] of rows) {
    const request = { KeyId: ids.get(spec), SigningAlgorithm, MessageType, Message: base64(Buffer.alloc(bytes)) };
    for (const [operation, more] of [
      ['Sign', {}],
      ['Verify', { Signature: 'AAAA' }],
    ] as const) {
      const { body } = await kms.send(operation, { ...request, ...more });
      assert.deepEqual(body, { __type: 'ValidationException', message });
    }
  }
});

test('an algorithm of another spec, and a key for something else, are refused by name', async () => {
  await using kms = await startKms();
  const { KeyId } = await makeKey(kms, 'ECC_NIST_P384');
  const request = { KeyId, Message: base64(text), SigningAlgorithm: 'ECDSA_SHA_256' };
  // Before the message is looked at.
  for (const MessageType of ['RAW', 'DIGEST', 'EXTERNAL_MU']) {
    const { body } = await kms.send('Sign', { ...request, MessageType });
    assert.deepEqual(body, {
      __type: 'InvalidKeyUsageException',
      message: 'Algorithm ECDSA_SHA_256 is incompatible with key spec ECC_NIST_P384.',
    });
  }
  const wish = { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' };
  const { KeyId: encrypting, Arn } = (await kms.ok('CreateKey', wish)).KeyMetadata;
  const rsa = { KeyId: encrypting, Message: base64(text), SigningAlgorithm: 'RSASSA_PSS_SHA_256' };
  assert.deepEqual((await kms.send('Sign', rsa)).body, {
    __type: 'InvalidKeyUsageException',
    message: `${Arn} key usage is ENCRYPT_DECRYPT which is not valid for Sign.`,
  });
  const long = await kms.send('Sign', { ...request, Message: base64(Buffer.alloc(4097)) });
  assert.equal(long.body.__type, 'ValidationException');
  const unknown = await kms.send('Sign', { ...request, SigningAlgorithm: 'ECDSA_SHA_224' });
  assert.equal(unknown.body.__type, 'ValidationException');
});

test('a dry run says whether a signature would be made, or is valid', async () => {
  await using kms = await startKms();
  const { KeyId } = await makeKey(kms, 'RSA_2048');
  const request = { KeyId, SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256', Message: base64(text) };
  const { Signature } = await kms.ok('Sign', request);
  const refusal = async (operation: string, input: object) =>
    (await kms.send(operation, { ...request, ...input, DryRun: true })).body.__type;
  assert.equal(await refusal('Sign', {}), 'DryRunOperationException');
  assert.equal(await refusal('Sign', { MessageType: 'DIGEST' }), 'ValidationException');
  assert.equal(await refusal('Verify', { Signature }), 'DryRunOperationException');
  assert.equal(await refusal('Verify', { Signature: 'AAAA' }), 'KMSInvalidSignatureException');
});

test('a disabled key neither signs nor verifies, and gives its public key all the same', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await makeKey(kms, 'ECC_NIST_EDWARDS25519');
  const before = await kms.ok('GetPublicKey', { KeyId });
  const request = { KeyId, SigningAlgorithm: 'ED25519_SHA_512', Message: base64(text) };
  const { Signature } = await kms.ok('Sign', request);
  await kms.ok('DisableKey', { KeyId });
  for (const [operation, input] of [
    ['Sign', request],
    ['Verify', { ...request, Signature }],
  ] as const) {
    const { body } = await kms.send(operation, input);
    assert.deepEqual(body, { __type: 'DisabledException', message: `${Arn} is disabled.` });
  }
  assert.deepEqual(await kms.ok('GetPublicKey', { KeyId }), before);
  await kms.ok('ScheduleKeyDeletion', { KeyId });
  const ending = await kms.send('GetPublicKey', { KeyId });
  assert.deepEqual(ending.body, { __type: 'KMSInvalidStateException', message: `${Arn} is pending deletion.` });
});

test('GetPublicKey says what the public key is for, and answers to an alias', async () => {
  await using kms = await startKms();
  for (const [KeySpec, KeyUsage, list, algorithms] of [
    ['ECC_SECG_P256K1', 'SIGN_VERIFY', 'SigningAlgorithms', ['ECDSA_SHA_256']],
    ['RSA_2048', 'ENCRYPT_DECRYPT', 'EncryptionAlgorithms', ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256']],
    ['ECC_NIST_P256', 'KEY_AGREEMENT', 'KeyAgreementAlgorithms', ['ECDH']],
    ['ML_KEM_768', 'ENCAPSULATE_DECAPSULATE', 'EncapsulationAlgorithms', ['ML_KEM']],
  ] as const) {
    const { KeyId, Arn } = (await kms.ok('CreateKey', { KeySpec, KeyUsage })).KeyMetadata;
    await kms.ok('CreateAlias', { AliasName: `alias/${KeySpec}`, TargetKeyId: KeyId });
    const { PublicKey, ...rest } = await kms.ok('GetPublicKey', { KeyId: `alias/${KeySpec}` });
    assert.deepEqual(rest, { KeyId: Arn, CustomerMasterKeySpec: KeySpec, KeySpec, KeyUsage, [list]: algorithms });
    const key = createPublicKey({ key: Buffer.from(PublicKey, 'base64'), format: 'der', type: 'spki' });
    assert.equal(key.export({ format: 'der', type: 'spki' }).toString('base64'), PublicKey);
  }
});

test('keys without a public half have none to give, and those that wait for their first import none yet', async () => {
  await using kms = await startKms();
  for (const wish of [{}, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }]) {
    const { KeyId } = (await kms.ok('CreateKey', wish)).KeyMetadata;
    const { status, body } = await kms.send('GetPublicKey', { KeyId });
    assert.deepEqual([status, body], [400, { __type: 'UnsupportedOperationException' }]);
  }
  const { KeyId, Arn } = await makeKey(kms, 'RSA_2048', { Origin: 'EXTERNAL' });
  const { body } = await kms.send('GetPublicKey', { KeyId });
  assert.deepEqual(body, { __type: 'KMSInvalidStateException', message: `${Arn} is pending import.` });
});

test('a key policy can say which algorithm and message type may be used', async () => {
  await using kms = await startKms();
  const root = {
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::111122223333:root' },
    Action: 'kms:*',
    Resource: '*',
  };
  const deny = (condition: string, value: string) => ({
    Effect: 'Deny',
    Principal: '*',
    Action: ['kms:Sign', 'kms:Verify'],
    Resource: '*',
    Condition: { StringEquals: { [condition]: value } },
  });
  const statements = [root, deny('kms:SigningAlgorithm', 'RSASSA_PSS_SHA_256'), deny('kms:MessageType', 'RAW')];
  const { KeyId } = await makeKey(kms, 'RSA_2048', {
    Policy: JSON.stringify({ Version: '2012-10-17', Statement: statements }),
  });
  const digest = { KeyId, MessageType: 'DIGEST', Message: base64(digestOf('sha256')) };
  await kms.ok('Sign', { ...digest, SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' });
  for (const denied of [
    { ...digest, SigningAlgorithm: 'RSASSA_PSS_SHA_256' },
    { KeyId, Message: base64(text), SigningAlgorithm: 'RSASSA_PKCS1_V1_5_SHA_256' },
  ]) {
    assert.equal((await kms.send('Sign', denied)).body.__type, 'AccessDeniedException');
  }
});

test('slow signatures wait for their turn, and fast requests do not wait for them', { timeout: 60_000 }, async () => {
  await using kms = await startKms();
  const [slow, fast, symmetric] = [
    await makeKey(kms, 'RSA_4096'),
    await makeKey(kms, 'ECC_NIST_P256'),
    (await kms.ok('CreateKey')).KeyMetadata,
  ];
  const busy = Promise.withResolvers<void>();
  const work = Array.from({ length: availableParallelism() }, () => heavy(() => busy.promise));
  const done: string[] = [];
  const Message = base64(text);
  const signing = [
    { KeyId: slow.KeyId, SigningAlgorithm: 'RSASSA_PSS_SHA_512', Message },
    {
      KeyId: slow.KeyId,
      SigningAlgorithm: 'RSASSA_PSS_SHA_256',
      MessageType: 'DIGEST',
      Message: base64(digestOf('sha256')),
    },
  ].map((request) => kms.ok('Sign', request).then(() => done.push('slow')));
  await kms.ok('Sign', { KeyId: fast.KeyId, SigningAlgorithm: 'ECDSA_SHA_256', Message });
  await kms.ok('GenerateDataKey', { KeyId: symmetric.KeyId, KeySpec: 'AES_256' });
  done.push('fast');
  busy.resolve();
  await Promise.all([...signing, ...work]);
  assert.deepEqual(done, ['fast', 'slow', 'slow']);
});
