/**
 * Ed25519ph (RFC 8032 section 5.1), the prehashed variant, which Node does not offer. The message given is hashed here:
 * where AWS is given a digest it hashes that once more. Runs in worker threads.
 */
import type { KeyObject } from 'node:crypto';
import { ed25519ph } from '@noble/curves/ed25519.js';
import { SecretBytes } from '#base/secret-bytes.ts';

const signatureBytes = 64;

export function signEd25519ph({ key, message }: { readonly key: KeyObject; readonly message: Uint8Array }): Uint8Array {
  using seed = new SecretBytes(key.export({ format: 'raw-private' }));
  return ed25519ph.sign(message, seed.reveal());
}

export function verifyEd25519ph(input: {
  readonly key: KeyObject;
  readonly message: Uint8Array;
  readonly signature: Uint8Array;
}): boolean {
  if (input.signature.length !== signatureBytes) return false;
  // Without ZIP 215: points have one encoding only (RFC 8032 section 5.1.3).
  return ed25519ph.verify(input.signature, input.message, input.key.export({ format: 'raw-public' }), {
    zip215: false,
  });
}
