/**
 * What takes long of encryption and key agreement, as jobs of the worker threads (offload/jobs.ts): decryption with RSA, all of
 * SM2, Diffie-Hellman. Secrets that they return are alone in their buffer, which is moved and not copied.
 */
import { constants, diffieHellman, type KeyObject, privateDecrypt } from 'node:crypto';
import { SecretBytes } from '#base/secret-bytes.ts';
import { decryptSm2, encryptSm2 } from './sm2/encryption.ts';
import { deriveOnSm2 } from './sm2/key-agreement.ts';

interface ToOpen {
  readonly key: KeyObject;
  readonly ciphertext: Uint8Array;
}

const notOfThisKey = ['ERR_OSSL_RSA_OAEP_DECODING_ERROR', 'ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_MODULUS'];

/** Undefined for whatever was not encrypted to this key with this hash. */
export function openOaep({ key, ciphertext, hash }: ToOpen & { readonly hash: string }): Uint8Array | undefined {
  try {
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: hash }, ciphertext);
  } catch (error) {
    if (error instanceof Error && 'code' in error && notOfThisKey.includes(String(error.code))) return undefined;
    throw error;
  }
}

export function sealSm2(input: { readonly key: KeyObject; readonly plaintext: Uint8Array }): Uint8Array {
  using plaintext = new SecretBytes(input.plaintext);
  return encryptSm2(input.key, plaintext);
}

/** Undefined for whatever was not encrypted to this key. */
export function openSm2({ key, ciphertext }: ToOpen): Uint8Array | undefined {
  return decryptSm2(key, ciphertext)?.reveal();
}

interface ToAgree {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export function agree(keys: ToAgree): Uint8Array {
  return diffieHellman(keys);
}

export function agreeOnSm2({ privateKey, publicKey }: ToAgree): Uint8Array {
  using secret = deriveOnSm2(privateKey, publicKey);
  return Uint8Array.from(secret.reveal());
}
