/**
 * Our ML-KEM against Wycheproof: every decapsulation judged. An encapsulation draws its own randomness, so of those cases the
 * keys are judged: whether they are read, and whether what is encapsulated to them has the right form.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { SecretBytes } from '#base/secret-bytes.ts';
import { encode, tags } from '#crypto/der.ts';
import { decapsulate, encapsulate } from '#crypto/kem.ts';
import { publicKeyOf } from '#crypto/key-material.ts';
import { readPrivateKey } from '#crypto/private-key.ts';
import { readPublicKey } from '#crypto/public-key.ts';
import { keyPairParameters } from '#crypto/specs.ts';
import { type Case, hex, wycheproof } from '#test/harness/wycheproof.ts';

interface DecapsulationCase extends Case {
  /** d and z of FIPS 203. */
  readonly seed: string;
  readonly ek: string;
  readonly c: string;
  readonly K: string;
}

interface EncapsulationCase extends Case {
  readonly ek: string;
  readonly c: string;
}

/** Wycheproof's mlkem_512_test.json, tcId 1; SHA-256 of its encapsulation key. */
const fact = {
  seed: 'a3896e30892230a6c1dff667f8caee759ff84a08e3462ae484fcbca9971d7959cdc6c5ec65f10a5a24b5145aac863232ee3b2229ca3a6c4b9c8a2dafc315d9d4',
  ekHash: '3399ef1223024bd0f646ce6f860fd99557b67058fa620850e772f8531af36231',
  c: 'AOx/zbYXYp/q1/Q89Zp9OguUa1xfRyQHgSwVxEJJ5Sl0SD6zH7bOXhVyhwjvJPeLthu1yLbrtOipbluJjgacSZxEpX77CQcjRZfoEPTeQNhdbqzXdbg0AJN6yGPP5dQGRpuNPKT22+Cs7WD77LMliPHdqqCLpcWxd6tRtUjYriIY6y2bArMctLtud1S2p0hWMWrT4DlAJfdQQSAjp0q4UfwDFxytqZPGRp+iVLXThO2rHv6PLvtuujfHunQ0uyQzMZOISRFK05jPkQOPuWwwpxL0fhxxg5VoONSHAW8CO9mQCpTGBu2qQr8OZ/Ku3QP1pYHlWvKeJK8GG6c9pkw4addZigyVw8gzDstEgcqyyFzKqjZvmfO6/JgDYvTXAaIz0JZ97Xjk8YdLQs2ndLiI0x8WcdZWfRY21bK8wRfiolbzQ1QcPhc+kAttbHG81VR50j3ua1Ti/jIwPHlV+l9WeJRgXtdeZeVIWCIsDQZbqSMfzYKrhq9jwkLRDR0wtBduK7gWn71/A8+gRAmIUzgggyhO+M7PBfnQvT2a+E9t9VHj0R6SgXlNNqYZ9h5HkB6g3WlXgiQSUPC1wqINdtOv78sR0BUXnWqadBIcRI4xX1B8sprdQNpOsFyuJzIMSxiiXXrySsewvfc4IUPU0C2z59AW+f9WOODfeWj3hayAAMdUWhpw1v1DzDuijYLp62zLOR4JS6haSa1un4/Y+qmVQGKl3xPGmEe+5IW8ZiS0C4Eo/pESMbTvm0oiztT4FA32WluBgGZRKCc/3gKVWmWSHw0b4Tn74e3wrAHbHSpf/ZXWPTOwp2J8q0vNN2RyOMgBl9T6iKfjTUyqBm26Kub+//ah6ASnLUntRDwpstsxP98l2Y0N7pkr78RXL4se7g23IntuIC72nqg0CuNpD8Bk0+39jQZ5NNswYXZ+SFfoBeiIKU76ckh0P8qh4BrNr0kd5AjFiGm8liTJURA8B5eTvh7fqUQt9N7OQOq7memwFBD8AQiyahPNQkzZqd5br6H8',
  K: 'cf3bcfeb2679cb43658fcdcd01aa1505bcea1e72a165ccac7bfb66d9dc0c0e90',
};

