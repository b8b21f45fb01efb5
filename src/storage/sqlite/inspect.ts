/**
 * Looks at an existing database before anything may change it: is it ours, not newer than we are, and undamaged? How much of a
 * large one is looked at is in integrity.ts.
 * The header's fields are at the offsets of "The SQLite Database File Format", section 1.3.
 */
import { closeSync, existsSync, openSync, readSync, statSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { StoreError } from '#storage/store.ts';
import { checkVital, checkWhole, DamagedStructure } from './integrity.ts';
import { applicationId, schemaVersion } from './migrations.ts';

export const databaseFile = 'keywright.db';

/** Checking this much takes about a third of a second: some thousand keys with their grants. */
export const wholeBytes = 32 * 2 ** 20;

/**
 * Throws StoreError where the file must not be used. A missing or empty file is a new store. Returns whether all of it has been
 * checked: a file of more than `mostBytes` is not.
 */
export function inspectDatabase(path: string, mostBytes = Number.POSITIVE_INFINITY): { readonly isWhole: boolean } {
  const header = readHeader(path);
  if (header.length === 0) return { isWhole: true };
  if (header.length < 100 || header.toString('latin1', 0, 16) !== 'SQLite format 3\0')
    throw damaged(path, 'its header');
  refuseForeign(path, header.readInt32BE(68));
  refuseNewer(path, header.readInt32BE(60));
  let database: DatabaseSync | undefined;
  try {
    rollBackUnfinished(path);
    database = new DatabaseSync(path, { readOnly: true });
    // The header may be older than the write-ahead log, which only SQLite itself can read.
    refuseNewer(path, Number(database.prepare('PRAGMA user_version').get()?.['user_version']));
    const isWhole = sizeOf(path) + sizeOf(`${path}-wal`) <= mostBytes;
    if (isWhole) checkWhole(database);
    else checkVital(database);
    return { isWhole };
  } catch (error) {
    throw refusal(path, error);
  } finally {
    database?.close();
  }
}

/** A process killed while it made the database leaves a journal that only a writer can roll back. */
function rollBackUnfinished(path: string): void {
  if (!existsSync(`${path}-journal`)) return;
  const database = new DatabaseSync(path);
  try {
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
  } finally {
    database.close();
  }
}

function readHeader(path: string): Buffer {
  if (!existsSync(path)) return Buffer.alloc(0);
  const file = openSync(path, 'r');
  try {
    const header = Buffer.alloc(100);
    return header.subarray(0, readSync(file, header, 0, 100, 0));
  } finally {
    closeSync(file);
  }
}

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}

function refuseForeign(path: string, found: number): void {
  // Zero is what an interrupted first start leaves behind.
  if (found !== applicationId && found !== 0) {
    throw new StoreError(`${path} is a SQLite database of another program. Choose another data directory.`);
  }
}

function refuseNewer(path: string, found: number): void {
  if (found > schemaVersion) {
    throw new StoreError(
      `${path} has schema version ${found}, and this version of Keywright knows versions up to ${schemaVersion}. Nothing has been changed. Run the newer version that wrote it, or restore a backup into an empty data directory.`,
    );
  }
}

/** SQLite's result codes SQLITE_CORRUPT and SQLITE_NOTADB. */
const damageCodes = [11, 26];

function refusal(path: string, error: unknown): StoreError {
  if (error instanceof DamagedStructure) return damaged(path, 'its structure', error);
  if (error instanceof StoreError) return error;
  const { errcode, message } = error as { errcode?: number; message?: string }; // whatever it is, it may have these
  if (errcode !== undefined && damageCodes.includes(errcode & 0xff)) return damaged(path, 'its structure', error);
  return new StoreError(`${path} cannot be opened: ${message ?? 'unknown error'}.`, { cause: error });
}

function damaged(path: string, part: string, cause?: unknown): StoreError {
  return new StoreError(
    `${path} is damaged in ${part}. Nothing has been changed. Restore a backup into an empty data directory with "keywright restore".`,
    { cause },
  );
}
