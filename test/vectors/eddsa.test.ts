/**
 * Our Ed25519 against Wycheproof, every case judged; and Ed25519ph, of which Wycheproof has nothing, against RFC 8032
 * section 7.3.
 */
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import { signEd25519ph, verifyEd25519ph } from '#crypto/signing/ed25519ph.ts';
import { ed25519Facts } from './eddsa-facts.ts';
import { hex, judgeAll, whole, wycheproof } from './signature-cases.ts';

test('ED25519_SHA_512 agrees with every Wycheproof case', async () => {
  const facts = await judgeAll('ED25519_SHA_512', { RAW: whole }, ed25519Facts);
  assert.deepEqual(facts, { valid: 2, invalid: 3, acceptable: 0 });
  const file = wycheproof('ed25519');
  if (file === undefined) return;
  assert.equal(file.numberOfTests, 151);
  const tally = await judgeAll('ED25519_SHA_512', { RAW: whole }, file.testGroups);
  assert.deepEqual(tally, { valid: 88, invalid: 63, acceptable: 0 });
});

test('Ed25519ph signs as RFC 8032 section 7.3 shows', () => {
  const seed = hex('833fe62409237b9d62ec77587520911e9a759cec1d19755b7da901b96dca3d42');
  const signature = hex(
    '98a70222f0b8121aa9d30f813d683f809e462b469c7ff87639499bb94e6dae4131f85042463c2a355a2003d062adf5aaa10b8c61e636062aaad11c2a26083406',
  );
  const message = Buffer.from('abc');
  const pkcs8 = Buffer.concat([hex('302e020100300506032b657004220420'), seed]);
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  assert.deepEqual(Buffer.from(signEd25519ph({ key: privateKey, message })), signature);
  const key = createPublicKey(privateKey);
  assert.equal(
    key.export({ format: 'raw-public' }).toString('hex'),
    'ec172b93ad5e563bf4932c70e1245034c35467ef2efd4d64ebf819683467e2bf',
  );
  assert(verifyEd25519ph({ key, message, signature }));
  assert(!verifyEd25519ph({ key, message: Buffer.from('abd'), signature }));
});
