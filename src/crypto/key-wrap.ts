/** Unwrapping by AES Key Wrap with Padding (RFC 5649, SP 800-38F section 6.3) under 256-bit keys. */
import { createDecipheriv } from 'node:crypto';
import { SecretBytes } from '#base/secret-bytes.ts';

const cipher = 'id-aes256-wrap-pad';
const keyBytes = 32;
const leastBytes = 16; // RFC 5649 section 4.1
const alternativeInitialValue = Buffer.from('a65959a6', 'hex'); // RFC 5649 section 3

/** Undefined where the bytes were not wrapped under this key, or the key is not one of 256 bits. */
export function unwrapWithPadding(wrappingKey: SecretBytes, wrapped: Uint8Array): SecretBytes | undefined {
  // OpenSSL would unwrap nothing to nothing.
  if (wrappingKey.length !== keyBytes || wrapped.length < leastBytes) return undefined;
  const unwrapping = createDecipheriv(cipher, wrappingKey.reveal(), alternativeInitialValue);
  try {
    const secret = unwrapping.update(wrapped); // the whole: this mode knows no parts
    unwrapping.final();
    return new SecretBytes(secret);
  } catch {
    return undefined; // OpenSSL's error says no more than that
  }
}
