/**
 * What makes the audit trail tamper-evident: a hash chain that anyone can follow, and a MAC over where it ends, that only
 * holders of the root of trust can make. Source: FIPS 180-4 (SHA-256), FIPS 198-1 (HMAC).
 */
import { createHash, createHmac, createSecretKey, hash, type KeyObject, timingSafeEqual } from 'node:crypto';
import type { SecretBytes } from '#base/secret-bytes.ts';

/** SHA-256, in hexadecimal, of the hash before (as its text) and of the bytes that follow it. */
export function chainHash(previous: string, bytes: Uint8Array): string {
  return createHash('sha256').update(previous, 'latin1').update(bytes).digest('hex');
}

/** The same where both lie in one buffer, which is quicker. */
export function chainHashOf(previousAndBytes: Uint8Array): string {
  return hash('sha256', previousAndBytes, 'hex');
}

/** A key that vouches for texts. */
export class AuditSeal {
  /** For another thread, where it stays inside of OpenSSL. */
  readonly key: KeyObject;

  constructor(secret: SecretBytes | KeyObject) {
    this.key = 'reveal' in secret ? createSecretKey(secret.reveal()) : secret;
  }

  /** HMAC-SHA-256, in hexadecimal. */
  mac(text: string): string {
    return createHmac('sha256', this.key).update(text).digest('hex');
  }

  isOf(text: string, mac: string): boolean {
    const wanted = Buffer.from(this.mac(text));
    const given = Buffer.from(mac);
    return wanted.length === given.length && timingSafeEqual(wanted, given);
  }
}
