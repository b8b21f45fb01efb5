/**
 * Our ML-DSA against Wycheproof: signatures with a seed, compared byte by byte over μ, and verification of every case,
 * over messages (OpenSSL) and over μ (noble). We take no context: a signature with one is refused over its message, and
 * valid over its μ, which the context is part of.
 */
import assert from 'node:assert/strict';
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { signMlDsaMu } from '#crypto/signing/ml-dsa-mu.ts';
import { verifySignature } from '#crypto/signing/signing.ts';
import { mlDsaFacts } from './ml-dsa-facts.ts';
import { hex, publicKeyOf, type SignatureCase, wycheproof } from './signature-cases.ts';

interface VerifyCase extends SignatureCase {
  readonly ctx?: string;
}

interface SignCase extends VerifyCase {
  /** Random bytes of a hedged signature. */
  readonly rnd?: string;
  readonly mu?: string;
}

interface VerifyGroup {
  readonly publicKey: string;
  readonly publicKeyDer: string;
  readonly tests: readonly VerifyCase[];
}

interface SignGroup {
  readonly privateSeed: string;
  readonly privateKeyPkcs8?: string | null;
  readonly publicKey: string;
  /** Without a message where only μ is known. */
  readonly tests: readonly (Omit<SignCase, 'msg'> & { readonly msg?: string })[];
}

type Parameters = '44' | '65' | '87';

const seedBytes = 32;
const longestContext = 255;
const deterministic = Buffer.alloc(32);
const lastOidByte = { '44': '11', '65': '12', '87': '13' };
const algorithm = 'ML_DSA_SHAKE_256';

/** PKCS #8 in the seed form (RFC 9881 section 6). */
function pkcs8(parameters: Parameters, seed: string): Buffer {
  const bytes = hex(seed);
  const algorithmIdentifier = hex(`300b06096086480165030403${lastOidByte[parameters]}`);
  const octets = [0x04, bytes.length + 2, 0x80, bytes.length];
  return Buffer.concat([
    Buffer.from([0x30, bytes.length + 20, 2, 1, 0]),
    algorithmIdentifier,
    Buffer.from(octets),
    bytes,
  ]);
}

function privateKeyOf(parameters: Parameters, seed: string): KeyObject {
  return createPrivateKey({ key: pkcs8(parameters, seed), format: 'der', type: 'pkcs8' });
}

function shake256(...parts: Uint8Array[]): Buffer {
  return createHash('shake256', { outputLength: 64 }).update(Buffer.concat(parts)).digest();
}

/** μ (FIPS 204 algorithm 7, step 6, with M' of algorithm 2). */
function muOf(publicKey: KeyObject, { msg, ctx = '' }: Pick<VerifyCase, 'msg' | 'ctx'>): Buffer {
  const context = hex(ctx);
  const tr = shake256(publicKey.export({ format: 'raw-public' }));
  return shake256(tr, Buffer.from([0, context.length]), context, hex(msg));
}

const sumOf = (tally: Readonly<Record<string, number>>) => Object.values(tally).reduce((sum, one) => sum + one, 0);

const isValidMu = (mu: Buffer, publicKey: KeyObject, signature: Buffer) =>
  verifySignature({ algorithm, messageType: 'EXTERNAL_MU', message: mu, signature }, publicKey);

const isValidMessage = (message: Buffer, publicKey: KeyObject, signature: Buffer) =>
  verifySignature({ algorithm, messageType: 'RAW', message, signature }, publicKey);

test('ML-DSA agrees with the cases written down here', async () => {
  for (const { parameters, tcId, seed, msg, mu, sigSha256 } of mlDsaFacts) {
    const key = privateKeyOf(parameters, seed);
    const publicKey = createPublicKey(key);
    assert.equal(muOf(publicKey, { msg }).toString('hex'), mu);
    const signature = Buffer.from(signMlDsaMu({ key, mu: hex(mu), hedge: deterministic }));
    assert.equal(createHash('sha256').update(signature).digest('hex'), sigSha256, `ML-DSA-${parameters}: case ${tcId}`);
    assert(await isValidMu(hex(mu), publicKey, signature));
    assert(await isValidMessage(hex(msg), publicKey, signature));
  }
  assert.equal(mlDsaFacts.length, 9);
});

