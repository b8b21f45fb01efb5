import assert from 'node:assert/strict';
import { constants, createHash, generateKeyPairSync, type KeyObject, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { p256, p384, p521 } from '@noble/curves/nist.js';
import { secp256k1 } from '@noble/curves/secp256k1.js';
import fc from 'fast-check';
import { parameterBytes } from '#crypto/sm2/curve.ts';
import { type MessageType, messageRule, type SigningAlgorithm, signMessage, verifySignature } from './signing.ts';

const rsa = [2048, 3072, 4096].map((modulusLength) => generateKeyPairSync('rsa', { modulusLength }));
const ec = (namedCurve: string) => generateKeyPairSync('ec', { namedCurve });
const p256Pair = ec('P-256');
const k256Pair = ec('secp256k1');
const edwards = generateKeyPairSync('ed25519');

type Hash = 'sha256' | 'sha384' | 'sha512';

interface Subject {
  readonly algorithm: SigningAlgorithm;
  readonly pair: { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
  /** The message types, and what of a message each of them takes. */
  readonly forms: Readonly<Partial<Record<MessageType, (message: Uint8Array) => Uint8Array>>>;
  readonly isDeterministic?: true;
}

const whole = (message: Uint8Array) => message;
const digested = (hash: Hash) => (message: Uint8Array) => createHash(hash).update(message).digest();
const both = (hash: Hash) => ({ RAW: whole, DIGEST: digested(hash) });

function shake256(...parts: Uint8Array[]): Buffer {
  return createHash('shake256', { outputLength: 64 }).update(Buffer.concat(parts)).digest();
}

function mlDsa(type: 'ml-dsa-44' | 'ml-dsa-65' | 'ml-dsa-87'): Subject {
  // The overloads take one name each.
  const pair = generateKeyPairSync(type as 'ml-dsa-44');
  const tr = shake256(pair.publicKey.export({ format: 'raw-public' }));
  const mu = (message: Uint8Array) => shake256(tr, Buffer.from([0, 0]), message);
  return { algorithm: 'ML_DSA_SHAKE_256', pair, forms: { RAW: whole, EXTERNAL_MU: mu } };
}

/** The digest that callers compute: SM3 over the hash of identity, curve and public key, and the message. */
function sm2(): Subject {
  const pair = ec('SM2');
  const point = pair.publicKey.export({ format: 'der', type: 'spki' }).subarray(-64);
  const sm3 = (...parts: Uint8Array[]) => createHash('sm3').update(Buffer.concat(parts)).digest();
  const za = sm3(Buffer.from([0, 128]), Buffer.from('1234567812345678'), parameterBytes, point);
  return { algorithm: 'SM2DSA', pair, forms: { RAW: whole, DIGEST: (message) => sm3(za, message) } };
}

const rsaSubjects = rsa.flatMap((pair): Subject[] => [
  { algorithm: 'RSASSA_PSS_SHA_256', pair, forms: both('sha256') },
  { algorithm: 'RSASSA_PSS_SHA_384', pair, forms: both('sha384') },
  { algorithm: 'RSASSA_PSS_SHA_512', pair, forms: both('sha512') },
  { algorithm: 'RSASSA_PKCS1_V1_5_SHA_256', pair, forms: both('sha256'), isDeterministic: true },
  { algorithm: 'RSASSA_PKCS1_V1_5_SHA_384', pair, forms: both('sha384'), isDeterministic: true },
  { algorithm: 'RSASSA_PKCS1_V1_5_SHA_512', pair, forms: both('sha512'), isDeterministic: true },
]);

const subjects: readonly Subject[] = [
  ...rsaSubjects,
  { algorithm: 'ECDSA_SHA_256', pair: p256Pair, forms: both('sha256') },
  { algorithm: 'ECDSA_SHA_256', pair: k256Pair, forms: both('sha256') },
  { algorithm: 'ECDSA_SHA_384', pair: ec('P-384'), forms: both('sha384') },
  { algorithm: 'ECDSA_SHA_512', pair: ec('P-521'), forms: both('sha512') },
  { algorithm: 'ED25519_SHA_512', pair: edwards, forms: { RAW: whole }, isDeterministic: true },
  { algorithm: 'ED25519_PH_SHA_512', pair: edwards, forms: { DIGEST: digested('sha512') }, isDeterministic: true },
  sm2(),
  mlDsa('ml-dsa-44'),
  mlDsa('ml-dsa-65'),
  mlDsa('ml-dsa-87'),
];

const allTypes: readonly MessageType[] = ['RAW', 'DIGEST', 'EXTERNAL_MU'];
const message = fc.uint8Array({ minLength: 1, maxLength: 4096 });

/** Each message type of a subject, as a request of that message. */
function signingsOf({ algorithm, forms }: Subject, text: Uint8Array) {
  return allTypes.flatMap((messageType) => {
    const form = forms[messageType];
    return form === undefined ? [] : [{ algorithm, messageType, message: form(text) }];
  });
}

test('whatever way a message is signed, every way verifies it, and no way another message', async () => {
  for (const subject of subjects) {
    const { privateKey, publicKey } = subject.pair;
    const property = fc.asyncProperty(message, message, async (text, other) => {
      fc.pre(Buffer.compare(text, other) !== 0);
      for (const signing of signingsOf(subject, text)) {
        const signature = await signMessage(signing, privateKey);
        for (const same of signingsOf(subject, text))
          assert(await verifySignature({ ...same, signature }, publicKey), `${same.algorithm} ${same.messageType}`);
        for (const wrong of signingsOf(subject, other))
          assert(!(await verifySignature({ ...wrong, signature }, publicKey)), wrong.algorithm);
      }
    });
    await fc.assert(property, { numRuns: 5 });
  }
});

test('a damaged or malformed signature is not valid, and never an error', async () => {
  const garbage = fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 6144 }), fc.constant(new Uint8Array()));
  const text = Buffer.from('message');
  for (const subject of subjects) {
    const { privateKey, publicKey } = subject.pair;
    for (const signing of signingsOf(subject, text)) {
      const good = await signMessage(signing, privateKey);
      const damaged = fc.oneof(
        garbage,
        fc.nat(good.length - 1).map((length) => good.subarray(0, length)),
        fc.uint8Array({ minLength: 1, maxLength: 9 }).map((more) => Buffer.concat([good, more])),
        fc.uint8Array({ minLength: 1, maxLength: 9 }).map((more) => Buffer.concat([more, good])),
        fc.nat(good.length * 8 - 1).map((bit) => flipped(good, bit)),
        fc.constantFrom(0, 0xff).map((byte) => Buffer.alloc(good.length, byte)),
      );
      const property = fc.asyncProperty(damaged, async (signature) => {
        assert.equal(await verifySignature({ ...signing, signature }, publicKey), false);
      });
      await fc.assert(property, { numRuns: 25 });
    }
  }
});

