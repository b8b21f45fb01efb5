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

export function verifiedRecord<C extends CollectionName>(collection: C, row: Row): Collections[C] {
  if (rowChecksum(collection, row.key, row.record) !== row.checksum) {
    throw new StoreError(`The database is damaged: a record in ${collection} is not as it was written.`);
  }
  return JSON.parse(row.record);
}
