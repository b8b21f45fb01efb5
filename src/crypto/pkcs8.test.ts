import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { SecretBytes } from '#base/secret-bytes.ts';
import { encode, encodeUnsigned, readSequence, tags } from './der.ts';
import { readImported } from './key-material.ts';

type Key = { readonly privateKey: KeyObject; readonly publicKey: KeyObject };

const pkcs8 = ({ privateKey }: Key): Buffer => privateKey.export({ format: 'der', type: 'pkcs8' });
const point = ({ publicKey }: Key): Buffer => publicKey.export({ format: 'der', type: 'spki' }).subarray(26);
const octets = (...contents: Uint8Array[]) => encode(tags.octetString, ...contents);
const bits = (contents: Uint8Array) => encode(tags.bitString, Buffer.of(0), contents);
const sequence = (...contents: Uint8Array[]) => encode(tags.sequence, ...contents);
const small = (number: number) => encodeUnsigned(Buffer.of(number));

function imported(spec: string, bytes: Uint8Array): Buffer | undefined {
  const secret = readImported(spec, new SecretBytes(Buffer.from(bytes)));
  return secret && Buffer.from(secret.reveal());
}

// --- Elliptic curves -------------------------------------------------------------------------------------------------

const p256 = '301306072a8648ce3d020106082a8648ce3d030107';
const p256Curve = Buffer.from('06082a8648ce3d030107', 'hex');
const ec: Key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ecScalar = pkcs8(ec).subarray(36, 68);

interface EcParts {
  readonly algorithm?: string;
  readonly scalar?: Uint8Array;
  readonly curve?: Uint8Array;
  readonly point?: Uint8Array;
  readonly outer?: readonly Uint8Array[];
  readonly version?: number;
}

function ecKey({ algorithm = p256, scalar = ecScalar, curve, point, outer = [], version = 0 }: EcParts): Buffer {
  const inner = [
    small(1),
    octets(scalar),
    ...(curve === undefined ? [] : [encode(0xa0, curve)]),
    ...(point === undefined ? [] : [encode(0xa1, bits(point))]),
  ];
  return sequence(small(version), Buffer.from(algorithm, 'hex'), octets(sequence(...inner)), ...outer);
}

const compressed = (key: Key) =>
  Buffer.concat([Buffer.of(2 + ((point(key)[64] ?? 0) & 1)), point(key).subarray(1, 33)]);
const outerPoint = (bytes: Uint8Array) => encode(0x81, Buffer.of(0), bytes);
const attributes = encode(0xa0, sequence(Buffer.from('0603550403', 'hex'), encode(0x31, small(1))));

test('a private key on a curve is the same key however it is encoded', () => {
  const same: EcParts[] = [
    {},
    { point: point(ec) },
    { curve: p256Curve },
    { curve: p256Curve, point: point(ec) },
    { point: compressed(ec) },
    { outer: [attributes] },
    { outer: [outerPoint(point(ec))], version: 1 },
    { point: point(ec), outer: [attributes, outerPoint(compressed(ec))], version: 1 },
  ];
  for (const [i, parts] of same.entries()) assert.deepEqual(imported('ECC_NIST_P256', ecKey(parts)), pkcs8(ec), `${i}`);
});

test('a private key on a curve is refused where anything does not fit', () => {
  const other: Key = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const order = Buffer.from('ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551', 'hex');
  const offCurve = Buffer.from(point(ec));
  offCurve[64] = (offCurve[64] ?? 0) ^ 1;
  const wrong: Record<string, EcParts> = {
    'a point of another key': { point: point(other) },
    'a compressed point of another key': { point: compressed(other) },
    'a point with the other y': {
      point: Buffer.concat([Buffer.of((compressed(ec)[0] ?? 0) ^ 1), compressed(ec).subarray(1)]),
    },
    'a point off the curve': { point: offCurve },
    'no bytes for a point': { point: Buffer.alloc(0) },
    'another point outside': { point: point(ec), outer: [outerPoint(point(other))], version: 1 },
    'a point outside that ends within a byte': { outer: [encode(0x81, Buffer.of(1), point(ec))], version: 1 },
    'a point outside with version 0': { outer: [outerPoint(point(ec))] },
    'version 1 without a point outside': { version: 1 },
    'another curve inside': { curve: Buffer.from('06052b8104000a', 'hex') },
    'scalar zero': { scalar: Buffer.alloc(32) },
    'the order as the scalar': { scalar: order },
    'more than the order': { scalar: Buffer.alloc(32, 255) },
    'a short scalar': { scalar: ecScalar.subarray(1) },
    'a long scalar': { scalar: Buffer.concat([Buffer.of(0), ecScalar]) },
    'attributes twice': { outer: [attributes, attributes] },
    'something else behind': { outer: [small(1)] },
    'another algorithm': { algorithm: '300d06092a864886f70d0101010500' },
  };
  for (const [what, parts] of Object.entries(wrong))
    assert.equal(imported('ECC_NIST_P256', ecKey(parts)), undefined, what);
  const scalarOne = Buffer.alloc(32);
  scalarOne[31] = 1;
  assert(imported('ECC_NIST_P256', ecKey({ scalar: scalarOne })) !== undefined);
});

