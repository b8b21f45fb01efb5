/** Encrypt, Decrypt and ReEncrypt with RSA and SM2 keys, and between them and symmetric ones, over the wire. */
import assert from 'node:assert/strict';
import { constants, createPublicKey, type KeyObject, publicEncrypt } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { SecretBytes } from '#base/secret-bytes.ts';
import { encryptSm2 } from '#crypto/sm2/encryption.ts';
import { type Kms, type SendOptions, startKms } from '#test/harness/kms.ts';
import { putUser } from '#test/harness/principals.ts';

const base64 = (bytes: Uint8Array | string) => Buffer.from(bytes as string).toString('base64');

interface Row {
  readonly KeySpec: string;
  readonly EncryptionAlgorithm: string;
  /** AWS KMS API Reference, Encrypt: how long a plaintext may be. */
  readonly most: number;
  readonly ciphertextBytes?: number;
}

const rows: readonly Row[] = [
  { KeySpec: 'RSA_2048', EncryptionAlgorithm: 'RSAES_OAEP_SHA_1', most: 214, ciphertextBytes: 256 },
  { KeySpec: 'RSA_2048', EncryptionAlgorithm: 'RSAES_OAEP_SHA_256', most: 190, ciphertextBytes: 256 },
  { KeySpec: 'RSA_3072', EncryptionAlgorithm: 'RSAES_OAEP_SHA_1', most: 342, ciphertextBytes: 384 },
  { KeySpec: 'RSA_3072', EncryptionAlgorithm: 'RSAES_OAEP_SHA_256', most: 318, ciphertextBytes: 384 },
  { KeySpec: 'RSA_4096', EncryptionAlgorithm: 'RSAES_OAEP_SHA_1', most: 470, ciphertextBytes: 512 },
  { KeySpec: 'RSA_4096', EncryptionAlgorithm: 'RSAES_OAEP_SHA_256', most: 446, ciphertextBytes: 512 },
  { KeySpec: 'SM2', EncryptionAlgorithm: 'SM2PKE', most: 1024 },
];
const specs = [...new Set(rows.map(({ KeySpec }) => KeySpec))];

const start = () => startKms(undefined, { hasSm2Everywhere: true });

interface Key {
  readonly KeyId: string;
  readonly Arn: string;
  readonly CurrentKeyMaterialId?: string;
}

async function newKey(kms: Kms, KeySpec = 'SYMMETRIC_DEFAULT', more: object = {}): Promise<Key> {
  return (await kms.ok('CreateKey', { KeySpec, KeyUsage: 'ENCRYPT_DECRYPT', ...more })).KeyMetadata;
}

async function publicKeyOf(kms: Kms, KeyId: string): Promise<KeyObject> {
  const { PublicKey } = await kms.ok('GetPublicKey', { KeyId });
  return createPublicKey({ key: Buffer.from(PublicKey, 'base64'), format: 'der', type: 'spki' });
}

/** As anybody encrypts who has the public key alone. */
function encryptOutside(publicKey: KeyObject, algorithm: string, plaintext: Uint8Array): string {
  if (algorithm === 'SM2PKE') return base64(encryptSm2(publicKey, new SecretBytes(Buffer.from(plaintext))));
  const oaepHash = algorithm === 'RSAES_OAEP_SHA_1' ? 'sha1' : 'sha256';
  return base64(publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, plaintext));
}

async function refusal(kms: Kms, operation: string, input: object, options?: SendOptions) {
  const { status, body } = await kms.send(operation, input, options);
  assert.equal(status, 400);
  return body;
}

const invalidCiphertext = { __type: 'InvalidCiphertextException' };
const dryRun = {
  __type: 'DryRunOperationException',
  message: 'The request would have succeeded, but the DryRun option is set.',
};
const mismatch = (algorithm: string, spec: string) => ({
  __type: 'InvalidKeyUsageException',
  message: `Algorithm ${algorithm} is incompatible with key spec ${spec}.`,
});
const invalid = (message: string) => ({ __type: 'ValidationException', message });

