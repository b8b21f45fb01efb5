/**
 * Key derivation in counter mode with HMAC-SHA-256 as the PRF: NIST SP 800-108r1, section 4.1, with a 32-bit counter
 * before the fixed input data Label || 0x00 || Context || [L]_32.
 */
import type { HmacKey } from '#base/hmac-key.ts';

const prfBytes = 32;

export interface FixedInput {
  readonly label: Uint8Array;
  readonly context: Uint8Array;
}

/** Derives `lengthBytes` bytes from a key-derivation key. */
export function deriveKey(key: HmacKey, { label, context }: FixedInput, lengthBytes: number): Buffer {
  const input = Buffer.allocUnsafe(4 + label.length + 1 + context.length + 4);
  input.set(label, 4);
  input[4 + label.length] = 0;
  input.set(context, 4 + label.length + 1);
  input.writeUInt32BE(lengthBytes * 8, input.length - 4);
  const block = (counter: number) => {
    input.writeUInt32BE(counter, 0);
    return key.mac(input);
  };
  if (lengthBytes === prfBytes) return block(1);
  const output = Buffer.alloc(Math.ceil(lengthBytes / prfBytes) * prfBytes);
  for (let counter = 1; (counter - 1) * prfBytes < lengthBytes; counter++) {
    output.set(block(counter), (counter - 1) * prfBytes);
  }
  return output.subarray(0, lengthBytes);
}
