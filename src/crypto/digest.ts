/** Digests of what is no secret. Source: FIPS 180-4. */
import { hash, webcrypto } from 'node:crypto';

/** SHA-256 of a text's UTF-8 bytes, in hexadecimal. */
export function sha256Hex(text: string): string {
  return hash('sha256', text, 'hex');
}

/** SHA-256 of bytes, worked out beside the event loop. */
export async function sha256OffLoop(bytes: Uint8Array): Promise<Buffer> {
  return Buffer.from(await webcrypto.subtle.digest('SHA-256', bytes as Uint8Array<ArrayBuffer>)); // ours, and not shared
}