test('each key encrypts and decrypts up to the longest plaintext of each algorithm, and no more', {
  timeout: 120_000,
}, async () => {
  await using kms = await start();
  const keys = new Map<string, Key>();
  for (const spec of specs) keys.set(spec, await newKey(kms, spec));
  for (const { KeySpec, EncryptionAlgorithm, most, ciphertextBytes } of rows) {
    const { KeyId = '', Arn } = keys.get(KeySpec) ?? {};
    const publicKey = await publicKeyOf(kms, KeyId);
    for (const length of [1, most - 1, most]) {
      const bytes = Buffer.alloc(length, length);
      const encrypted = await kms.ok('Encrypt', { KeyId, Plaintext: base64(bytes), EncryptionAlgorithm });
      const { CiphertextBlob } = encrypted;
      assert.deepEqual(encrypted, { CiphertextBlob, KeyId: Arn, EncryptionAlgorithm });
      const ciphertext = Buffer.from(CiphertextBlob, 'base64');
      if (ciphertextBytes !== undefined) assert.equal(ciphertext.length, ciphertextBytes);
      for (const blob of [CiphertextBlob, encryptOutside(publicKey, EncryptionAlgorithm, bytes)]) {
        assert.deepEqual(await kms.ok('Decrypt', { CiphertextBlob: blob, KeyId, EncryptionAlgorithm }), {
          KeyId: Arn,
          Plaintext: base64(bytes),
          EncryptionAlgorithm,
        });
      }
    }
    for (const length of [most + 1, 4096]) {
      const input = { KeyId, Plaintext: base64(Buffer.alloc(length)), EncryptionAlgorithm };
      const text = `Algorithm ${EncryptionAlgorithm} and key spec ${KeySpec} cannot encrypt data larger than ${most} bytes.`;
      assert.deepEqual(await refusal(kms, 'Encrypt', input), invalid(text));
      assert.deepEqual(await refusal(kms, 'Encrypt', { ...input, DryRun: true }), invalid(text));
    }
  }
});

test('an algorithm of another kind of key, and the default one, are refused by name', { timeout: 60_000 }, async () => {
  await using kms = await start();
  const algorithms = ['SYMMETRIC_DEFAULT', 'RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256', 'SM2PKE'];
  const fitting: Record<string, readonly string[]> = {
    SYMMETRIC_DEFAULT: ['SYMMETRIC_DEFAULT'],
    RSA_2048: ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'],
    SM2: ['SM2PKE'],
  };
  for (const [spec, own] of Object.entries(fitting)) {
    const { KeyId } = await newKey(kms, spec);
    const other = await newKey(kms);
    for (const algorithm of algorithms.filter((one) => !own.includes(one))) {
      const refused = mismatch(algorithm, spec);
      // Before the length of what is sent is looked at, and the ciphertext.
      const long = { KeyId, Plaintext: base64(Buffer.alloc(2000)), EncryptionAlgorithm: algorithm };
      assert.deepEqual(await refusal(kms, 'Encrypt', long), refused);
      const opening = { KeyId, CiphertextBlob: 'AAAA', EncryptionAlgorithm: algorithm };
      assert.deepEqual(await refusal(kms, 'Decrypt', opening), refused);
      const source = { SourceKeyId: KeyId, CiphertextBlob: 'AAAA', SourceEncryptionAlgorithm: algorithm };
      assert.deepEqual(await refusal(kms, 'ReEncrypt', { ...source, DestinationKeyId: other.KeyId }), refused);
      const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId: other.KeyId, Plaintext: 'eA==' });
      const destination = { DestinationKeyId: KeyId, DestinationEncryptionAlgorithm: algorithm };
      assert.deepEqual(await refusal(kms, 'ReEncrypt', { CiphertextBlob, ...destination }), refused);
    }
    if (spec === 'SYMMETRIC_DEFAULT') continue;
    const refused = mismatch('SYMMETRIC_DEFAULT', spec);
    assert.deepEqual(await refusal(kms, 'Encrypt', { KeyId, Plaintext: 'eA==' }), refused);
    assert.deepEqual(await refusal(kms, 'Decrypt', { KeyId, CiphertextBlob: 'AAAA' }), refused);
    for (const operation of ['GenerateDataKey', 'GenerateDataKeyWithoutPlaintext']) {
      assert.deepEqual(await refusal(kms, operation, { KeyId, KeySpec: 'AES_256' }), refused);
    }
  }
  const unknown = await refusal(kms, 'Encrypt', { KeyId: 'alias/a', Plaintext: 'eA==', EncryptionAlgorithm: 'RSA' });
  assert.match(unknown.message, /Member must satisfy enum value set/);
});

