/** A root of trust made from a passphrase with Argon2id (RFC 9106). Nothing on the disk opens the store by itself. */
import { argon2 } from 'node:crypto';
import { promisify } from 'node:util';
import { utf8 } from '#base/bytes.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { randomBytes } from '#crypto/random.ts';
import { WrappingKey } from '#crypto/wrap.ts';
import { CustodyError, type RootOfTrust } from '#custody/custody.ts';
import type { RootRecord } from '#storage/store.ts';

const deriveArgon2 = promisify(argon2);

/** RFC 9106 section 4, the second recommended option: for machines without gigabytes to spare. */
export function newPassphraseRecord(): RootRecord {
  const salt = randomBytes(16).toString('hex');
  return { kind: 'passphrase', parameters: { salt, passes: 3, memoryKib: 65_536, parallelism: 4 } };
}

/** Derives the root key; takes a noticeable part of a second, on purpose. */
export async function openPassphrase(passphrase: SecretBytes, record: RootRecord): Promise<RootOfTrust> {
  if (passphrase.length === 0) throw new CustodyError('The passphrase is empty.');
  const { salt, passes, memoryKib, parallelism } = record.parameters;
  const derived = await deriveArgon2('argon2id', {
    message: passphrase.reveal(),
    nonce: Buffer.from(String(salt), 'hex'),
    associatedData: utf8('keywright root key 1'),
    passes: Number(passes),
    memory: Number(memoryKib),
    parallelism: Number(parallelism),
    tagLength: 32,
  });
  using secret = new SecretBytes(derived);
  const key = new WrappingKey(secret);
  return {
    record,
    description: 'the passphrase',
    wrap: async (inner, purpose) => key.wrap(inner, purpose),
    unwrap: async (wrapped, purpose) => key.unwrap(wrapped, purpose),
  };
}
