/** ML-KEM (FIPS 203): a shared secret of 32 bytes for whoever holds the private key. A tenth of a millisecond. */
import { decapsulate as decapsulateWith, encapsulate as encapsulateTo, type KeyObject } from 'node:crypto';
import { SecretBytes } from '#base/secret-bytes.ts';

/** How long the ciphertexts are: FIPS 203 section 8, table 3. */
const ciphertextBytes: ReadonlyMap<string | undefined, number> = new Map([
  ['ml-kem-512', 768],
  ['ml-kem-768', 1088],
  ['ml-kem-1024', 1568],
]);

export interface Encapsulated {
  readonly ciphertext: Buffer;
  readonly secret: SecretBytes;
}

export function encapsulate(publicKey: KeyObject): Encapsulated {
  const { ciphertext, sharedKey } = encapsulateTo(publicKey);
  return { ciphertext: Buffer.from(ciphertext), secret: new SecretBytes(sharedKey) };
}

/**
 * Undefined for a ciphertext of another length alone. Any other that was not made for this key, or has changed, gives a
 * secret that nobody else has: FIPS 203 section 6.3, implicit rejection.
 */
export function decapsulate(privateKey: KeyObject, ciphertext: Uint8Array): SecretBytes | undefined {
  if (ciphertext.length !== ciphertextBytes.get(privateKey.asymmetricKeyType)) return undefined;
  return new SecretBytes(decapsulateWith(privateKey, ciphertext));
}
