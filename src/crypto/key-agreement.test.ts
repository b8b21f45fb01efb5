import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAccountId, parseKeyId } from '#model/arn.ts';
import { generateKeyPair } from './generate-key-pair.ts';
import { deriveSharedSecret } from './key-agreement.ts';
import { PrivateKey } from './private-key.ts';
import { keySpecs } from './specs.ts';

const accountId = parseAccountId('111122223333');
const keyId = parseKeyId('1234abcd-12ab-34cd-56ef-1234567890ab');
assert(accountId !== undefined && keyId !== undefined);
const name = { accountId, keyId, materialId: '0'.repeat(64) };

async function newPair(spec: string) {
  const { privateKey, publicKey } = await generateKeyPair(spec);
  return { privateKey: new PrivateKey(name, spec, privateKey), publicKey };
}

const specs = [...keySpecs].filter(([, { usages }]) => usages.includes('KEY_AGREEMENT')).map(([spec]) => spec);
const secretBytes = new Map(Object.entries({ ECC_NIST_P256: 32, ECC_NIST_P384: 48, ECC_NIST_P521: 66, SM2: 32 }));

for (const spec of specs) {
  test(`two keys of ${spec} agree on a secret, and with no key of another spec`, async () => {
    const [mine, theirs] = [await newPair(spec), await newPair(spec)];
    const secret = await deriveSharedSecret(mine.privateKey, theirs.publicKey);
    assert(secret !== undefined);
    assert.equal(secret.length, secretBytes.get(spec));
    assert((await deriveSharedSecret(theirs.privateKey, mine.publicKey))?.equals(secret));
    for (const other of [...specs, 'ECC_SECG_P256K1', 'ECC_NIST_EDWARDS25519'].filter((one) => one !== spec)) {
      const { publicKey } = await newPair(other);
      assert.equal(await deriveSharedSecret(mine.privateKey, publicKey), undefined, other);
    }
  });
}
