/** Our ECDSA against Wycheproof, over messages (OpenSSL) and over digests (noble): every case judged, both ways. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ecdsaFacts } from './ecdsa-facts.ts';
import { judgeAll, messageOrDigest, wycheproof } from './signature-cases.ts';

const files = [
  { name: 'ecdsa_secp256r1_sha256', algorithm: 'ECDSA_SHA_256', hash: 'sha256', valid: 174, invalid: 310 },
  { name: 'ecdsa_secp256k1_sha256', algorithm: 'ECDSA_SHA_256', hash: 'sha256', valid: 168, invalid: 308 },
  { name: 'ecdsa_secp384r1_sha384', algorithm: 'ECDSA_SHA_384', hash: 'sha384', valid: 194, invalid: 310 },
  { name: 'ecdsa_secp521r1_sha512', algorithm: 'ECDSA_SHA_512', hash: 'sha512', valid: 232, invalid: 310 },
] as const;

for (const { name, algorithm, hash, valid, invalid } of files) {
  test(`${algorithm} agrees with every case of ${name}, over messages and over digests`, async () => {
    const facts = ecdsaFacts.filter((one) => one.source === name);
    assert.deepEqual(await judgeAll(algorithm, messageOrDigest(hash), facts), { valid: 2, invalid: 3, acceptable: 0 });
    const file = wycheproof(name);
    if (file === undefined) return;
    assert.equal(valid + invalid, file.numberOfTests);
    const tally = await judgeAll(algorithm, messageOrDigest(hash), file.testGroups);
    assert.deepEqual(tally, { valid, invalid, acceptable: 0 });
  });
}
