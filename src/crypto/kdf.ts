/**
 * Key derivation in counter mode with HMAC-SHA-256 as the PRF: NIST SP 800-108r1, section 4.1, with a 32-bit counter
 * before the fixed input data Label || 0x00 || Context || [L]_32.
 */
import { createHmac, type KeyObject } from 'node:crypto';

const prfBytes = 32;

export interface FixedInput {
  readonly label: Uint8Array;
  readonly context: Uint8Array;
}

/** Derives `lengthBytes` bytes from a key-derivation key. */
export function deriveKey(key: KeyObject, { label, context }: FixedInput, lengthBytes: number): Buffer {
  const blocks = Math.ceil(lengthBytes / prfBytes);
  const input = Buffer.allocUnsafe(4 + label.length + 1 + context.length + 4);
  input.set(label, 4);
  input[4 + label.length] = 0;
  input.set(context, 4 + label.length + 1);
  input.writeUInt32BE(lengthBytes * 8, input.length - 4);
  const output = Buffer.alloc(blocks * prfBytes);
  for (let block = 1; block <= blocks; block++) {
    input.writeUInt32BE(block, 0);
    createHmac('sha256', key)
      .update(input)
      .digest()
      .copy(output, (block - 1) * prfBytes);
  }
  return output.subarray(0, lengthBytes);
}
