/** GenerateDataKeyPair and GenerateDataKeyPairWithoutPlaintext over the wire; what they make, put to use outside. */
import assert from 'node:assert/strict';
import {
  createECDH,
  createPrivateKey,
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  type KeyObject,
  privateDecrypt,
  publicEncrypt,
  sign,
  verify,
} from 'node:crypto';
import { test } from 'node:test';
import { lengthy } from '#crypto/heavy.ts';
import { signSm2, verifySm2 } from '#crypto/sm2/signature.ts';
import { attestationIssuer, openEnvelope } from '#test/harness/attestation.ts';
import { type Kms, type SendOptions, startKms } from '#test/harness/kms.ts';

const message = Buffer.from('message');
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');
const both = ['GenerateDataKeyPair', 'GenerateDataKeyPairWithoutPlaintext'];

interface Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

/** Asserts that the two belong together, as whoever asked for them would use them. */
type Use = (pair: Pair) => void;

const signs: Use = ({ privateKey, publicKey }) => {
  const hash = privateKey.asymmetricKeyType === 'ed25519' ? null : 'sha256';
  assert(verify(hash, message, publicKey, sign(hash, message, privateKey)));
};
const agrees: Use = ({ privateKey, publicKey }) => {
  const { namedCurve = '' } = publicKey.asymmetricKeyDetails ?? {};
  const peer = generateKeyPairSync('ec', { namedCurve });
  assert.deepEqual(
    diffieHellman({ privateKey, publicKey: peer.publicKey }),
    diffieHellman({ privateKey: peer.privateKey, publicKey }),
  );
};
const encrypts: Use = ({ privateKey, publicKey }) => {
  assert.deepEqual(privateDecrypt(privateKey, publicEncrypt(publicKey, message)), message);
};
const signsWithSm2: Use = ({ privateKey, publicKey }) => {
  const signature = signSm2({ privateKey, messageType: 'RAW', message });
  assert(verifySm2({ publicKey, messageType: 'RAW', message, signature }));
  const octets = publicKey.export({ format: 'der', type: 'spki' }).subarray(-65);
  const scalar = privateKey.export({ format: 'der', type: 'pkcs8' }).subarray(36, 68);
  const again = createECDH('SM2');
  again.setPrivateKey(scalar);
  assert.deepEqual(again.getPublicKey(), octets);
};
const encapsulates: Use = ({ privateKey, publicKey }) => {
  const { sharedKey, ciphertext } = encapsulate(publicKey);
  assert.deepEqual(decapsulate(privateKey, ciphertext), sharedKey);
};

const all =
  (...uses: Use[]): Use =>
  (pair) =>
    uses.forEach((use) => void use(pair));

const uses: Readonly<Record<string, Use>> = {
  RSA_2048: all(signs, encrypts),
  RSA_3072: all(signs, encrypts),
  RSA_4096: all(signs, encrypts),
  ECC_NIST_P256: all(signs, agrees),
  ECC_NIST_P384: all(signs, agrees),
  ECC_NIST_P521: all(signs, agrees),
  ECC_SECG_P256K1: all(signs, agrees),
  ECC_NIST_EDWARDS25519: signs,
  ML_KEM_512: encapsulates,
  ML_KEM_768: encapsulates,
  ML_KEM_1024: encapsulates,
  SM2: signsWithSm2,
};

const readPrivateKey = (text: string) =>
  createPrivateKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'pkcs8' });
const readPublicKey = (text: string) =>
  createPublicKey({ key: Buffer.from(text, 'base64'), format: 'der', type: 'spki' });

interface Key {
  readonly KeyId: string;
  readonly Arn: string;
  readonly CurrentKeyMaterialId: string;
}

async function newKey(kms: Kms, input: object = {}): Promise<Key> {
  return (await kms.ok('CreateKey', input)).KeyMetadata;
}

async function refusal(kms: Kms, operation: string, input: object, options?: SendOptions) {
  const { status, body } = await kms.send(operation, input, options);
  assert.equal(status, 400);
  return body;
}