function flipped(bytes: Uint8Array, bit: number): Buffer {
  const changed = Buffer.from(bytes);
  changed[bit >> 3] = changed.readUInt8(bit >> 3) ^ (1 << (bit & 7));
  return changed;
}

test('a signature is not valid under another algorithm of the same key', async () => {
  const text = Buffer.from('message');
  const [pair] = rsa;
  assert(pair);
  const subjectsOfKey = rsaSubjects.filter((one) => one.pair === pair);
  for (const one of subjectsOfKey) {
    const signature = await signMessage(
      { algorithm: one.algorithm, messageType: 'RAW', message: text },
      pair.privateKey,
    );
    for (const other of subjectsOfKey.filter(({ algorithm }) => algorithm !== one.algorithm)) {
      for (const signing of signingsOf(other, text))
        assert(
          !(await verifySignature({ ...signing, signature }, pair.publicKey)),
          `${one.algorithm} as ${other.algorithm}`,
        );
    }
  }
});

test('signing twice gives the same bytes only where the algorithm is deterministic', async () => {
  for (const subject of subjects) {
    for (const signing of signingsOf(subject, Buffer.from('message'))) {
      const [one, two] = [
        await signMessage(signing, subject.pair.privateKey),
        await signMessage(signing, subject.pair.privateKey),
      ];
      assert.equal(one.equals(two), subject.isDeterministic === true, `${signing.algorithm} ${signing.messageType}`);
    }
  }
});

test('what an algorithm takes is what the API says', () => {
  const rules = subjects.map(({ algorithm }) => [
    algorithm,
    ...allTypes.map((type) => {
      const rule = messageRule(algorithm, type);
      return rule === undefined ? 'no' : (rule.bytes ?? 'any');
    }),
  ]);
  assert.deepEqual(
    new Map(rules.map(([algorithm, ...rest]) => [algorithm, rest])),
    new Map<unknown, unknown>([
      ['RSASSA_PSS_SHA_256', ['any', 32, 'no']],
      ['RSASSA_PSS_SHA_384', ['any', 48, 'no']],
      ['RSASSA_PSS_SHA_512', ['any', 64, 'no']],
      ['RSASSA_PKCS1_V1_5_SHA_256', ['any', 32, 'no']],
      ['RSASSA_PKCS1_V1_5_SHA_384', ['any', 48, 'no']],
      ['RSASSA_PKCS1_V1_5_SHA_512', ['any', 64, 'no']],
      ['ECDSA_SHA_256', ['any', 32, 'no']],
      ['ECDSA_SHA_384', ['any', 48, 'no']],
      ['ECDSA_SHA_512', ['any', 64, 'no']],
      ['ED25519_SHA_512', ['any', 'no', 'no']],
      ['ED25519_PH_SHA_512', ['no', 64, 'no']],
      ['SM2DSA', ['any', 32, 'no']],
      ['ML_DSA_SHAKE_256', ['any', 'no', 64]],
    ]),
  );
});