for (const [parameters, counts] of [
  ['44', { valid: 75, validWithContext: 2, invalid: 94, contextTooLong: 5, keyRefused: 4 }],
  ['65', { valid: 77, validWithContext: 2, invalid: 122, contextTooLong: 5, keyRefused: 4 }],
  ['87', { valid: 69, validWithContext: 2, invalid: 161, contextTooLong: 5, keyRefused: 4 }],
] as const) {
  test(`ML-DSA-${parameters} verifies as every Wycheproof case says, over messages and over μ`, async () => {
    const file = wycheproof<VerifyGroup>(`mldsa_${parameters}_verify`);
    if (file === undefined) return;
    const tally = { valid: 0, validWithContext: 0, invalid: 0, contextTooLong: 0, keyRefused: 0 };
    for (const group of file.testGroups) {
      const isKey = group.publicKey.length === publicKeyBytes[parameters] * 2;
      if (!isKey) assert.throws(() => publicKeyOf(group), { code: /ERR_OSSL/ });
      for (const one of group.tests) tally[isKey ? await judgeVerification(publicKeyOf(group), one) : 'keyRefused']++;
    }
    assert.deepEqual(tally, counts);
    assert.equal(sumOf(tally), file.numberOfTests);
  });
}

const publicKeyBytes = { '44': 1312, '65': 1952, '87': 2592 };

async function judgeVerification(publicKey: KeyObject, one: VerifyCase) {
  const signature = hex(one.sig);
  const hasContext = one.ctx !== undefined && one.ctx !== '';
  assert(one.result !== 'acceptable', `case ${one.tcId} has an unknown verdict`);
  const isValid = one.result === 'valid';
  assert.equal(await isValidMessage(hex(one.msg), publicKey, signature), isValid && !hasContext, `case ${one.tcId}`);
  if (hasContext && hex(one.ctx).length > longestContext) {
    assert(!isValid);
    return 'contextTooLong'; // there is no such μ
  }
  assert.equal(await isValidMu(muOf(publicKey, one), publicKey, signature), isValid, `case ${one.tcId} over μ`);
  return isValid && hasContext ? 'validWithContext' : one.result;
}

for (const [parameters, counts] of [
  ['44', { signed: 82, keyRefused: 3, withoutMu: 1 }],
  ['65', { signed: 101, keyRefused: 3, withoutMu: 1 }],
  ['87', { signed: 92, keyRefused: 3, withoutMu: 1 }],
] as const) {
  test(`ML-DSA-${parameters} signs as every Wycheproof case says`, async () => {
    const file = wycheproof<SignGroup>(`mldsa_${parameters}_sign_seed`);
    if (file === undefined) return;
    // withoutMu: the context is too long, and we take none.
    const tally = { signed: 0, keyRefused: 0, withoutMu: 0 };
    for (const group of file.testGroups) {
      const isSeed = group.privateSeed.length === seedBytes * 2;
      if (!isSeed) assert.throws(() => privateKeyOf(parameters, group.privateSeed));
      for (const one of group.tests) tally[isSeed ? await judgeSigning(parameters, group, one) : 'keyRefused']++;
    }
    assert.deepEqual(tally, counts);
    assert.equal(sumOf(tally), file.numberOfTests);
  });
}

async function judgeSigning(parameters: Parameters, group: SignGroup, one: SignGroup['tests'][number]) {
  const key = privateKeyOf(parameters, group.privateSeed);
  const publicKey = createPublicKey(key);
  if (typeof group.privateKeyPkcs8 === 'string')
    assert.equal(pkcs8(parameters, group.privateSeed).toString('hex'), group.privateKeyPkcs8);
  assert.equal(publicKey.export({ format: 'raw-public' }).toString('hex'), group.publicKey);
  if (one.mu === undefined) {
    assert.equal(one.result, 'invalid');
    return 'withoutMu';
  }
  const hedge = one.rnd === undefined ? deterministic : hex(one.rnd);
  const signature = Buffer.from(signMlDsaMu({ key, mu: hex(one.mu), hedge }));
  assert.equal(signature.toString('hex'), one.sig, `case ${one.tcId}`);
  assert(await isValidMu(hex(one.mu), publicKey, signature), `case ${one.tcId}`);
  if (one.msg !== undefined) {
    assert.equal(muOf(publicKey, { ...one, msg: one.msg }).toString('hex'), one.mu);
    const hasContext = one.ctx !== undefined && one.ctx !== '';
    assert.equal(await isValidMessage(hex(one.msg), publicKey, signature), !hasContext, `case ${one.tcId}`);
  }
  return 'signed';
}