/** The stored form of a private key: RFC 9935's choice that holds the seed alone. */
function secretOf(spec: string, seed: string): SecretBytes {
  const parameters = keyPairParameters(spec);
  const choice = encode(0x80, hex(seed));
  return new SecretBytes(
    encode(tags.sequence, Buffer.of(2, 1, 0), hex(parameters.algorithm), encode(tags.octetString, choice)),
  );
}

function publicKeyInfo(spec: string, ek: string): Buffer {
  const { algorithm } = keyPairParameters(spec);
  return encode(tags.sequence, hex(algorithm), encode(tags.bitString, Buffer.of(0), hex(ek)));
}

const revealed = (secret: SecretBytes | undefined) => secret && Buffer.from(secret.reveal()).toString('hex');

test('an ML-KEM key and a decapsulation that are written down here are those of Wycheproof', () => {
  using secret = secretOf('ML_KEM_512', fact.seed);
  const publicKey = publicKeyOf('ML_KEM_512', secret);
  assert(publicKey !== undefined);
  assert.equal(createHash('sha256').update(publicKey.subarray(-800)).digest('hex'), fact.ekHash);
  assert.equal(revealed(decapsulate(readPrivateKey(secret), Buffer.from(fact.c, 'base64'))), fact.K);
});

for (const [spec, ciphertextBytes] of [
  ['ML_KEM_512', 768],
  ['ML_KEM_768', 1088],
  ['ML_KEM_1024', 1568],
] as const) {
  test(`${spec} answers a ciphertext that is not its own with J(z, c) of FIPS 203`, () => {
    using secret = secretOf(spec, fact.seed);
    const ciphertext = Buffer.alloc(ciphertextBytes, 7);
    const rejection = createHash('shake256', { outputLength: 32 }).update(hex(fact.seed).subarray(32));
    const expected = rejection.update(ciphertext).digest('hex');
    assert.equal(revealed(decapsulate(readPrivateKey(secret), ciphertext)), expected);
  });

  test(`${spec} decapsulates every Wycheproof case as it says`, () => {
    const groups = wycheproof<{ readonly tests: readonly DecapsulationCase[] }>(`mlkem_${spec.slice(7)}`);
    if (groups === undefined) return;
    const counts = { valid: 0, acceptable: 0, seedRefused: 0, ciphertextRefused: 0 };
    for (const { tcId, seed, ek, c, K, result } of groups.flatMap(({ tests }) => tests)) {
      using secret = secretOf(spec, seed);
      if (result === 'invalid' && hex(seed).length !== 64) {
        assert.throws(() => readPrivateKey(secret), `case ${tcId}`);
        counts.seedRefused++;
        continue;
      }
      const shared = decapsulate(readPrivateKey(secret), hex(c));
      assert.equal(revealed(shared), result === 'valid' ? K : undefined, `case ${tcId}`);
      if (result === 'valid') assert(publicKeyOf(spec, secret)?.toString('hex').endsWith(ek), `case ${tcId}`);
      counts[result === 'invalid' ? 'ciphertextRefused' : result]++;
    }
    assert.deepEqual(counts, { valid: 153, acceptable: 0, seedRefused: 20, ciphertextRefused: 20 });
  });

  test(`${spec} takes every key that Wycheproof encapsulates to, and no other`, () => {
    const groups = wycheproof<{ readonly tests: readonly EncapsulationCase[] }>(`mlkem_${spec.slice(7)}_encaps`);
    if (groups === undefined) return;
    const counts = { valid: 0, acceptable: 0, invalid: 0 };
    for (const { tcId, ek, c, result } of groups.flatMap(({ tests }) => tests)) {
      const key = readPublicKey(spec, publicKeyInfo(spec, ek));
      assert.equal(key !== undefined, result === 'valid', `case ${tcId}`);
      counts[result]++;
      if (key === undefined) continue;
      const { ciphertext, secret } = encapsulate(key);
      assert.deepEqual([ciphertext.length, secret.length], [hex(c).length, 32]);
    }
    assert.deepEqual(counts, {
      valid: 133,
      acceptable: 0,
      invalid: 120 + { ML_KEM_512: 8, ML_KEM_768: 12, ML_KEM_1024: 16 }[spec],
    });
  });
}
