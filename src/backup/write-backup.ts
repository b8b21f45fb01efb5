/** Writes the whole store, as it is at one moment, into one encrypted file. The service goes on meanwhile. */

import { createWriteStream, existsSync, rmSync } from 'node:fs';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { toBase64, utf8 } from '#base/bytes.ts';
import { renameDurably } from '#base/durable-file.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { EnvelopeKey, noContext } from '#crypto/envelope.ts';
import { randomBytes, randomUUID } from '#crypto/random.ts';
import { sealStream } from '#crypto/sealed-stream.ts';
import type { Vault } from '#custody/vault.ts';
import { materialPlace } from '#keys/snapshots.ts';
import { parseAccountId, parseKeyId } from '#model/arn.ts';
import type { CollectionName, MaterialRecord, RecordKey } from '#storage/store.ts';
import { BackupError, type BackupHeader, type BackupLine, backupPurpose, type Probe } from './format.ts';
import { readBackupHeader } from './header.ts';

export interface BackupReport {
  readonly file: string;
  readonly records: number;
  /** Key materials, each with a ciphertext that proves at restore that it is there and works. */
  readonly materials: number;
}

/**
 * An older backup of that name is replaced, once the new one is complete and durable. Throws BackupError for a place where
 * something else is. Rotations of the domain key wait: the records of the snapshot need the domain keys of its moment.
 */
export function writeBackup(vault: Vault, file: string): Promise<BackupReport> {
  return vault.domainKeys.withoutRotation(() => write(vault, file));
}

async function write(vault: Vault, file: string): Promise<BackupReport> {
  await requireReplaceable(file);
  using key = new SecretBytes(randomBytes(32));
  const header: BackupHeader = {
    format: 'keywright-backup',
    version: 1,
    createdAt: new Date(vault.clock.now()).toISOString(),
    root: vault.root.record,
    wrappedKey: toBase64(await vault.root.wrap(key, backupPurpose)),
  };
  const headerLine = utf8(`${JSON.stringify(header)}\n`);
  const counts = { records: 0, materials: 0 };
  const draft = `${file}.${randomUUID()}.new`;
  try {
    const sealed = sealStream(lines(vault, counts), key, headerLine);
    await pipeline(
      Readable.from(prepended(headerLine, sealed)),
      createWriteStream(draft, { flags: 'wx', mode: 0o600, flush: true }),
    );
    renameDurably(draft, file);
  } catch (error) {
    rmSync(draft, { force: true });
    throw error;
  }
  return { file, ...counts };
}

async function requireReplaceable(file: string): Promise<void> {
  if (!existsSync(file)) return;
  try {
    await readBackupHeader(file);
  } catch (error) {
    throw new BackupError(`${file} is there and is not a backup. Choose another name.`, { cause: error });
  }
}

async function* prepended(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  yield first;
  yield* rest;
}

/** The audit trail is not in a backup, and so neither is what belongs to it. */
const ofTheTrail: ReadonlySet<CollectionName> = new Set(['trail', 'serviceEvents']);

async function* lines(vault: Vault, counts: { records: number; materials: number }): AsyncGenerator<Uint8Array> {
  const probes: Probe[] = [];
  for await (const { collection, key, record } of vault.store.snapshot()) {
    if (ofTheTrail.has(collection)) continue;
    counts.records++;
    if (collection === 'materials') probes.push(makeProbe(vault, key, record as MaterialRecord)); // as its name says
    yield encodeLine({ collection, key, record });
  }
  counts.materials = probes.length;
  for (const probe of probes) yield encodeLine({ probe });
}

function makeProbe(vault: Vault, path: RecordKey, record: MaterialRecord): Probe {
  using secret = vault.domainKeys.unwrap(record.wrapped, materialPlace(path, record));
  const envelopeKey = openMaterial(path, secret);
  using plaintext = new SecretBytes(utf8(record.materialId));
  return { material: path, ciphertext: toBase64(envelopeKey.encrypt(plaintext, noContext)) };
}

/** The material that lies at a path of the collection `materials`. */
export function openMaterial([account = '', , id = '', materialId = '']: RecordKey, secret: SecretBytes): EnvelopeKey {
  const accountId = parseAccountId(account);
  const keyId = parseKeyId(id);
  if (accountId === undefined || keyId === undefined) throw new Error('A key material has no proper name.');
  return new EnvelopeKey({ accountId, keyId, materialId }, secret);
}

function encodeLine(line: BackupLine): Uint8Array {
  return utf8(`${JSON.stringify(line)}\n`);
}
