/** AES-256-GCM (NIST SP 800-38D) with 96-bit IVs and 128-bit tags, the only sizes used here. */
import { createCipheriv, createDecipheriv, type KeyObject } from 'node:crypto';

export const ivBytes = 12;
export const tagBytes = 16;

export interface Sealing {
  readonly key: KeyObject | Uint8Array;
  /** Never used twice with the same key. */
  readonly iv: Uint8Array;
  readonly aad: Uint8Array;
}

/** Ciphertext, followed by the tag. */
export function seal(sealing: Sealing, plaintext: Uint8Array): Buffer {
  const sealed = Buffer.allocUnsafe(plaintext.length + tagBytes);
  sealInto(sealed, 0, sealing, plaintext);
  return sealed;
}

/** The same, into a buffer that has room for both from `at` on. */
export function sealInto(target: Uint8Array, at: number, { key, iv, aad }: Sealing, plaintext: Uint8Array): void {
  const cipher = createCipheriv('aes-256-gcm', key, iv);
  cipher.setAAD(aad);
  target.set(cipher.update(plaintext), at);
  cipher.final(); // yields nothing more: GCM has no padding
  target.set(cipher.getAuthTag(), at + plaintext.length);
}

/** The plaintext, or undefined where key, IV, AAD, ciphertext and tag do not belong together. */
export function open({ key, iv, aad }: Sealing, sealed: Uint8Array): Buffer | undefined {
  if (sealed.length < tagBytes) return undefined;
  const tag = sealed.subarray(sealed.length - tagBytes);
  const decipher = createDecipheriv('aes-256-gcm', key, iv, { authTagLength: tagBytes }).setAAD(aad).setAuthTag(tag);
  const unverified = decipher.update(sealed.subarray(0, sealed.length - tagBytes));
  try {
    decipher.final(); // SP 800-38D section 7.2: nothing of the plaintext leaves before the tag has been verified
    return unverified;
  } catch {
    unverified.fill(0);
    return undefined; // OpenSSL's error says no more than that
  }
}
