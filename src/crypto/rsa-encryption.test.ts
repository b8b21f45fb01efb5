import assert from 'node:assert/strict';
import { constants, generateKeyPairSync, privateDecrypt, publicEncrypt } from 'node:crypto';
import { test } from 'node:test';
import { SecretBytes } from '#base/secret-bytes.ts';
import { decryptOaep, encryptOaep, mostOaepBytes } from './rsa-encryption.ts';

const sizes = [
  [2048, 214, 190],
  [3072, 342, 318],
  [4096, 470, 446],
] as const;

for (const [modulusLength, ...most] of sizes) {
  test(`RSA of ${modulusLength} bits encrypts as much as AWS says, and no more`, async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
    for (const [i, algorithm] of (['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const).entries()) {
      const length = most[i] ?? 0;
      assert.equal(mostOaepBytes(publicKey, algorithm), length);
      const plaintext = Buffer.alloc(length, i + 1);
      const ciphertext = encryptOaep(publicKey, algorithm, new SecretBytes(Buffer.from(plaintext)));
      assert.equal(ciphertext.length, modulusLength / 8);
      const decrypted = await decryptOaep(privateKey, algorithm, ciphertext);
      assert.deepEqual(decrypted && Buffer.from(decrypted.reveal()), plaintext);
      const tooLong = new SecretBytes(Buffer.alloc(length + 1));
      assert.throws(() => encryptOaep(publicKey, algorithm, tooLong), RangeError);
    }
  });
}

test('the hash of the algorithm is that of the label and of the mask', async () => {
  const key = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const padding = constants.RSA_PKCS1_OAEP_PADDING;
  const plaintext = Buffer.from('attack at dawn');
  for (const [algorithm, oaepHash] of [
    ['RSAES_OAEP_SHA_1', 'sha1'],
    ['RSAES_OAEP_SHA_256', 'sha256'],
  ] as const) {
    const ciphertext = encryptOaep(key.publicKey, algorithm, new SecretBytes(Buffer.from(plaintext)));
    assert.deepEqual(privateDecrypt({ key: key.privateKey, padding, oaepHash }, ciphertext), plaintext);
    const other = algorithm === 'RSAES_OAEP_SHA_1' ? 'RSAES_OAEP_SHA_256' : 'RSAES_OAEP_SHA_1';
    assert.equal(await decryptOaep(key.privateKey, other, ciphertext), undefined);
  }
  const pkcs1 = publicEncrypt({ key: key.publicKey, padding: constants.RSA_PKCS1_PADDING }, plaintext);
  assert.equal(await decryptOaep(key.privateKey, 'RSAES_OAEP_SHA_256', pkcs1), undefined);
});

test('a ciphertext of another length is not decrypted, also where leading zeros would make up for it', async () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  let short: Uint8Array | undefined;
  for (let i = 0; i < 20_000 && short === undefined; i++) {
    const ciphertext = encryptOaep(publicKey, 'RSAES_OAEP_SHA_256', new SecretBytes(Buffer.from('x')));
    if (ciphertext[0] === 0) short = ciphertext.subarray(1);
  }
  assert(short !== undefined);
  assert.equal(await decryptOaep(privateKey, 'RSAES_OAEP_SHA_256', short), undefined);
  const whole = Buffer.concat([Buffer.of(0), short]);
  assert((await decryptOaep(privateKey, 'RSAES_OAEP_SHA_256', whole)) !== undefined);
  assert.equal(await decryptOaep(privateKey, 'RSAES_OAEP_SHA_256', Buffer.alloc(0)), undefined);
});