test('a message of the wrong type or length is a mistake of the caller', () => {
  const { privateKey, publicKey } = p256Pair;
  const digest = { algorithm: 'ECDSA_SHA_256', messageType: 'DIGEST', message: Buffer.alloc(31) } as const;
  assert.throws(() => signMessage(digest, privateKey), RangeError);
  assert.throws(() => verifySignature({ ...digest, signature: Buffer.alloc(64) }, publicKey), RangeError);
  assert.throws(() => signMessage({ ...digest, messageType: 'EXTERNAL_MU' }, privateKey), TypeError);
});

test('PSS salts are as long as the hash, and signatures with other salts are refused', async () => {
  const text = Buffer.from('message');
  const padding = constants.RSA_PKCS1_PSS_PADDING;
  for (const { privateKey, publicKey } of rsa) {
    for (const [hash, algorithm, saltLength] of [
      ['sha256', 'RSASSA_PSS_SHA_256', 32],
      ['sha384', 'RSASSA_PSS_SHA_384', 48],
      ['sha512', 'RSASSA_PSS_SHA_512', 64],
    ] as const) {
      const signings = signingsOf({ algorithm, pair: { privateKey, publicKey }, forms: both(hash) }, text);
      for (const signing of signings) {
        const signature = await signMessage(signing, privateKey);
        assert(verify(hash, text, { key: publicKey, padding, saltLength }, signature));
        for (const other of [0, saltLength - 1, saltLength + 1, constants.RSA_PSS_SALTLEN_MAX_SIGN]) {
          const salted = sign(hash, text, { key: privateKey, padding, saltLength: other });
          assert.equal(await verifySignature({ ...signing, signature: salted }, publicKey), false);
        }
      }
    }
  }
});

test('s may be in either half of its range, on every curve', async () => {
  const curves = new Map([
    ['prime256v1', p256],
    ['secp256k1', secp256k1],
    ['secp384r1', p384],
    ['secp521r1', p521],
  ]);
  for (const subject of subjects.filter(({ algorithm }) => algorithm.startsWith('ECDSA'))) {
    const { privateKey, publicKey } = subject.pair;
    const curve = curves.get(publicKey.asymmetricKeyDetails?.namedCurve ?? '');
    assert(curve);
    for (const signing of signingsOf(subject, Buffer.from('message'))) {
      const { r, s } = curve.Signature.fromBytes(await signMessage(signing, privateKey), 'der');
      const signature = new curve.Signature(r, curve.Point.Fn.ORDER - s).toBytes('der');
      for (const same of signingsOf(subject, Buffer.from('message')))
        assert(await verifySignature({ ...same, signature }, publicKey));
    }
  }
  const signing = { algorithm: 'ECDSA_SHA_256', messageType: 'DIGEST', message: Buffer.alloc(32, 7) } as const;
  let high = 0;
  for (let i = 0; i < 60; i++) {
    const signature = await signMessage(signing, k256Pair.privateKey);
    if (secp256k1.Signature.fromBytes(signature, 'der').hasHighS()) high++;
  }
  assert(high > 0 && high < 60, 'ours are in both halves');
});

test('Ed25519ph hashes the digest once more', async () => {
  const digest = digested('sha512')(Buffer.from('message'));
  const signing = { algorithm: 'ED25519_PH_SHA_512', messageType: 'DIGEST', message: digest } as const;
  const signature = await signMessage(signing, edwards.privateKey);
  const publicKey = edwards.publicKey.export({ format: 'raw-public' });
  assert(ed25519ph.verify(signature, digest, publicKey, { zip215: false }));
  assert(!ed25519ph.verify(signature, Buffer.from('message'), publicKey, { zip215: false }));
});

test('what is fast is done at once, everything else is waited for', async () => {
  const atOnce = new Set<string>();
  for (const subject of subjects) {
    for (const signing of signingsOf(subject, Buffer.from('message'))) {
      const { privateKey, publicKey } = subject.pair;
      const { asymmetricKeyType: type, asymmetricKeyDetails: { namedCurve, modulusLength } = {} } = publicKey;
      const key = `${namedCurve ?? type}${modulusLength ?? ''} ${signing.messageType}`;
      const signature = signMessage(signing, privateKey);
      if (Buffer.isBuffer(signature)) atOnce.add(`sign ${key}`);
      const verdict = verifySignature({ ...signing, signature: await signature }, publicKey);
      if (verdict === true) atOnce.add(`verify ${key}`);
      assert(await verdict);
    }
  }
  assert.deepEqual(
    [...atOnce].sort(),
    [
      'sign ed25519 RAW',
      'sign prime256v1 RAW',
      'verify ed25519 RAW',
      'verify ml-dsa-44 RAW',
      'verify ml-dsa-65 RAW',
      'verify prime256v1 RAW',
      ...[2048, 3072, 4096].flatMap((bits) => [`verify rsa${bits} DIGEST`, `verify rsa${bits} RAW`]),
    ].sort(),
  );
});
