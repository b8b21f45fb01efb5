/**
 * A backup file: one line of JSON in clear, then everything else sealed (crypto/sealed-stream.ts) under a key that the
 * root of trust wraps. Inside, one JSON value a line: the store's records, then one probe for each key material, a
 * ciphertext that the restored store must be able to open. The root of trust itself is never in a backup.
 */
import { parseJson } from '#base/strict-json.ts';
import type { CollectionName, RecordKey, RootRecord } from '#storage/store.ts';

export interface BackupHeader {
  readonly format: 'keywright-backup';
  readonly version: 1;
  readonly createdAt: string;
  /** Which root of trust opens it. */
  readonly root: RootRecord;
  /** Base64: the file's key, wrapped by the root of trust for `backupPurpose`. */
  readonly wrappedKey: string;
}

export type BackupLine =
  | { readonly collection: CollectionName; readonly key: RecordKey; readonly record: unknown }
  | { readonly probe: Probe };

/** A ciphertext of the material's own id, without a context. */
export interface Probe {
  /** [account id, region, key id, material id] */
  readonly material: RecordKey;
  /** Base64. */
  readonly ciphertext: string;
}

export const backupPurpose = ['backup'];

/** The file is not a backup that this version reads, or does not open; nothing has been changed. */
export class BackupError extends Error {
  override readonly name = 'BackupError';
}

/** Throws BackupError. */
export function parseHeader(line: string): BackupHeader {
  const header = tryParse(line) as Partial<BackupHeader> | undefined; // each member is checked before it is used
  if (header?.format !== 'keywright-backup') throw new BackupError('The file is not a Keywright backup.');
  if (header.version !== 1) throw new BackupError('The backup was made by a newer version of Keywright.');
  const isKnownRoot = header.root?.kind === 'key-file' || header.root?.kind === 'passphrase';
  if (typeof header.wrappedKey !== 'string' || !isKnownRoot || typeof header.root?.parameters !== 'object') {
    throw new BackupError('The header of the backup is damaged.');
  }
  return header as BackupHeader;
}

function tryParse(line: string): unknown {
  try {
    return parseJson(line);
  } catch {
    return undefined; // not JSON: not a backup
  }
}
