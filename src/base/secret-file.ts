/** A secret that a file holds: a passphrase, say. */
import { readFileSync } from 'node:fs';
import { SecretBytes } from './secret-bytes.ts';

/** One line break at the end is the editor's, not the secret's. Who may read the file is the platform's to say. */
export function readSecretFile(path: string): SecretBytes {
  const bytes = readFileSync(path);
  const end = bytes.at(-1) === 0x0a ? (bytes.at(-2) === 0x0d ? -2 : -1) : bytes.length;
  return new SecretBytes(bytes.subarray(0, end));
}
