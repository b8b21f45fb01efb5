/**
 * Our RSA signatures against Wycheproof, over messages (OpenSSL) and over digests (our own encodings): every case
 * judged, both ways. All files have salts and mask functions as AWS has them. The acceptable cases, one to a file, are
 * a DigestInfo without its NULL: refused.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { rsaFacts } from './rsa-facts.ts';
import { judgeAll, messageOrDigest, wycheproof } from './signature-cases.ts';

/** [bits, hash, salt bytes, valid, invalid] */
const pss = [
  [2048, 'sha256', 32, 63, 45],
  [2048, 'sha384', 48, 95, 46],
  [3072, 'sha256', 32, 63, 45],
  [4096, 'sha256', 32, 63, 45],
  [4096, 'sha384', 48, 95, 46],
  [4096, 'sha512', 64, 132, 47],
] as const;

/** [bits, hash, valid, invalid] */
const pkcs1 = [
  [2048, 'sha256', 9, 249],
  [2048, 'sha384', 7, 250],
  [2048, 'sha512', 8, 250],
  [3072, 'sha256', 8, 250],
  [3072, 'sha384', 7, 251],
  [3072, 'sha512', 8, 251],
  [4096, 'sha256', 7, 250],
  [4096, 'sha384', 7, 251],
  [4096, 'sha512', 7, 251],
] as const;

const suffixes = { sha256: 'SHA_256', sha384: 'SHA_384', sha512: 'SHA_512' } as const;

for (const [bits, hash, salt, valid, invalid] of pss) {
  const name = `rsa_pss_${bits}_${hash}_mgf1_${salt}`;
  test(`RSASSA_PSS agrees with every case of ${name}, over messages and over digests`, async () => {
    const file = wycheproof(name);
    if (file === undefined) return;
    assert.equal(valid + invalid, file.numberOfTests);
    const tally = await judgeAll(`RSASSA_PSS_${suffixes[hash]}`, messageOrDigest(hash), file.testGroups);
    assert.deepEqual(tally, { valid, invalid, acceptable: 0 });
  });
}

for (const [bits, hash, valid, invalid] of pkcs1) {
  const name = `rsa_signature_${bits}_${hash}`;
  test(`RSASSA_PKCS1_V1_5 agrees with every case of ${name}, over messages and over digests`, async () => {
    const file = wycheproof(name);
    if (file === undefined) return;
    assert.equal(valid + invalid + 1, file.numberOfTests);
    const tally = await judgeAll(`RSASSA_PKCS1_V1_5_${suffixes[hash]}`, messageOrDigest(hash), file.testGroups);
    assert.deepEqual(tally, { valid, invalid, acceptable: 1 });
  });
}

test('RSA signatures agree with the cases written down here', async () => {
  const forms = messageOrDigest('sha256');
  const ofPss = rsaFacts.filter(({ source }) => source.startsWith('rsa_pss'));
  const ofPkcs1 = rsaFacts.filter(({ source }) => source.startsWith('rsa_signature'));
  assert.deepEqual(await judgeAll('RSASSA_PSS_SHA_256', forms, ofPss), { valid: 1, invalid: 2, acceptable: 0 });
  assert.deepEqual(await judgeAll('RSASSA_PKCS1_V1_5_SHA_256', forms, ofPkcs1), {
    valid: 1,
    invalid: 2,
    acceptable: 1,
  });
});
