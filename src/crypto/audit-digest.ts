/**
 * The cryptography of CloudTrail's digest files: SHA-256 of what is in a file, and SHA256withRSA, which is RSASSA-PKCS1-v1_5
 * (RFC 8017 section 8.2). Source: AWS CloudTrail User Guide, Custom implementations of CloudTrail log file integrity validation.
 */
import { createHash, createPublicKey, hash, type KeyObject, sign } from 'node:crypto';

/** SHA-256 of bytes that come piece by piece. */
export class RunningHash {
  readonly #hash = createHash('sha256');

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
  }

  /** In hexadecimal. Nothing can be added afterwards. */
  finish(): string {
    return this.#hash.digest('hex');
  }
}

/** A private RSA key, inside of OpenSSL. */
export type DigestSigningKey = KeyObject;

/** The signature over a text, in hexadecimal. Takes a millisecond. */
export function signDigest(key: DigestSigningKey, text: string): string {
  return sign('sha256', Buffer.from(text), key).toString('hex');
}

export interface DigestPublicKey {
  /** PKCS #1, DER. */
  readonly publicKey: Uint8Array;
  /** MD5 of that, in hexadecimal: a name, and nothing that security hangs on. */
  readonly fingerprint: string;
}

export function digestPublicKey(key: DigestSigningKey): DigestPublicKey {
  const publicKey = createPublicKey(key).export({ format: 'der', type: 'pkcs1' });
  return { publicKey, fingerprint: hash('md5', publicKey, 'hex') };
}
