import assert from 'node:assert/strict';
import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { test } from 'node:test';
import { generateKeyPair } from './generate-key-pair.ts';
import { readPublicKey } from './public-key.ts';

const spki = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' });

for (const spec of ['ECC_NIST_P384', 'ECC_NIST_EDWARDS25519', 'ML_KEM_512', 'RSA_2048', 'SM2']) {
  test(`a public key of ${spec} has one encoding`, async () => {
    const { publicKey } = await generateKeyPair(spec);
    assert(readPublicKey(spec, publicKey) !== undefined);
    assert.equal(readPublicKey(spec, Buffer.concat([publicKey, Buffer.of(0)])), undefined);
    for (let length = 0; length < publicKey.length; length += 7) {
      assert.equal(readPublicKey(spec, publicKey.subarray(0, length)), undefined);
    }
    for (let bit = 0; bit < 12 * 8; bit++) {
      const altered = Buffer.from(publicKey);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.equal(readPublicKey(spec, altered), undefined, `bit ${bit}`);
    }
  });
}

test('a point that is compressed, off its curve, or on a curve spelt out is no public key', () => {
  const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const der = spki(publicKey);
  const offCurve = Buffer.from(der);
  offCurve[90] = (offCurve[90] ?? 0) ^ 1;
  assert.equal(readPublicKey('ECC_NIST_P256', offCurve), undefined);
  const compressed = Buffer.concat([
    Buffer.from('3039301306072a8648ce3d020106082a8648ce3d030107032200', 'hex'),
    Buffer.of(2 + ((der[90] ?? 0) & 1)),
    der.subarray(27, 59),
  ]);
  assert.equal(readPublicKey('ECC_NIST_P256', compressed), undefined);
  const explicit = generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' });
  assert.equal(readPublicKey('ECC_NIST_P256', spki(explicit.publicKey)), undefined);
});

test('an RSA key for one padding alone, or of another size, is no public key of the spec', () => {
  const pss = generateKeyPairSync('rsa-pss', { modulusLength: 2048 });
  assert.equal(readPublicKey('RSA_2048', spki(pss.publicKey)), undefined);
  const small = generateKeyPairSync('rsa', { modulusLength: 2040 });
  assert.equal(readPublicKey('RSA_2048', spki(small.publicKey)), undefined);
});
