/** The root of trust: whatever wraps the domain keys, and so everything. Adapters live in the folders beside this file. */
import type { SecretBytes } from '#base/secret-bytes.ts';
import type { RootRecord } from '#storage/store.ts';

export interface RootOfTrust {
  /** What a store keeps to find this root again. */
  readonly record: RootRecord;
  /** Where the root comes from, for messages to the operator: "the key file /…/root.key". */
  readonly description: string;
  /** Wraps a secret of up to 64 bytes for one purpose. May fail while the root is out of reach. */
  wrap(secret: SecretBytes, purpose: readonly string[]): Promise<Uint8Array>;
  /** Undefined where this root did not wrap these bytes for this purpose; throws while the root is out of reach. */
  unwrap(wrapped: Uint8Array, purpose: readonly string[]): Promise<SecretBytes | undefined>;
}

/** The root of trust or what it guards cannot be opened; the text says what to do, and nothing has been changed. */
export class CustodyError extends Error {
  override readonly name = 'CustodyError';
}
