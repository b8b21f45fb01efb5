/** The RSA signature primitives RSASP1 and RSAVP1 (RFC 8017 section 5.2), over octet strings as long as the modulus. */
import { constants, type KeyObject, privateEncrypt, publicDecrypt } from 'node:crypto';

const padding = constants.RSA_NO_PADDING;

export function modulusBytes(key: KeyObject): number {
  return Math.ceil((key.asymmetricKeyDetails?.modulusLength ?? 0) / 8);
}

/** RSASP1. Runs in worker threads. */
export function rsaPrivateOperation(input: { readonly key: KeyObject; readonly encoded: Uint8Array }): Uint8Array {
  return privateEncrypt({ key: input.key, padding }, input.encoded);
}

/** RSAVP1: what was signed, or undefined for what cannot be a signature under this key. */
export function rsaPublicOperation(key: KeyObject, signature: Uint8Array): Buffer | undefined {
  if (signature.length !== modulusBytes(key)) return undefined;
  try {
    return publicDecrypt({ key, padding }, signature);
  } catch (error) {
    if (isTooLarge(error)) return undefined;
    throw error;
  }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_OSSL_RSA_DATA_TOO_LARGE_FOR_MODULUS';
}
