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

  await t.test('read the same public keys and data key pairs', async () => {
    for (const spec of specs) await crossPublicKeys(cross, spec);
    deepEqual(cross.counted(), {});
  });

  await t.test('verify the signatures of each other, and no wrong ones', async () => {
    for (const spec of specs) {
      const algorithms = algorithmsOf(spec).filter((algorithm) => tool.knows(algorithm));
      for (const algorithm of algorithms) await crossSignatures(cross, spec, algorithm);
    }
    deepEqual(cross.counted(), {});
  });

  await t.test('verify the MACs of each other, and no wrong ones', async () => {
    for (const bits of [224, 256, 384, 512]) await crossMacs(cross, bits);
    deepEqual(cross.counted(), {});
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
    deepEqual(cross.counted(), {});
  });

  await t.test('decrypt what the other has encrypted, and nothing else', async () => {
    for (const spec of rsa) {
      const modulusBytes = Number(spec.slice(4)) / 8;
      // RFC 8017 section 7.1.1: two hashes and two bytes less than the modulus.
      await crossEncryption(cross, { spec, algorithm: 'RSAES_OAEP_SHA_1', longest: modulusBytes - 42 });
      await crossEncryption(cross, { spec, algorithm: 'RSAES_OAEP_SHA_256', longest: modulusBytes - 66 });
    }
    await crossEncryption(cross, { spec: 'SM2', algorithm: 'SM2PKE', longest: 1024 });
    deepEqual(cross.counted(), {});
  });
});
