/**
 * Bytes that must not be seen: key material, plaintexts, secret access keys.
 * Printing, serialising and comparing are safe by construction; reading takes a call to `reveal`, whose callers a test
 * lists. Wiping is best effort: a garbage-collected runtime may have moved or copied the bytes before (SECURITY.md).
 */
import { timingSafeEqual } from 'node:crypto';
import { inspect } from 'node:util';

export class SecretBytes implements Disposable {
  readonly #bytes: Uint8Array;

  /** Takes the bytes over: the caller must not keep or change them afterwards. */
  constructor(bytes: Uint8Array) {
    // As its type says: `slice` of a Buffer is no copy, and what it gives would be wiped with this.
    this.#bytes = Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.length) : bytes;
  }

  get length(): number {
    return this.#bytes.length;
  }

  /** The bytes themselves, not a copy: valid until this secret is disposed of. */
  reveal(): Uint8Array {
    return this.#bytes;
  }

  /** Compares in time that depends on the lengths alone. */
  equals(other: SecretBytes): boolean {
    return this.#bytes.length === other.#bytes.length && timingSafeEqual(this.#bytes, other.#bytes);
  }

  /** Overwrites the bytes with zeros. May be called more than once. */
  [Symbol.dispose](): void {
    this.#bytes.fill(0);
  }

  toString(): string {
    return `[${this.#bytes.length} secret bytes]`;
  }

  toJSON(): string {
    return this.toString();
  }

  [inspect.custom](): string {
    return this.toString();
  }
}
