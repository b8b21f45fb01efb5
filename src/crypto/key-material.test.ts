import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { test } from 'node:test';
import type { SecretBytes } from '#base/secret-bytes.ts';
import { parseAccountId, parseKeyId } from '#model/arn.ts';
import { EnvelopeKey, materialIdOf } from './envelope.ts';
import { generateKeyPair } from './generate-key-pair.ts';
import { generateMaterial, openMaterial, publicKeyOf, readImported } from './key-material.ts';
import { MacKey } from './mac.ts';
import { PrivateKey } from './private-key.ts';
import { readPublicKey } from './public-key.ts';
import { keySpecs } from './specs.ts';

const accountId = parseAccountId('111122223333');
const keyId = parseKeyId('1234abcd-12ab-34cd-56ef-1234567890ab');
assert(accountId !== undefined && keyId !== undefined);
const nameOf = (material: SecretBytes) => ({ accountId, keyId, materialId: materialIdOf(keyId, material) });
const bytesOf = (secret: SecretBytes | undefined) => secret && Buffer.from(secret.reveal());
const forms = { envelope: EnvelopeKey, mac: MacKey, 'private-key': PrivateKey };

for (const [spec, { form, canBeImported, parameters }] of keySpecs) {
  test(`material of ${spec} is made, opened once it is gone, and brought in again as the same`, async () => {
    const material = await generateMaterial(spec);
    const stored = bytesOf(material);
    const opened = openMaterial(spec, nameOf(material), material);
    const imported = readImported(spec, material);
    const publicKey = publicKeyOf(spec, material);
    material[Symbol.dispose]();
    assert.deepEqual(bytesOf(imported), canBeImported ? stored : undefined);
    assert(opened instanceof forms[form]);
    if (!(opened instanceof PrivateKey)) {
      assert.equal(publicKey, undefined);
      return assert.equal(stored?.length, form === 'envelope' ? 32 : Number(spec.slice(5)) / 8);
    }
    assert(publicKey !== undefined);
    assert.equal(opened.key.type, 'private');
    assert.deepEqual(opened.publicKey.export({ format: 'der', type: 'spki' }), publicKey);
    assert(readPublicKey(spec, publicKey)?.equals(opened.publicKey));
    if (parameters.type === 'seed' && !canBeImported) {
      const seedBytes = spec.startsWith('ML_KEM') ? 64 : 32;
      assert.equal(stored?.length, 22 + seedBytes, 'the seed alone');
    }
  });
}

test('no public key of one spec is one of another', async () => {
  const specs = [...keySpecs].filter(([, { form }]) => form === 'private-key').map(([spec]) => spec);
  const keys = await Promise.all(specs.map(async (spec) => (await generateKeyPair(spec)).publicKey));
  for (const [i, key] of keys.entries()) {
    assert.deepEqual(
      specs.filter((spec) => readPublicKey(spec, key) !== undefined),
      [specs[i]],
    );
  }
});

test('a key pair is in the forms that clients read', async () => {
  const { privateKey, publicKey } = await generateKeyPair('ECC_NIST_P256');
  const key = createPrivateKey({ key: Buffer.from(privateKey.reveal()), format: 'der', type: 'pkcs8' });
  assert(createPublicKey({ key: publicKey, format: 'der', type: 'spki' }).equals(createPublicKey(key)));
});
