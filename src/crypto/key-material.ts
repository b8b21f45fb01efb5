/**
 * Key material of any spec: made, brought in, and made ready for use. Its stored form is raw bytes for symmetric keys, and
 * DER PKCS#8 (RFC 5208) for private keys, in the one encoding that a key has.
 */
import { createPublicKey } from 'node:crypto';
import { SecretBytes } from '#base/secret-bytes.ts';
import { EnvelopeKey, type MaterialName } from './envelope.ts';
import { generateKeyPair } from './generate-key-pair.ts';
import { MacKey } from './mac.ts';
import { readImportedPrivateKey } from './pkcs8.ts';
import { PrivateKey, readPrivateKey } from './private-key.ts';
import { randomBytes } from './random.ts';
import { keySpecs, specRow } from './specs.ts';

export type KeyMaterial = EnvelopeKey | MacKey | PrivateKey;

const mostHmacBytes = 128; // AWS KMS Developer Guide, Importing key material: 1024 bits

/** New material in its stored form. */
export async function generateMaterial(spec: string): Promise<SecretBytes> {
  const row = specRow(spec);
  if (row.form !== 'private-key') return new SecretBytes(randomBytes(row.parameters.bytes));
  return (await generateKeyPair(spec)).privateKey;
}

/** Stored material, ready for use. The secret may be disposed of afterwards. */
export function openMaterial(spec: string, name: MaterialName, secret: SecretBytes): KeyMaterial {
  const { form } = specRow(spec);
  switch (form) {
    case 'envelope':
      return new EnvelopeKey(name, secret);
    case 'mac':
      return new MacKey(name, spec, secret);
    case 'private-key':
      return new PrivateKey(name, spec, secret);
  }
}

/** The DER SubjectPublicKeyInfo that belongs to stored material; undefined where there is no public half. */
export function publicKeyOf(spec: string, secret: SecretBytes): Buffer | undefined {
  if (specRow(spec).form !== 'private-key') return undefined;
  return createPublicKey(readPrivateKey(secret)).export({ format: 'der', type: 'spki' });
}

/** The stored form of material that was brought in, a new secret; undefined where it is not material of that spec. */
export function readImported(spec: string, bytes: SecretBytes): SecretBytes | undefined {
  const row = keySpecs.get(spec);
  if (row?.canBeImported !== true) return undefined;
  if (row.form === 'private-key') return readImportedPrivateKey(row.parameters, bytes);
  const { bytes: least } = row.parameters;
  const most = row.form === 'mac' ? mostHmacBytes : least;
  return bytes.length >= least && bytes.length <= most ? new SecretBytes(Uint8Array.from(bytes.reveal())) : undefined;
}