test('a pair of every spec comes with its private key in clear, and encrypted under the key and the context', {
  timeout: 120_000,
}, async () => {
  await using kms = await startKms(undefined, { hasSm2Everywhere: true });
  const { KeyId, Arn, CurrentKeyMaterialId: KeyMaterialId } = await newKey(kms);
  const EncryptionContext = { purpose: 'pair' };
  for (const [KeyPairSpec, use] of Object.entries(uses)) {
    const made = await kms.ok('GenerateDataKeyPair', { KeyId, KeyPairSpec, EncryptionContext });
    const { PrivateKeyPlaintext, PrivateKeyCiphertextBlob: CiphertextBlob, PublicKey, ...rest } = made;
    assert.deepEqual(rest, { KeyId: Arn, KeyPairSpec, KeyMaterialId });
    use({ privateKey: readPrivateKey(PrivateKeyPlaintext), publicKey: readPublicKey(PublicKey) });
    const opened = await kms.ok('Decrypt', { CiphertextBlob, EncryptionContext });
    assert.equal(opened.Plaintext, PrivateKeyPlaintext);
    assert.deepEqual(await refusal(kms, 'Decrypt', { CiphertextBlob }), { __type: 'InvalidCiphertextException' });
  }
});

test('without plaintext, the private key is got by Decrypt alone', { timeout: 120_000 }, async () => {
  await using kms = await startKms(undefined, { hasSm2Everywhere: true });
  const { KeyId, Arn, CurrentKeyMaterialId: KeyMaterialId } = await newKey(kms);
  for (const [KeyPairSpec, use] of Object.entries(uses)) {
    const made = await kms.ok('GenerateDataKeyPairWithoutPlaintext', { KeyId: Arn, KeyPairSpec });
    const { PrivateKeyCiphertextBlob: CiphertextBlob, PublicKey, ...rest } = made;
    assert.deepEqual(rest, { KeyId: Arn, KeyPairSpec, KeyMaterialId });
    const { Plaintext } = await kms.ok('Decrypt', { CiphertextBlob, KeyId });
    use({ privateKey: readPrivateKey(Plaintext), publicKey: readPublicKey(PublicKey) });
  }
});

test('private keys of ML-KEM are in the form that holds the seed, of one length for all of them', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  for (const KeyPairSpec of ['ML_KEM_512', 'ML_KEM_768', 'ML_KEM_1024']) {
    const { PrivateKeyPlaintext } = await kms.ok('GenerateDataKeyPair', { KeyId, KeyPairSpec });
    // draft-ietf-lamps-kyber-certificates section 6: version, algorithm, OCTET STRING of [0] with the 64 bytes d and z.
    assert.equal(Buffer.from(PrivateKeyPlaintext, 'base64').length, 86);
  }
});

test('every pair is new', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  const input = { KeyId, KeyPairSpec: 'ECC_NIST_P256' };
  const made = [await kms.ok('GenerateDataKeyPair', input), await kms.ok('GenerateDataKeyPair', input)];
  assert.equal(new Set(made.flatMap((one) => [one.PublicKey, one.PrivateKeyPlaintext])).size, 4);
});

test('only a symmetric key can encrypt the private key', async () => {
  await using kms = await startKms();
  const pair = await newKey(kms, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
  const mac = await newKey(kms, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  for (const operation of both) {
    assert.deepEqual(await refusal(kms, operation, { KeyId: pair.KeyId, KeyPairSpec: 'RSA_4096' }), {
      __type: 'InvalidKeyUsageException',
      message: 'Algorithm SYMMETRIC_DEFAULT is incompatible with key spec RSA_2048.',
    });
    assert.deepEqual(await refusal(kms, operation, { KeyId: mac.KeyId, KeyPairSpec: 'RSA_4096' }), {
      __type: 'InvalidKeyUsageException',
      message: `${mac.Arn} key usage is GENERATE_VERIFY_MAC which is not valid for ${operation}.`,
    });
  }
});

test('a spec that has no data key pairs is refused, and SM2 where it is not served', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  for (const operation of both) {
    for (const KeyPairSpec of ['ML_DSA_44', 'HMAC_256', 'SYMMETRIC_DEFAULT', 'rsa_2048']) {
      const { __type, message: text } = await refusal(kms, operation, { KeyId, KeyPairSpec });
      assert.equal(__type, 'ValidationException');
      assert.match(text, new RegExp(`^1 validation error detected: Value '${KeyPairSpec}' at 'keyPairSpec' failed`));
    }
    assert.match((await refusal(kms, operation, { KeyId })).message, /Value null at 'keyPairSpec'/);
    for (const more of [{}, { DryRun: true }]) {
      assert.deepEqual(await refusal(kms, operation, { KeyId, KeyPairSpec: 'SM2', ...more }), {
        __type: 'UnsupportedOperationException',
        message: 'KeySpec SM2 is not supported in us-east-1.',
      });
    }
  }
});

test('a dry run checks everything, and makes no pair', { timeout: 60_000 }, async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  const input = { KeyId, KeyPairSpec: 'RSA_4096', DryRun: true };
  const startedAt = performance.now();
  // To find primes for these one after the other would take a minute or more.
  const runs = Array.from({ length: 100 }, (_, i) => refusal(kms, both[i % 2] ?? '', input));
  for (const { __type } of await Promise.all(runs)) assert.equal(__type, 'DryRunOperationException');
  assert(performance.now() - startedAt < 10_000);
  await kms.ok('DisableKey', { KeyId });
  for (const operation of both) {
    const disabled = { __type: 'DisabledException', message: `${Arn} is disabled.` };
    assert.deepEqual(await refusal(kms, operation, input), disabled);
    assert.deepEqual(await refusal(kms, operation, { ...input, DryRun: false }), disabled);
  }
  await kms.ok('ScheduleKeyDeletion', { KeyId });
  for (const operation of both) {
    assert.equal((await refusal(kms, operation, input)).__type, 'KMSInvalidStateException');
  }
});