test('explicit parameters of a curve are refused even where they are those of the curve', () => {
  const key: Key = generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' });
  assert.equal(imported('ECC_NIST_P256', pkcs8(key)), undefined);
});

test('every flipped bit of a private key on a curve is noticed', () => {
  const der = pkcs8(ec);
  for (let bit = 0; bit < der.length * 8; bit++) {
    const altered = Buffer.from(der);
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(imported('ECC_NIST_P256', altered), undefined, `bit ${bit}`);
  }
});

test('no shortening of a private key is taken, nor anything behind it', () => {
  const der = pkcs8(ec);
  for (let length = 0; length < der.length; length++) {
    assert.equal(imported('ECC_NIST_P256', der.subarray(0, length)), undefined);
  }
  assert.equal(imported('ECC_NIST_P256', Buffer.concat([der, Buffer.of(0)])), undefined);
});

test('the last scalar of SM2, which it cannot sign with, is refused', () => {
  const last = Buffer.from('fffffffeffffffffffffffffffffffff7203df6b21c6052b53bbf40939d54122', 'hex');
  const algorithm = '301306072a8648ce3d020106082a811ccf5501822d';
  assert.equal(imported('SM2', ecKey({ algorithm, scalar: last })), undefined);
  last[31] = 0x21;
  assert(imported('SM2', ecKey({ algorithm, scalar: last })) !== undefined);
});

// --- Ed25519 ---------------------------------------------------------------------------------------------------------

test('an Ed25519 key may bring its own public key, and no other', () => {
  const key: Key = generateKeyPairSync('ed25519');
  const other: Key = generateKeyPairSync('ed25519');
  const publicOf = ({ publicKey }: Key) => publicKey.export({ format: 'der', type: 'spki' }).subarray(12);
  const info = (version: number, ...outer: Uint8Array[]) =>
    sequence(small(version), Buffer.from('300506032b6570', 'hex'), octets(octets(pkcs8(key).subarray(16))), ...outer);
  assert.deepEqual(imported('ECC_NIST_EDWARDS25519', info(0)), pkcs8(key));
  assert.deepEqual(imported('ECC_NIST_EDWARDS25519', info(1, outerPoint(publicOf(key)))), pkcs8(key));
  assert.equal(imported('ECC_NIST_EDWARDS25519', info(1, outerPoint(publicOf(other)))), undefined);
  assert.equal(imported('ECC_NIST_EDWARDS25519', pkcs8(generateKeyPairSync('x25519'))), undefined);
});

// --- RSA -------------------------------------------------------------------------------------------------------------

const rsa: Key = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsaAlgorithm = Buffer.from('300d06092a864886f70d0101010500', 'hex');
const numbersOf = (key: Key): bigint[] =>
  (readSequence(key.privateKey.export({ format: 'der', type: 'pkcs1' })) ?? []).map(({ contents }) =>
    BigInt(`0x${Buffer.from(contents).toString('hex')}`),
  );

