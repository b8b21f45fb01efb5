/** RSAES-OAEP (RFC 8017 section 7.1) with MGF1 over the same hash and an empty label. */
import { constants, type KeyObject, publicEncrypt } from 'node:crypto';
import { SecretBytes } from '#base/secret-bytes.ts';
import { inWorker } from './heavy.ts';

export type OaepAlgorithm = 'RSAES_OAEP_SHA_1' | 'RSAES_OAEP_SHA_256';

const hashes = {
  RSAES_OAEP_SHA_1: { name: 'SHA-1', bytes: 20 },
  RSAES_OAEP_SHA_256: { name: 'SHA-256', bytes: 32 },
} as const;

/** How long a plaintext may be: k - 2h - 2, where k and h are the bytes of the modulus and of the hash. */
export function mostOaepBytes(key: KeyObject, algorithm: OaepAlgorithm): number {
  return modulusBytes(key) - 2 * hashes[algorithm].bytes - 2;
}

/** A ciphertext as long as the modulus. Throws RangeError for a plaintext longer than `mostOaepBytes`. */
export function encryptOaep(publicKey: KeyObject, algorithm: OaepAlgorithm, plaintext: SecretBytes): Buffer {
  if (plaintext.length > mostOaepBytes(publicKey, algorithm)) throw new RangeError('The plaintext is too long.');
  const oaepHash = hashes[algorithm].name;
  return publicEncrypt({ key: publicKey, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash }, plaintext.reveal());
}

/**
 * Undefined for whatever was not encrypted to this key in this way. What was wrong is told nobody: RFC 8017 section 7.1.2,
 * note, on Manger's attack.
 */
export async function decryptOaep(
  privateKey: KeyObject,
  algorithm: OaepAlgorithm,
  ciphertext: Uint8Array,
): Promise<SecretBytes | undefined> {
  if (ciphertext.length !== modulusBytes(privateKey)) return undefined; // OpenSSL would pad a shorter one with zeros
  const plaintext = await inWorker('openOaep', { key: privateKey, ciphertext, hash: hashes[algorithm].name });
  return plaintext === undefined ? undefined : new SecretBytes(plaintext);
}

function modulusBytes({ asymmetricKeyDetails }: KeyObject): number {
  const bits = asymmetricKeyDetails?.modulusLength;
  if (bits === undefined) throw new TypeError('This is not an RSA key.');
  return bits / 8;
}
