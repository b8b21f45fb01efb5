/** Signatures over whole messages, as OpenSSL makes them. Runs in worker threads as well as on the event loop. */
import { type KeyObject, type SigningOptions, sign, verify } from 'node:crypto';

/** Of RSA: the padding, and the length of the salt in bytes. */
export type Padding = Pick<SigningOptions, 'padding' | 'saltLength'>;

/** `hash` is Node's name of it, or null where the scheme has its own. */
export interface WholeMessage extends Padding {
  readonly key: KeyObject;
  readonly message: Uint8Array;
  readonly hash: string | null;
}

export function signWhole({ message, hash, ...key }: WholeMessage): Buffer {
  return sign(hash, message, key);
}

export function verifyWhole({
  message,
  hash,
  signature,
  ...key
}: WholeMessage & { readonly signature: Uint8Array }): boolean {
  return verify(hash, message, key, signature);
}