test('keys that do not encrypt are refused by their usage', async () => {
  await using kms = await start();
  const encrypting = await newKey(kms);
  for (const [KeySpec, KeyUsage, EncryptionAlgorithm] of [
    ['RSA_2048', 'SIGN_VERIFY', 'RSAES_OAEP_SHA_256'],
    ['SM2', 'SIGN_VERIFY', 'SM2PKE'],
    ['SM2', 'KEY_AGREEMENT', 'SM2PKE'],
    ['ML_KEM_512', 'ENCAPSULATE_DECAPSULATE', 'SYMMETRIC_DEFAULT'],
    ['HMAC_256', 'GENERATE_VERIFY_MAC', 'SYMMETRIC_DEFAULT'],
  ] as const) {
    const { KeyId, Arn } = await newKey(kms, KeySpec, { KeyUsage });
    const DestinationKeyId = encrypting.KeyId;
    for (const [operation, input] of [
      ['Encrypt', { KeyId, Plaintext: 'eA==', EncryptionAlgorithm }],
      ['Decrypt', { KeyId, CiphertextBlob: 'AAAA', EncryptionAlgorithm }],
      ['ReEncrypt', { SourceKeyId: KeyId, CiphertextBlob: 'AAAA', DestinationKeyId }],
      ['GenerateDataKey', { KeyId, KeySpec: 'AES_128' }],
    ] as const) {
      assert.deepEqual(await refusal(kms, operation, input), {
        __type: 'InvalidKeyUsageException',
        message: `${Arn} key usage is ${KeyUsage} which is not valid for ${operation}.`,
      });
    }
  }
});

test('what was not encrypted to the key in this way is an InvalidCiphertextException without a word more', {
  timeout: 60_000,
}, async () => {
  await using kms = await start();
  for (const spec of ['RSA_2048', 'SM2']) {
    const [key, other] = [await newKey(kms, spec), await newKey(kms, spec)];
    const own = rows.filter(({ KeySpec }) => KeySpec === spec).map((row) => row.EncryptionAlgorithm);
    const symmetric = await kms.ok('Encrypt', { KeyId: (await newKey(kms)).KeyId, Plaintext: 'eA==' });
    for (const EncryptionAlgorithm of own) {
      const sent = { KeyId: key.KeyId, Plaintext: base64('attack at dawn'), EncryptionAlgorithm };
      const ciphertext = Buffer.from((await kms.ok('Encrypt', sent)).CiphertextBlob, 'base64');
      const decrypt = (bytes: Uint8Array, more: object = {}) =>
        refusal(kms, 'Decrypt', { KeyId: key.KeyId, CiphertextBlob: base64(bytes), EncryptionAlgorithm, ...more });
      for (const wrong of [
        Buffer.of(0),
        ciphertext.subarray(1),
        ciphertext.subarray(0, -1),
        Buffer.concat([ciphertext, Buffer.of(0)]),
        Buffer.concat([Buffer.of(0), ciphertext]),
        Buffer.alloc(ciphertext.length, 255),
        Buffer.alloc(ciphertext.length),
        Buffer.alloc(6144, 1),
        Buffer.from(symmetric.CiphertextBlob, 'base64'),
      ]) {
        assert.deepEqual(await decrypt(wrong), invalidCiphertext);
      }
      assert.deepEqual(await decrypt(ciphertext, { KeyId: other.KeyId }), invalidCiphertext);
      for (const algorithm of own.filter((one) => one !== EncryptionAlgorithm)) {
        assert.deepEqual(await decrypt(ciphertext, { EncryptionAlgorithm: algorithm }), invalidCiphertext);
      }
      await fc.assert(
        fc.asyncProperty(fc.nat(ciphertext.length * 8 - 1), async (bit) => {
          const altered = Buffer.from(ciphertext);
          altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
          assert.deepEqual(await decrypt(altered), invalidCiphertext);
        }),
        { numRuns: 40 },
      );
    }
  }
});

test('a ciphertext of a key pair names no key, so the request has to', async () => {
  await using kms = await start();
  const { KeyId } = await newKey(kms, 'SM2');
  const DestinationKeyId = (await newKey(kms)).KeyId;
  const EncryptionAlgorithm = 'SM2PKE';
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext: 'eA==', EncryptionAlgorithm });
  assert.deepEqual(await refusal(kms, 'Decrypt', { CiphertextBlob, EncryptionAlgorithm }), invalidCiphertext);
  const moving = { CiphertextBlob, SourceEncryptionAlgorithm: EncryptionAlgorithm, DestinationKeyId };
  assert.deepEqual(await refusal(kms, 'ReEncrypt', moving), invalidCiphertext);
  // Under the name of a symmetric key it is not a ciphertext at all.
  const misnamed = { CiphertextBlob, KeyId: DestinationKeyId };
  assert.deepEqual(await refusal(kms, 'Decrypt', misnamed), invalidCiphertext);
  await kms.ok('CreateAlias', { AliasName: 'alias/pair', TargetKeyId: KeyId });
  await kms.ok('Decrypt', { CiphertextBlob, KeyId: 'alias/pair', EncryptionAlgorithm });
});

