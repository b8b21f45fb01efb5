/** What takes long of an import, as a job of the worker threads (offload/jobs.ts): proving that a private key is one. */
import { SecretBytes } from '#base/secret-bytes.ts';
import { readImported } from './key-material.ts';

/** The stored form, alone in its buffer; undefined for what is not material of that spec. The bytes are wiped. */
export function readImportedKey(input: { readonly spec: string; readonly bytes: Uint8Array }): Uint8Array | undefined {
  using bytes = new SecretBytes(input.bytes);
  using stored = readImported(input.spec, bytes);
  return stored && Uint8Array.from(stored.reveal());
}
