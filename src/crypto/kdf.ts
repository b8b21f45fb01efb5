/**
 * Key derivation in counter mode with HMAC-SHA-256 as the PRF: NIST SP 800-108r1, section 4.1, with a 32-bit counter
 * before the fixed input data Label || 0x00 || Context || [L]_32.
 */
import type { HmacKey } from '#base/hmac-key.ts';

const prfBytes = 32;
const counterBytes = 4;

/** What is derived from one key for one purpose: keys that differ in the context alone. */
export interface Purpose {
  readonly label: Uint8Array;
  readonly contextBytes: number;
  readonly lengthBytes: number;
}

export class KeyDerivation {
  readonly #key: HmacKey;
  readonly #lengthBytes: number;
  /** Counter and fixed input data; all but the counter and the context stays as it is. */
  readonly #input: Buffer;
  readonly #contextAt: number;

  /** `key` is the key-derivation key. */
  constructor(key: HmacKey, { label, contextBytes, lengthBytes }: Purpose) {
    this.#key = key;
    this.#lengthBytes = lengthBytes;
    this.#contextAt = counterBytes + label.length + 1;
    this.#input = Buffer.alloc(this.#contextAt + contextBytes + 4);
    this.#input.set(label, counterBytes);
    this.#input.writeUInt32BE(lengthBytes * 8, this.#input.length - 4);
  }

  /** The context begins at `from` of `bytes`. */
  derive(bytes: Uint8Array, from = 0): Buffer {
    const contextBytes = this.#input.length - this.#contextAt - 4;
    for (let at = 0; at < contextBytes; at++) this.#input[this.#contextAt + at] = bytes[from + at] ?? 0;
    if (this.#lengthBytes === prfBytes) return this.#block(1);
    const output = Buffer.alloc(Math.ceil(this.#lengthBytes / prfBytes) * prfBytes);
    for (let at = 0; at < output.length; at += prfBytes) output.set(this.#block(at / prfBytes + 1), at);
    return output.subarray(0, this.#lengthBytes);
  }

  #block(counter: number): Buffer {
    this.#input.writeUInt32BE(counter, 0);
    return this.#key.mac(this.#input);
  }
}