test('an encryption context cannot be used with a key pair; an empty one is none', async () => {
  await using kms = await start();
  const [pair, symmetric] = [await newKey(kms, 'RSA_2048'), await newKey(kms)];
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
  const own = { KeyId: pair.KeyId, EncryptionAlgorithm };
  const none = { ...own, EncryptionContext: {} };
  const { CiphertextBlob } = await kms.ok('Encrypt', { ...none, Plaintext: 'eA==' });
  await kms.ok('Decrypt', { ...none, CiphertextBlob });
  const EncryptionContext = { a: 'b' };
  const ofSymmetric = await kms.ok('Encrypt', { KeyId: symmetric.KeyId, Plaintext: 'eA==', EncryptionContext });
  const from = { SourceKeyId: pair.KeyId, SourceEncryptionAlgorithm: EncryptionAlgorithm, CiphertextBlob };
  const to = { DestinationKeyId: pair.KeyId, DestinationEncryptionAlgorithm: EncryptionAlgorithm };
  const fromSymmetric = { CiphertextBlob: ofSymmetric.CiphertextBlob, SourceEncryptionContext: EncryptionContext };
  const toSymmetric = { DestinationKeyId: symmetric.KeyId, DestinationEncryptionContext: EncryptionContext };
  for (const [operation, input] of [
    ['Encrypt', { ...own, Plaintext: 'eA==', EncryptionContext }],
    ['Decrypt', { ...own, CiphertextBlob, EncryptionContext }],
    ['ReEncrypt', { ...from, ...toSymmetric, SourceEncryptionContext: EncryptionContext }],
    ['ReEncrypt', { ...fromSymmetric, ...to, DestinationEncryptionContext: EncryptionContext }],
  ] as const) {
    assert.deepEqual(
      await refusal(kms, operation, input),
      invalid('An encryption context cannot be used with a KMS key of spec RSA_2048.'),
    );
  }
  // The context of the one side has nothing to do with the other.
  await kms.ok('ReEncrypt', { ...from, ...toSymmetric });
  await kms.ok('ReEncrypt', { ...fromSymmetric, ...to });
});

test('ReEncrypt moves a plaintext between keys of all kinds, and tells of the material of symmetric ones alone', {
  timeout: 120_000,
}, async () => {
  await using kms = await start();
  const sides = [];
  const all = [
    ['SYMMETRIC_DEFAULT', 'SYMMETRIC_DEFAULT'],
    ...rows.map((row) => [row.KeySpec, row.EncryptionAlgorithm]),
  ];
  for (const [spec = '', algorithm = ''] of all.filter(([one]) => !['RSA_3072', 'RSA_4096'].includes(one ?? ''))) {
    sides.push({ algorithm, key: await newKey(kms, spec) });
  }
  assert.equal(sides.length, 4);
  for (const from of sides) {
    const { CiphertextBlob } = await kms.ok('Encrypt', {
      KeyId: from.key.KeyId,
      Plaintext: base64('moving'),
      EncryptionAlgorithm: from.algorithm,
    });
    for (const to of sides) {
      const { CiphertextBlob: moved, ...rest } = await kms.ok('ReEncrypt', {
        CiphertextBlob,
        SourceKeyId: from.key.KeyId,
        SourceEncryptionAlgorithm: from.algorithm,
        DestinationKeyId: to.key.KeyId,
        DestinationEncryptionAlgorithm: to.algorithm,
      });
      assert.deepEqual(rest, {
        SourceKeyId: from.key.Arn,
        KeyId: to.key.Arn,
        SourceEncryptionAlgorithm: from.algorithm,
        DestinationEncryptionAlgorithm: to.algorithm,
        ...(from.algorithm === 'SYMMETRIC_DEFAULT' && { SourceKeyMaterialId: from.key.CurrentKeyMaterialId }),
        ...(to.algorithm === 'SYMMETRIC_DEFAULT' && { DestinationKeyMaterialId: to.key.CurrentKeyMaterialId }),
      });
      const opened = await kms.ok('Decrypt', {
        CiphertextBlob: moved,
        KeyId: to.key.KeyId,
        EncryptionAlgorithm: to.algorithm,
      });
      assert.equal(opened.Plaintext, base64('moving'));
    }
  }
});

