/** Puts a finished database file into its place, for a restore. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { renameDurably } from '#base/durable-file.ts';
import { StoreError } from '#storage/store.ts';
import { databaseFile, inspectDatabase } from './inspect.ts';

/** Throws StoreError where a directory has a store, or what is left of one: SQLite would mix it with the new one. */
export function requireNoStore(directory: string): void {
  const found = ['', '-wal', '-shm', '-journal']
    .map((end) => databaseFile + end)
    .find((file) => existsSync(join(directory, file)));
  if (found === undefined) return;
  throw new StoreError(
    `${directory} has a store already, or what is left of one (${found}). Restore into a directory without one.`,
  );
}

/** Moves the database of a closed store. Throws StoreError, with nothing moved, unless it is whole and by itself. */
export function placeDatabase(from: string, to: string): void {
  const staged = join(from, databaseFile);
  if (existsSync(`${staged}-wal`)) {
    throw new StoreError('The restored database could not be completed. Is the disk full?');
  }
  inspectDatabase(staged);
  renameDurably(staged, join(to, databaseFile));
}
