/** A row as it lies in the file, and the check that it is the row that was written. */
import { crc32 } from 'node:zlib';
import { type CollectionName, type Collections, StoreError } from '#storage/store.ts';

export interface Row {
  readonly key: string;
  /** JSON. */
  readonly record: string;
  readonly checksum: number;
}

/** Finds accidents of the medium; it is no defence against somebody who writes to the file on purpose. */
export function rowChecksum(collection: CollectionName, key: string, record: string): number {
  return crc32(`${collection}\n${key}\n${record}`);
}

/** Throws StoreError unless the row is as it was written. */
export function verifyRow(collection: CollectionName, { key, record, checksum }: Row): void {
  if (rowChecksum(collection, key, record) === checksum) return;
  throw new StoreError(`The database is damaged: a record in ${collection} is not as it was written.`);
}

export function verifiedRecord<C extends CollectionName>(collection: C, row: Row): Collections[C] {
  verifyRow(collection, row);
  return JSON.parse(row.record);
}
