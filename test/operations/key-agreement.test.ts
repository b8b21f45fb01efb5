/** DeriveSharedSecret over the wire: both sides get one secret, and whoever is outside derives it with OpenSSL. */
import assert from 'node:assert/strict';
import {
  createECDH,
  createPublicKey,
  diffieHellman,
  type ECDH,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto';
import { test } from 'node:test';
import { encode, tags } from '#crypto/der.ts';
import { Point, toFieldBytes, toNumber } from '#crypto/sm2/curve.ts';
import { type Kms, type SendOptions, startKms } from '#test/harness/kms.ts';

const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** AWS KMS Developer Guide, Key spec reference: what agrees on secrets, and how long these are. */
const curves = [
  { KeySpec: 'ECC_NIST_P256', namedCurve: 'P-256', openSslName: 'prime256v1', bytes: 32 },
  { KeySpec: 'ECC_NIST_P384', namedCurve: 'P-384', openSslName: 'secp384r1', bytes: 48 },
  { KeySpec: 'ECC_NIST_P521', namedCurve: 'P-521', openSslName: 'secp521r1', bytes: 66 },
  { KeySpec: 'SM2', namedCurve: 'SM2', openSslName: 'SM2', bytes: 32 },
] as const;

const KeyAgreementAlgorithm = 'ECDH';
const start = () => startKms(undefined, { hasSm2Everywhere: true });
const newPair = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const spki = (key: KeyObject) => key.export({ format: 'der', type: 'spki' });

async function newKey(kms: Kms, KeySpec: string, more: object = {}): Promise<{ KeyId: string; Arn: string }> {
  return (await kms.ok('CreateKey', { KeySpec, KeyUsage: 'KEY_AGREEMENT', ...more })).KeyMetadata;
}

async function refusal(kms: Kms, input: object, options?: SendOptions) {
  const { status, body } = await kms.send('DeriveSharedSecret', { KeyAgreementAlgorithm, ...input }, options);
  assert.equal(status, 400);
  return body;
}

/** OpenSSL has no plain Diffie-Hellman for SM2 keys that it was given. */
function secretOf(outside: ECDH, point: Uint8Array, spec: string): Buffer {
  if (spec !== 'SM2') return outside.computeSecret(point);
  const { x } = Point.fromBytes(point).multiply(toNumber(outside.getPrivateKey())).toAffine();
  return toFieldBytes(x);
}

test('a key and whoever is outside derive the same secret on every curve, as long as its field', async () => {
  await using kms = await start();
  for (const { KeySpec, openSslName, bytes } of curves) {
    const { KeyId, Arn } = await newKey(kms, KeySpec);
    const { PublicKey } = await kms.ok('GetPublicKey', { KeyId });
    const own = Buffer.from(PublicKey, 'base64');
    const outside = createECDH(openSslName);
    const point = outside.generateKeys();
    const peer = Buffer.concat([own.subarray(0, -point.length), point]);
    const derived = await kms.ok('DeriveSharedSecret', { KeyId, KeyAgreementAlgorithm, PublicKey: base64(peer) });
    const secret = secretOf(outside, own.subarray(-point.length), KeySpec);
    assert.equal(secret.length, bytes);
    assert.deepEqual(derived, {
      KeyId: Arn,
      SharedSecret: base64(secret),
      KeyAgreementAlgorithm,
      KeyOrigin: 'AWS_KMS',
    });
  }
});

test('two keys agree with each other', async () => {
  await using kms = await start();
  for (const { KeySpec } of curves) {
    const [one, two] = [await newKey(kms, KeySpec), await newKey(kms, KeySpec)];
    const derive = async (KeyId: string, peer: string) => {
      const { PublicKey } = await kms.ok('GetPublicKey', { KeyId: peer });
      return (await kms.ok('DeriveSharedSecret', { KeyId, KeyAgreementAlgorithm, PublicKey })).SharedSecret;
    };
    assert.equal(await derive(one.KeyId, two.KeyId), await derive(two.KeyId, one.KeyId));
    assert.notEqual(await derive(one.KeyId, two.KeyId), await derive(one.KeyId, one.KeyId));
  }
});

test('a secret that begins with zeros keeps them', async () => {
  await using kms = await start();
  const { KeyId } = await newKey(kms, 'ECC_NIST_P256');
  const { PublicKey } = await kms.ok('GetPublicKey', { KeyId });
  const publicKey = createPublicKey({ key: Buffer.from(PublicKey, 'base64'), format: 'der', type: 'spki' });
  for (let i = 0; i < 20_000; i++) {
    const peer = newPair('P-256');
    const secret = diffieHellman({ privateKey: peer.privateKey, publicKey });
    if (secret[0] !== 0) continue;
    const input = { KeyId, KeyAgreementAlgorithm, PublicKey: base64(spki(peer.publicKey)) };
    assert.equal((await kms.ok('DeriveSharedSecret', input)).SharedSecret, base64(secret));
    return;
  }
  assert.fail('no secret began with a zero');
});

test('a public key that cannot be used is a ValidationException without a text', async () => {
  await using kms = await start();
  for (const { KeySpec, namedCurve } of curves) {
    const { KeyId } = await newKey(kms, KeySpec);
    const right = spki(newPair(namedCurve).publicKey);
    const offTheCurve = Buffer.from(right);
    offTheCurve[right.length - 1] = (right[right.length - 1] ?? 0) ^ 1;
    const algorithm = right.subarray(2, 2 + 2 + (right[3] ?? 0));
    const atInfinity = encode(tags.sequence, algorithm, encode(tags.bitString, Buffer.of(0, 0)));
    const wrong = [
      Buffer.of(0),
      right.subarray(0, -1),
      Buffer.concat([right, Buffer.of(0)]),
      right.subarray(-65), // the point alone
      offTheCurve,
      atInfinity,
      compressed(right, namedCurve),
      ...['P-256', 'P-384', 'P-521', 'SM2', 'secp256k1']
        .filter((other) => other !== namedCurve)
        .map((other) => spki(newPair(other).publicKey)),
      spki(generateKeyPairSync('x25519').publicKey),
      spki(generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey),
      newPair(namedCurve).privateKey.export({ format: 'der', type: 'pkcs8' }),
    ];
    for (const [i, PublicKey] of wrong.entries()) {
      const body = await refusal(kms, { KeyId, PublicKey: base64(PublicKey) });
      assert.deepEqual(body, { __type: 'ValidationException' }, `${KeySpec} ${i}`);
    }
  }
});

/** The same key with its point in compressed form: 2 or 3, x. */
function compressed(der: Buffer, namedCurve: string): Buffer {
  const coordinate = namedCurve === 'P-521' ? 66 : namedCurve === 'P-384' ? 48 : 32;
  const point = der.subarray(-1 - 2 * coordinate);
  const prefix = 2 + ((point[2 * coordinate] ?? 0) & 1);
  const short = Buffer.concat([Buffer.of(prefix), point.subarray(1, 1 + coordinate)]);
  const head = der[1] === 0x81 ? 3 : 2;
  const algorithm = der.subarray(head, head + 2 + (der[head + 1] ?? 0));
  return encode(tags.sequence, algorithm, encode(tags.bitString, Buffer.of(0), short));
}

test('keys for something else, and what the request leaves out, are refused', async () => {
  await using kms = await start();
  const PublicKey = base64(spki(newPair('P-256').publicKey));
  for (const [KeySpec, KeyUsage] of [
    ['ECC_NIST_P256', 'SIGN_VERIFY'],
    ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'],
    ['ML_KEM_512', 'ENCAPSULATE_DECAPSULATE'],
  ] as const) {
    const { KeyId, Arn } = await newKey(kms, KeySpec, { KeyUsage });
    assert.deepEqual(await refusal(kms, { KeyId, PublicKey }), {
      __type: 'InvalidKeyUsageException',
      message: `${Arn} key usage is ${KeyUsage} which is not valid for DeriveSharedSecret.`,
    });
  }
  const { KeyId } = await newKey(kms, 'ECC_NIST_P256');
  const without = await refusal(kms, { KeyId });
  assert.match(without.message, /Value null at 'publicKey'/);
  const unnamed = await refusal(kms, { KeyId, PublicKey, KeyAgreementAlgorithm: undefined });
  assert.match(unnamed.message, /Value null at 'keyAgreementAlgorithm'/);
  const unknown = await refusal(kms, { KeyId, PublicKey, KeyAgreementAlgorithm: 'X25519' });
  assert.match(unknown.message, /Member must satisfy enum value set: \[ECDH\]/);
  const long = await refusal(kms, { KeyId, PublicKey: base64(Buffer.alloc(8193)) });
  assert.match(long.message, /length less than or equal to 8192/);
});

test('a dry run says whether a secret would be derived, and a disabled key derives none', async () => {
  await using kms = await start();
  const { KeyId, Arn } = await newKey(kms, 'ECC_NIST_P384');
  const PublicKey = base64(spki(newPair('P-384').publicKey));
  assert.equal((await refusal(kms, { KeyId, PublicKey, DryRun: true })).__type, 'DryRunOperationException');
  assert.deepEqual(await refusal(kms, { KeyId, PublicKey: 'AAAA', DryRun: true }), { __type: 'ValidationException' });
  await kms.ok('DisableKey', { KeyId });
  const disabled = { __type: 'DisabledException', message: `${Arn} is disabled.` };
  assert.deepEqual(await refusal(kms, { KeyId, PublicKey, DryRun: true }), disabled);
  assert.deepEqual(await refusal(kms, { KeyId, PublicKey }), disabled);
});

test('another account derives where the key policy lets it, by alias ARN too', async () => {
  await using kms = await start();
  const statement = (account: string) => ({
    Effect: 'Allow',
    Principal: { AWS: `arn:aws:iam::${account}:root` },
    Action: 'kms:*',
    Resource: '*',
    Condition: { StringEqualsIfExists: { 'kms:KeyAgreementAlgorithm': KeyAgreementAlgorithm } },
  });
  const Statement = ['111122223333', '444455556666'].map(statement);
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement });
  const { KeyId, Arn } = await newKey(kms, 'ECC_NIST_P256', { Policy });
  await kms.ok('CreateAlias', { AliasName: 'alias/agree', TargetKeyId: KeyId });
  const PublicKey = base64(spki(newPair('P-256').publicKey));
  const derive = (key: string) => ({ KeyId: key, KeyAgreementAlgorithm, PublicKey });
  const expected = await kms.ok('DeriveSharedSecret', derive(KeyId));
  const alias = 'arn:aws:kms:us-east-1:111122223333:alias/agree';
  for (const one of [Arn, alias]) {
    assert.deepEqual(await kms.ok('DeriveSharedSecret', derive(one), { caller: kms.other }), expected);
  }
  const closed = await newKey(kms, 'ECC_NIST_P256');
  const denied = await refusal(kms, derive(closed.Arn), { caller: kms.other });
  assert.equal(denied.__type, 'AccessDeniedException');
});
