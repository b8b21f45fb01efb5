/** Whether there is a test for every file of vectors: a file that nobody reads proves nothing. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { vectorFolder } from '#test/harness/vectors.ts';

const sizes = [2048, 3072, 4096];
const hashes = [256, 384, 512];

/** The files of Wycheproof that the tests beside this one read. */
const read = [
  'aes_gcm',
  'aes_kwp',
  ...['256', '384', '521'].map((bits) => `ecdh_secp${bits}r1`),
  ...['256k1_sha256', '256r1_sha256', '384r1_sha384', '521r1_sha512'].map((curve) => `ecdsa_secp${curve}`),
  'ed25519',
  ...[224, 256, 384, 512].map((bits) => `hmac_sha${bits}`),
  ...[44, 65, 87].flatMap((set) => [`mldsa_${set}_sign_seed`, `mldsa_${set}_verify`]),
  ...[512, 768, 1024].flatMap((set) => [`mlkem_${set}`, `mlkem_${set}_encaps`]),
  'rsa_oaep_2048_sha1_mgf1sha1',
  ...sizes.map((bits) => `rsa_oaep_${bits}_sha256_mgf1sha256`),
  ...['2048_sha256_mgf1_32', '2048_sha384_mgf1_48', '3072_sha256_mgf1_32'].map((form) => `rsa_pss_${form}`),
  ...['4096_sha256_mgf1_32', '4096_sha384_mgf1_48', '4096_sha512_mgf1_64'].map((form) => `rsa_pss_${form}`),
  ...sizes.flatMap((bits) => hashes.map((hash) => `rsa_signature_${bits}_sha${hash}`)),
];

test('every file of Wycheproof is read by a test', () => {
  const folder = vectorFolder();
  if (folder === undefined) return;
  const files = readdirSync(join(folder, 'wycheproof')).filter((name) => name.endsWith('.json'));
  assert.deepEqual(files.sort(), read.map((name) => `${name}_test.json`).sort());
});