function rsaKey(numbers: readonly bigint[], ...more: Uint8Array[]): Buffer {
  const encoded = numbers.map((number) => {
    const hex = number.toString(16);
    return encodeUnsigned(Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex'));
  });
  return sequence(small(0), rsaAlgorithm, octets(sequence(...encoded, ...more)));
}

test('an RSA key is the same key whichever prime comes first, and whichever exponent undoes the public one', () => {
  const [version = 0n, n = 0n, e = 0n, d = 0n, p = 0n, q = 0n, dp = 0n, dq = 0n] = numbersOf(rsa);
  assert.deepEqual(imported('RSA_2048', rsaKey(numbersOf(rsa))), pkcs8(rsa));
  const swapped = [version, n, e, d, q, p, dq, dp, inverse(p, q)];
  assert.deepEqual(imported('RSA_2048', rsaKey(swapped)), pkcs8(rsa));
  const another = d + ((p - 1n) * (q - 1n)) / gcd(p - 1n, q - 1n);
  const again = [version, n, e, another, p, q, dp, dq, inverse(q, p)];
  assert.deepEqual(imported('RSA_2048', rsaKey(again)), pkcs8(rsa));
});

function gcd(a: bigint, b: bigint): bigint {
  return b === 0n ? a : gcd(b, a % b);
}

test('an RSA key is refused where one of its numbers does not belong to the others', () => {
  const numbers = numbersOf(rsa);
  for (const i of numbers.keys()) {
    for (const change of [1n, 2n]) {
      const altered = numbers.with(i, (numbers[i] ?? 0n) + change);
      assert.equal(imported('RSA_2048', rsaKey(altered)), undefined, `number ${i}`);
    }
    assert.equal(imported('RSA_2048', rsaKey(numbers.toSpliced(i, 1))), undefined, `without number ${i}`);
    if (i > 0) assert.equal(imported('RSA_2048', rsaKey(numbers.with(i, 0n))), undefined, `number ${i} is zero`);
  }
});

test('an RSA key of another size, of three primes, or for one padding alone is refused', () => {
  const other: Key = generateKeyPairSync('rsa', { modulusLength: 1024 });
  assert.equal(imported('RSA_2048', pkcs8(other)), undefined);
  assert.equal(imported('RSA_3072', pkcs8(rsa)), undefined);
  const [, ...numbers] = numbersOf(rsa);
  const otherPrimes = sequence(sequence(small(3), small(1), small(1)));
  assert.equal(imported('RSA_2048', rsaKey([1n, ...numbers], otherPrimes)), undefined);
  assert.equal(imported('RSA_2048', rsaKey([0n, ...numbers], otherPrimes)), undefined);
  assert.equal(imported('RSA_2048', pkcs8(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }))), undefined);
});

test('an RSA key whose factor is no prime is refused', () => {
  assert.equal(imported('RSA_2048', rsaKey(compositeKey())), undefined);
});

/** All equations of RSA hold for it, but p is no prime. */
function compositeKey(): readonly bigint[] {
  const [, , e = 0n, , p = 0n, q = 0n] = numbersOf(rsa);
  let composite = p;
  // Another number of the same size, odd, coprime to all that has to be invertible.
  do composite -= 2n;
  while (gcd(e, composite - 1n) !== 1n || gcd(composite, q) !== 1n || bitLength(composite * q) !== 2048);
  const lambda = ((composite - 1n) * (q - 1n)) / gcd(composite - 1n, q - 1n);
  const d = inverse(e, lambda);
  return [0n, composite * q, e, d, composite, q, d % (composite - 1n), d % (q - 1n), inverse(q, composite)];
}

function inverse(a: bigint, m: bigint): bigint {
  let [r0, r1, s0, s1] = [a % m, m, 1n, 0n];
  while (r1 !== 0n) [r0, r1, s0, s1] = [r1, r0 % r1, s1, s0 - (r0 / r1) * s1];
  return ((s0 % m) + m) % m;
}

const bitLength = (number: bigint): number => number.toString(2).length;

test('an imported key signs for the public key that it came with', () => {
  for (const [spec, key] of [
    ['ECC_NIST_P256', ec],
    ['RSA_2048', rsa],
  ] as const) {
    const der = imported(spec, pkcs8(key));
    assert(der !== undefined);
    assert(createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).equals(key.publicKey));
  }
});

test('material of fixed length is taken in that length alone', () => {
  const takes = (spec: string, length: number) => imported(spec, Buffer.alloc(length, 1)) !== undefined;
  assert.deepEqual(
    [31, 32, 33].map((length) => takes('SYMMETRIC_DEFAULT', length)),
    [false, true, false],
  );
  assert.deepEqual(
    [27, 28, 128, 129].map((length) => takes('HMAC_224', length)),
    [false, true, true, false],
  );
  assert.deepEqual(
    [63, 64, 128, 129].map((length) => takes('HMAC_512', length)),
    [false, true, true, false],
  );
  assert.equal(imported('NO_SUCH_SPEC', Buffer.alloc(32)), undefined);
});
