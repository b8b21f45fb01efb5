/**
 * Wrapping: a small secret sealed under a key-encryption key and bound to what it is for. The purpose is part of the
 * AAD, so a wrapped access key cannot be passed off as key material, nor one key's material as another's.
 *
 * Form: version (1 byte) | IV (12) | ciphertext | tag (16).
 */
import { createSecretKey, type KeyObject } from 'node:crypto';
import { lengthPrefixed } from '#base/bytes.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { ivBytes, open, seal } from './aead.ts';
import { randomBytes } from './random.ts';

const version = 1;

/** A key that wraps other keys. It stays inside OpenSSL; nothing reads it back. */
export class WrappingKey {
  readonly #key: KeyObject;

  /** 256 bits. The secret may be disposed of afterwards. */
  constructor(secret: SecretBytes) {
    if (secret.length !== 32) throw new RangeError('A wrapping key has 256 bits.');
    this.#key = createSecretKey(secret.reveal());
  }

  /** `purpose` names what the secret is and whose; the same purpose is needed to unwrap it. */
  wrap(secret: SecretBytes, purpose: readonly string[]): Buffer {
    const iv = randomBytes(ivBytes);
    const sealed = seal({ key: this.#key, iv, aad: wrapAad(purpose) }, secret.reveal());
    return Buffer.concat([Buffer.of(version), iv, sealed]);
  }

  /** Undefined where the bytes were not wrapped by this key for this purpose, or have changed since. */
  unwrap(wrapped: Uint8Array, purpose: readonly string[]): SecretBytes | undefined {
    if (wrapped[0] !== version || wrapped.length < 1 + ivBytes) return undefined;
    const iv = wrapped.subarray(1, 1 + ivBytes);
    const secret = open({ key: this.#key, iv, aad: wrapAad(purpose) }, wrapped.subarray(1 + ivBytes));
    return secret === undefined ? undefined : new SecretBytes(secret);
  }
}

function wrapAad(purpose: readonly string[]): Uint8Array {
  return lengthPrefixed(['keywright wrap', Buffer.of(version), ...purpose]);
}
