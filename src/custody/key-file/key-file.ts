/** A root of trust in a file of 256 random bits: the default. Who can read the file can open the store. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { parseBase64, toBase64 } from '#base/bytes.ts';
import { writeDurably } from '#base/durable-file.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { randomBytes } from '#crypto/random.ts';
import { WrappingKey } from '#crypto/wrap.ts';
import { CustodyError, type RootOfTrust } from '#custody/custody.ts';

const firstLine = 'keywright root key 1';

/** Reads the root key. Throws CustodyError where the file is missing, open to others, or not a root key. */
export function openKeyFile(path: string): RootOfTrust {
  if (!existsSync(path)) {
    throw new CustodyError(
      `The root key file ${path} is missing. Nothing can be opened without it: put it back, or name it with --root-key-file.`,
    );
  }
  if ((statSync(path).mode & 0o077) !== 0) {
    throw new CustodyError(`The root key file ${path} is open to other users. Close it with "chmod 600 ${path}".`);
  }
  const [title, encoded = ''] = readFileSync(path, 'utf8').split('\n');
  const bytes = title === firstLine ? parseBase64(encoded) : undefined;
  if (bytes?.length !== 32) throw new CustodyError(`${path} is not a Keywright root key file.`);
  using secret = new SecretBytes(bytes);
  const key = new WrappingKey(secret);
  return {
    record: { kind: 'key-file', parameters: {} },
    description: `the root key file ${path}`,
    wrap: async (inner, purpose) => key.wrap(inner, purpose),
    unwrap: async (wrapped, purpose) => key.unwrap(wrapped, purpose),
  };
}

/** Writes a new root key where there is none; a file that is there is left as it is. */
export function createKeyFile(path: string): void {
  if (existsSync(path)) return;
  using secret = new SecretBytes(randomBytes(32));
  writeDurably(path, `${firstLine}\n${toBase64(secret.reveal())}\n`);
}