test('ReEncrypt refuses a plaintext that is too long for its destination, and a ciphertext that is not its source’s', async () => {
  await using kms = await start();
  const [symmetric, rsa] = [await newKey(kms), await newKey(kms, 'RSA_2048')];
  const to = { DestinationKeyId: rsa.KeyId, DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_1' };
  const move = async (bytes: number) => {
    const Plaintext = base64(Buffer.alloc(bytes));
    const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId: symmetric.KeyId, Plaintext });
    return kms.send('ReEncrypt', { CiphertextBlob, ...to });
  };
  assert.equal((await move(214)).status, 200);
  const text = 'Algorithm RSAES_OAEP_SHA_1 and key spec RSA_2048 cannot encrypt data larger than 214 bytes.';
  assert.deepEqual((await move(215)).body, invalid(text));
  const from = { SourceKeyId: rsa.KeyId, SourceEncryptionAlgorithm: 'RSAES_OAEP_SHA_1' };
  for (const CiphertextBlob of ['AAAA', base64(Buffer.alloc(256, 1))]) {
    const back = { ...from, CiphertextBlob, DestinationKeyId: symmetric.KeyId };
    assert.deepEqual(await refusal(kms, 'ReEncrypt', back), invalidCiphertext);
  }
});

test('an empty plaintext, which others may have encrypted, is decrypted, and goes wherever it can', async () => {
  await using kms = await start();
  const [symmetric, rsa, sm2] = [await newKey(kms), await newKey(kms, 'RSA_2048'), await newKey(kms, 'SM2')];
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
  const publicKey = await publicKeyOf(kms, rsa.KeyId);
  const CiphertextBlob = encryptOutside(publicKey, EncryptionAlgorithm, Buffer.alloc(0));
  const opened = await kms.ok('Decrypt', { KeyId: rsa.KeyId, CiphertextBlob, EncryptionAlgorithm });
  assert.equal(opened.Plaintext, '');
  const from = { CiphertextBlob, SourceKeyId: rsa.KeyId, SourceEncryptionAlgorithm: EncryptionAlgorithm };
  const moved = await kms.ok('ReEncrypt', { ...from, DestinationKeyId: symmetric.KeyId });
  assert.equal((await kms.ok('Decrypt', { CiphertextBlob: moved.CiphertextBlob })).Plaintext, '');
  const to = { DestinationKeyId: sm2.KeyId, DestinationEncryptionAlgorithm: 'SM2PKE' };
  assert.deepEqual(
    await refusal(kms, 'ReEncrypt', { ...from, ...to }),
    invalid('Algorithm SM2PKE and key spec SM2 cannot encrypt data of 0 bytes.'),
  );
});

test('a dry run ends in DryRunOperationException if it would have succeeded, with or without a ciphertext', async () => {
  await using kms = await start();
  const [rsa, symmetric] = [await newKey(kms, 'RSA_2048'), await newKey(kms)];
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
  const own = { KeyId: rsa.KeyId, EncryptionAlgorithm };
  const { CiphertextBlob } = await kms.ok('Encrypt', { ...own, Plaintext: 'eA==' });
  const from = { SourceKeyId: rsa.KeyId, SourceEncryptionAlgorithm: EncryptionAlgorithm };
  const to = { DestinationKeyId: rsa.KeyId, DestinationEncryptionAlgorithm: EncryptionAlgorithm };
  const DryRunModifiers = ['IGNORE_CIPHERTEXT'];
  const rowsOfDryRun: [string, object, object][] = [
    ['Encrypt', { ...own, Plaintext: 'eA==' }, dryRun],
    ['Decrypt', { ...own, CiphertextBlob }, dryRun],
    ['Decrypt', { ...own, CiphertextBlob: 'AAAA' }, invalidCiphertext],
    ['Decrypt', { ...own, DryRunModifiers }, dryRun],
    ['Decrypt', { ...own, CiphertextBlob: 'AAAA', DryRunModifiers }, dryRun],
    ['Decrypt', { KeyId: rsa.KeyId, DryRunModifiers }, mismatch('SYMMETRIC_DEFAULT', 'RSA_2048')],
    ['ReEncrypt', { ...from, ...to, CiphertextBlob }, dryRun],
    ['ReEncrypt', { ...from, ...to, DryRunModifiers }, dryRun],
    ['ReEncrypt', { ...from, DestinationKeyId: symmetric.KeyId, DryRunModifiers }, dryRun],
    ['ReEncrypt', { SourceKeyId: symmetric.KeyId, ...to, DryRunModifiers }, dryRun],
    [
      'ReEncrypt',
      { SourceKeyId: symmetric.KeyId, DestinationKeyId: rsa.KeyId, DryRunModifiers },
      mismatch('SYMMETRIC_DEFAULT', 'RSA_2048'),
    ],
  ];
  for (const [operation, input, expected] of rowsOfDryRun) {
    assert.deepEqual(await refusal(kms, operation, { ...input, DryRun: true }), expected, operation);
  }
  const unnamed = { EncryptionAlgorithm, DryRunModifiers, DryRun: true };
  assert.match((await refusal(kms, 'Decrypt', unnamed)).message, /Value null at 'keyId'/);
});

