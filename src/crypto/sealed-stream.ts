/** AES-256-GCM over a stream of any length up to SP 800-38D's limit of 64 GiB; the tag comes last. */
import { createCipheriv, createDecipheriv, createSecretKey } from 'node:crypto';
import type { SecretBytes } from '#base/secret-bytes.ts';
import { ivBytes, tagBytes } from './aead.ts';
import { randomBytes } from './random.ts';

/** Seals `plain`: yields the IV, the ciphertext, the tag. The key is for this one stream. */
export async function* sealStream(
  plain: AsyncIterable<Uint8Array>,
  key: SecretBytes,
  aad: Uint8Array,
): AsyncGenerator<Uint8Array> {
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv('aes-256-gcm', createSecretKey(key.reveal()), iv).setAAD(aad);
  yield iv;
  for await (const chunk of plain) yield cipher.update(chunk);
  yield cipher.final();
  yield cipher.getAuthTag();
}

/**
 * Opens what sealStream made. What it yields is not yet proven: it may be kept aside, and is to be thrown away if the
 * generator ends in an error, which says that the stream was altered, cut short, or sealed with another key.
 */
export async function* openStream(
  sealed: AsyncIterable<Uint8Array>,
  key: SecretBytes,
  aad: Uint8Array,
): AsyncGenerator<Uint8Array> {
  let held = Buffer.alloc(0);
  let decipher: ReturnType<typeof newDecipher> | undefined;
  const newDecipher = (iv: Uint8Array) =>
    createDecipheriv('aes-256-gcm', createSecretKey(key.reveal()), iv).setAAD(aad);
  for await (const chunk of sealed) {
    held = Buffer.concat([held, chunk]);
    if (decipher === undefined && held.length >= ivBytes) {
      decipher = newDecipher(held.subarray(0, ivBytes));
      held = held.subarray(ivBytes);
    }
    if (decipher === undefined || held.length <= tagBytes) continue;
    yield decipher.update(held.subarray(0, held.length - tagBytes));
    held = held.subarray(held.length - tagBytes); // the last bytes may be the tag
  }
  if (decipher === undefined || held.length !== tagBytes) throw new Error('The stream is cut short.');
  yield decipher.setAuthTag(held).final();
}
