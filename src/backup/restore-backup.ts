/**
 * Makes a store from a backup, and proves it before it is used: every key material must decrypt what it encrypted when
 * the backup was made. Until then nothing is in its place.
 */
import { createReadStream, createWriteStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { SecretBytes } from '#base/secret-bytes.ts';
import { parseJson } from '#base/strict-json.ts';
import { noContext } from '#crypto/envelope.ts';
import { openStream } from '#crypto/sealed-stream.ts';
import type { RootOfTrust } from '#custody/custody.ts';
import type { Vault } from '#custody/vault.ts';
import { materialPlace } from '#keys/snapshots.ts';
import { type CollectionName, type Collections, collectionNames, type Store } from '#storage/store.ts';
import { BackupError, type BackupLine, backupPurpose, type Probe, parseHeader } from './format.ts';
import { readHeaderLine } from './header.ts';
import { openMaterial } from './write-backup.ts';

const recordsPerTransaction = 1000;

/** Decrypts the backup's content into a file; only when the promise is fulfilled is it proven to be unaltered. */
export async function decryptBackup(file: string, root: RootOfTrust, target: string): Promise<void> {
  const headerLine = await readHeaderLine(file);
  const header = parseHeader(headerLine.toString('utf8'));
  using key = await root.unwrap(Buffer.from(header.wrappedKey, 'base64'), backupPurpose);
  if (key === undefined) {
    throw new BackupError(`The backup was made with another root of trust: ${root.description} does not open it.`);
  }
  const content = openStream(createReadStream(file, { start: headerLine.length }), key, headerLine);
  try {
    await pipeline(Readable.from(content), createWriteStream(target, { mode: 0o600 }));
  } catch (error) {
    throw new BackupError('The backup is damaged: it was altered or cut short.', { cause: error });
  }
}

/** Puts the records of decrypted content into an empty store; returns the probes that came with them. */
export async function loadRecords(content: string, store: Store): Promise<{ records: number; probes: Probe[] }> {
  const probes: Probe[] = [];
  let records = 0;
  let batch: Exclude<BackupLine, { readonly probe: Probe }>[] = [];
  const flush = async () => {
    const full = batch;
    batch = [];
    await store.write(async (transaction) => {
      for (const { collection, key, record } of full) {
        transaction.put(collection, key, record as Collections[CollectionName]); // authenticated: as it was written
      }
    });
    records += full.length;
  };
  for await (const line of createInterface({ input: createReadStream(content), crlfDelay: Number.POSITIVE_INFINITY })) {
    const value = parseJson(line) as BackupLine; // authenticated: as it was written
    if ('collection' in value && notRestored.has(value.collection)) continue;
    if ('probe' in value) {
      probes.push(value.probe);
      continue;
    }
    if (!collectionNames.includes(value.collection)) {
      throw new BackupError(`The backup has ${value.collection}, which this version of Keywright does not know.`);
    }
    if (batch.push(value) >= recordsPerTransaction) await flush();
  }
  await flush();
  return { records, probes };
}

/**
 * Keys may have been used after the backup was made: what is known of their use begins anew. And the audit trail is not in a backup.
 */
const notRestored: ReadonlySet<CollectionName> = new Set(['usageTracking', 'trail', 'serviceEvents']);

/** Decrypts with every key material of the store. Throws BackupError for the first that does not. */
export async function proveMaterials(vault: Vault, probes: readonly Probe[], onProgress: (done: number) => void) {
  for (const [index, { material: path, ciphertext }] of probes.entries()) {
    const record = await vault.store.get('materials', path);
    const name = path.slice(2).join(' ');
    if (record === undefined) throw new BackupError(`The key material ${name} is missing in the backup.`);
    using secret = vault.domainKeys.unwrap(record.wrapped, materialPlace(path, record));
    using plaintext = openMaterial(path, secret).decrypt(Buffer.from(ciphertext, 'base64'), noContext);
    using expected = new SecretBytes(Buffer.from(record.materialId));
    if (plaintext?.equals(expected) !== true) throw new BackupError(`The key material ${name} does not decrypt.`);
    onProgress(index + 1);
  }
}