test('another account encrypts, decrypts and re-encrypts under a key pair whose policy lets it', async () => {
  await using kms = await start();
  const statement = (account: string) => ({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: 'kms:*',
    Resource: '*',
  });
  const policy = (...accounts: string[]) =>
    JSON.stringify({ Version: '2012-10-17', Statement: accounts.map(statement) });
  const shared = await newKey(kms, 'RSA_2048', { Policy: policy('111122223333', '444455556666') });
  const unshared = await newKey(kms, 'RSA_2048', { Policy: policy('111122223333') });
  const user = await putUser(kms, '444455556666', 'pat', { Effect: 'Allow', Action: 'kms:*', Resource: '*' });
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_1';
  for (const caller of [user, kms.other]) {
    const own = { KeyId: shared.Arn, EncryptionAlgorithm };
    const { CiphertextBlob } = await kms.ok('Encrypt', { ...own, Plaintext: 'eA==' }, { caller });
    assert.equal((await kms.ok('Decrypt', { ...own, CiphertextBlob }, { caller })).Plaintext, 'eA==');
    const from = { SourceKeyId: shared.Arn, SourceEncryptionAlgorithm: EncryptionAlgorithm, CiphertextBlob };
    const to = { DestinationKeyId: shared.Arn, DestinationEncryptionAlgorithm: EncryptionAlgorithm };
    await kms.ok('ReEncrypt', { ...from, ...to }, { caller });
    const closed = { KeyId: unshared.Arn, EncryptionAlgorithm };
    const denied = await refusal(kms, 'Decrypt', { ...closed, CiphertextBlob }, { caller });
    assert.equal(denied.__type, 'AccessDeniedException');
    const bare = await refusal(kms, 'Decrypt', { ...own, KeyId: shared.KeyId, CiphertextBlob }, { caller });
    assert.equal(bare.__type, 'NotFoundException');
  }
});

test('a key policy can say which algorithm may be used, and whether a key may be re-encrypted to itself', async () => {
  await using kms = await start();
  const root = {
    Effect: 'Allow',
    Principal: { AWS: 'arn:aws:iam::111122223333:root' },
    Action: 'kms:*',
    Resource: '*',
  };
  const deny = (Action: string, Condition: object) => ({
    Effect: 'Deny',
    Principal: '*',
    Action,
    Resource: '*',
    Condition,
  });
  const Statement = [
    root,
    deny('kms:Encrypt', { StringEquals: { 'kms:EncryptionAlgorithm': 'RSAES_OAEP_SHA_1' } }),
    deny('kms:ReEncrypt*', { Bool: { 'kms:ReEncryptOnSameKey': 'true' } }),
  ];
  const { KeyId } = await newKey(kms, 'RSA_2048', { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) });
  const other = await newKey(kms);
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext: 'eA==', EncryptionAlgorithm });
  const weaker = { KeyId, Plaintext: 'eA==', EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' };
  assert.equal((await refusal(kms, 'Encrypt', weaker)).__type, 'AccessDeniedException');
  const from = { SourceKeyId: KeyId, SourceEncryptionAlgorithm: EncryptionAlgorithm, CiphertextBlob };
  const to = { DestinationKeyId: KeyId, DestinationEncryptionAlgorithm: 'RSAES_OAEP_SHA_1' };
  assert.equal((await refusal(kms, 'ReEncrypt', { ...from, ...to })).__type, 'AccessDeniedException');
  await kms.ok('ReEncrypt', { ...from, DestinationKeyId: other.KeyId });
});
