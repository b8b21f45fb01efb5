/** One way to sign and verify: what an algorithm does with one message type. */
import type { KeyObject } from 'node:crypto';

export interface Method {
  /** The exact length of what it takes, where it is fixed: a digest's, or μ's. */
  readonly bytes?: number;
  sign(message: Uint8Array, privateKey: KeyObject): Buffer | Promise<Buffer>;
  /** False for whatever is not a signature of the message, however malformed. */
  verify(message: Uint8Array, publicKey: KeyObject, signature: Uint8Array): boolean | Promise<boolean>;
}