test('while primes are searched, other pairs do not wait for them', { timeout: 60_000 }, async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  const busy = Promise.withResolvers<void>();
  const searching = lengthy(() => busy.promise);
  const done: string[] = [];
  const slow = kms.ok('GenerateDataKeyPair', { KeyId, KeyPairSpec: 'RSA_2048' }).then(() => done.push('slow'));
  for (const KeyPairSpec of ['ECC_NIST_P521', 'ML_KEM_1024'])
    await kms.ok('GenerateDataKeyPair', { KeyId, KeyPairSpec });
  done.push('fast');
  busy.resolve();
  await Promise.all([slow, searching]);
  assert.deepEqual(done, ['fast', 'slow']);
});

test('another account makes pairs where the key policy lets it, of the specs that it may', async () => {
  await using kms = await startKms();
  const statement = (account: string, more: object = {}) => ({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: 'kms:*',
    Resource: '*',
    ...more,
  });
  const Condition = {
    StringLike: { 'kms:DataKeyPairSpec': 'ECC_*' },
    StringEquals: { 'kms:EncryptionContext:a': 'b', 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' },
  };
  const Statement = [statement('111122223333'), statement('444455556666', { Condition })];
  const { Arn } = await newKey(kms, { Policy: JSON.stringify({ Version: '2012-10-17', Statement }) });
  const input = { KeyId: Arn, KeyPairSpec: 'ECC_NIST_P256', EncryptionContext: { a: 'b' } };
  const caller = kms.other;
  for (const operation of both) {
    await kms.ok(operation, input, { caller });
    for (const more of [{ KeyPairSpec: 'RSA_2048' }, { EncryptionContext: undefined }]) {
      const { __type } = await refusal(kms, operation, { ...input, ...more }, { caller });
      assert.equal(__type, 'AccessDeniedException');
    }
  }
});

test('an attested recipient alone gets the private key, and the shared secret', async () => {
  const issuer = attestationIssuer(Date.now());
  await using kms = await startKms(undefined, { attestationRoots: issuer.roots });
  const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const AttestationDocument = base64(issuer.document({ nowMs: kms.clock.now(), publicKey }));
  const Recipient = { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256', AttestationDocument };
  const opened = (text: string) => openEnvelope(Buffer.from(text, 'base64'), privateKey);

  const { KeyId, Arn } = await newKey(kms);
  const KeyPairSpec = 'RSA_2048';
  const made = await kms.ok('GenerateDataKeyPair', { KeyId, KeyPairSpec, Recipient });
  const { PrivateKeyCiphertextBlob: CiphertextBlob, PublicKey, CiphertextForRecipient, ...rest } = made;
  assert.deepEqual(rest, { KeyId: Arn, KeyPairSpec });
  const { Plaintext } = await kms.ok('Decrypt', { CiphertextBlob });
  assert.equal(base64(opened(CiphertextForRecipient)), Plaintext);
  signs({ privateKey: readPrivateKey(Plaintext), publicKey: readPublicKey(PublicKey) });

  const agreeing = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
  const peer = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey.export({ format: 'der', type: 'spki' });
  const input = { KeyId: agreeing.KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: base64(peer) };
  const { SharedSecret, ...inClear } = await kms.ok('DeriveSharedSecret', input);
  const { CiphertextForRecipient: sealed, ...others } = await kms.ok('DeriveSharedSecret', { ...input, Recipient });
  assert.deepEqual(others, inClear);
  assert.equal(base64(opened(sealed)), SharedSecret);
});
