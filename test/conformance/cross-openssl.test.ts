/**
 * The OpenSSL command line takes what the service makes, the service takes what it makes, and both refuse what is wrong.
 * ML-DSA, ML-KEM and Ed25519ph, which OpenSSL 3.0 does not have, are in cross-cryptography.test.ts.
 */
import { deepEqual } from 'node:assert/strict';
import { test } from 'node:test';
import { isInstalled } from '#test/harness/clients.ts';
import { Cross, crossAgreement, crossEncryption, crossMacs, crossPublicKeys } from '#test/harness/cross.ts';
import { algorithmsOf, crossSignatures } from '#test/harness/cross-signatures.ts';
import { startKms } from '#test/harness/kms.ts';
import { OpenSsl } from '#test/harness/openssl.ts';

const rsa = ['RSA_2048', 'RSA_3072', 'RSA_4096'];
const nist = ['ECC_NIST_P256', 'ECC_NIST_P384', 'ECC_NIST_P521'];
const specs = [...rsa, ...nist, 'ECC_SECG_P256K1', 'ECC_NIST_EDWARDS25519', 'SM2'];

test('the service and the OpenSSL command line', async (t) => {
  if (!(await isInstalled('openssl', ['mac', '-help']))) return; // from OpenSSL 3 on
  if (!(await isInstalled('openssl', ['ecparam', '-name', 'SM2', '-noout']))) return;
  await using kms = await startKms(undefined, { hasSm2Everywhere: true });
  await using tool = new OpenSsl();
  const cross = new Cross(kms, tool);
  t.beforeEach(() => void cross.counted());

  await t.test('read the same public keys and data key pairs', async () => {
    for (const spec of specs) await crossPublicKeys(cross, spec);
    // Of 9 specs 3 each, and 17 pairs of a spec and a usage both ways.
    deepEqual(cross.counted(), { oursTaken: 44, theirsTaken: 17, oursRefused: 0, theirsRefused: 9 });
  });

  await t.test('verify the signatures of each other, and no wrong ones', async () => {
    for (const spec of specs) {
      const algorithms = algorithmsOf(spec).filter((algorithm) => tool.knows(algorithm));
      for (const algorithm of algorithms) await crossSignatures(cross, spec, algorithm);
    }
    // Taken by each side: 4 for each pair of a spec and an algorithm with two message types (23), 1 for each with one (1).
    deepEqual(cross.counted(), { oursTaken: 93, theirsTaken: 93, oursRefused: 321, theirsRefused: 628 });
  });

  await t.test('verify the MACs of each other, and no wrong ones', async () => {
    for (const bits of [224, 256, 384, 512]) await crossMacs(cross, bits);
    // 4 algorithms with the shortest key and the longest.
    deepEqual(cross.counted(), { oursTaken: 8, theirsTaken: 8, oursRefused: 24, theirsRefused: 64 });
  });

  await t.test('agree on secrets, with keys of one curve alone', async () => {
    const agreeing = [...nist, 'SM2'];
    const curves = [...agreeing, 'ECC_SECG_P256K1'];
    for (const spec of agreeing) {
      await crossAgreement(
        cross,
        spec,
        curves.filter((other) => other !== spec),
      );
    }
    // 4 curves, each side with either key.
    deepEqual(cross.counted(), { oursTaken: 8, theirsTaken: 8, oursRefused: 40, theirsRefused: 72 });
  });

  await t.test('decrypt what the other has encrypted, and nothing else', async () => {
    for (const spec of rsa) {
      const modulusBytes = Number(spec.slice(4)) / 8;
      // RFC 8017 section 7.1.1: two hashes and two bytes less than the modulus.
      await crossEncryption(cross, { spec, algorithm: 'RSAES_OAEP_SHA_1', longest: modulusBytes - 42 });
      await crossEncryption(cross, { spec, algorithm: 'RSAES_OAEP_SHA_256', longest: modulusBytes - 66 });
    }
    await crossEncryption(cross, { spec: 'SM2', algorithm: 'SM2PKE', longest: 1024 });
    // 7 pairs of a spec and an algorithm, with the shortest plaintext and the longest.
    deepEqual(cross.counted(), { oursTaken: 14, theirsTaken: 14, oursRefused: 40, theirsRefused: 117 });
  });
});
