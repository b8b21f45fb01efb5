import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { decapsulate, encapsulate } from './kem.ts';

for (const [keyType, length] of [
  ['ml-kem-512', 768],
  ['ml-kem-768', 1088],
  ['ml-kem-1024', 1568],
] as const) {
  test(`${keyType}: only the key's own ciphertext gives its secret, every other one gives one nobody has`, () => {
    const { privateKey, publicKey } = generateKeyPairSync(keyType as 'ed25519');
    const { ciphertext, secret } = encapsulate(publicKey);
    assert.deepEqual([ciphertext.length, secret.length], [length, 32]);
    const own = decapsulate(privateKey, ciphertext);
    assert(own?.equals(secret));
    for (const at of [0, length >> 1, length - 1]) {
      const altered = Buffer.from(ciphertext);
      altered[at] = (altered[at] ?? 0) ^ 1;
      const rejected = decapsulate(privateKey, altered);
      assert(rejected?.length === 32 && !rejected.equals(secret));
      assert(decapsulate(privateKey, altered)?.equals(rejected), 'the same one each time');
    }
    for (const other of [0, length - 1, length + 1]) {
      assert.equal(decapsulate(privateKey, Buffer.alloc(other)), undefined);
    }
    assert(!encapsulate(publicKey).secret.equals(secret));
  });
}
