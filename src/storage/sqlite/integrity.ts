/**
 * Whether a database is as it was written: its structure, as SQLite sees it (PRAGMA quick_check), and each row by its checksum. A
 * store of an ordinary size is checked as a whole at each start; of a large one, that is the part without which nothing can be
 * served, and the rest in steps.
 */
import type { DatabaseSync } from 'node:sqlite';
import { type CollectionName, collectionNames, StoreError } from '#storage/store.ts';
import { type Row, verifyRow } from './row.ts';

/** What a start reads, and what opens everything else. */
const vital: readonly CollectionName[] = [
  'root',
  'domainKeys',
  'serviceKeys',
  'accounts',
  'accessKeys',
  'guardrails',
  'keyCounts',
  'usageTracking',
  'trail',
];
/** So many rows are looked at on either side of every other collection. */
const sampled = 100;
const rowsAtOnce = 1000;

export class DamagedStructure extends StoreError {}

/** All of it. Throws StoreError, or SQLite's error for a database that it cannot read. */
export function checkWhole(database: DatabaseSync): void {
  requireSound(database, 'PRAGMA quick_check(1)');
  for (const collection of collectionsOf(database)) checkAll(database, collection);
}

/** What is vital, and a sample of the rest. Throws as checkWhole does. */
export function checkVital(database: DatabaseSync): void {
  for (const collection of collectionsOf(database)) {
    if (vital.includes(collection)) {
      requireSound(database, `PRAGMA quick_check("${collection}")`);
      checkAll(database, collection);
    } else {
      const rows = `SELECT key, record, checksum FROM "${collection}" ORDER BY key`;
      verify(collection, database.prepare(`${rows} LIMIT ${sampled}`).all());
      verify(collection, database.prepare(`${rows} DESC LIMIT ${sampled}`).all());
    }
  }
}

/** All of it in steps, each of which returns how many rows it has checked. Throws as checkWhole does. */
export function* checkInSteps(database: DatabaseSync): Generator<number> {
  for (const collection of collectionsOf(database)) {
    requireSound(database, `PRAGMA quick_check("${collection}")`);
    yield 0;
    const page = database.prepare(
      `SELECT key, record, checksum FROM "${collection}" WHERE key > ? ORDER BY key LIMIT ${rowsAtOnce}`,
    );
    let rows: readonly unknown[];
    let after = '';
    do {
      rows = page.all(after);
      verify(collection, rows);
      after = (rows.at(-1) as Row | undefined)?.key ?? '';
      yield rows.length;
    } while (rows.length === rowsAtOnce);
  }
}

function checkAll(database: DatabaseSync, collection: CollectionName): void {
  verify(collection, database.prepare(`SELECT key, record, checksum FROM "${collection}"`).iterate());
}

function verify(collection: CollectionName, rows: Iterable<unknown>): void {
  for (const row of rows) verifyRow(collection, row as Row);
}

function requireSound(database: DatabaseSync, check: string): void {
  const [found] = database.prepare(check).all();
  if (found?.['quick_check'] !== 'ok') throw new DamagedStructure('The database is damaged in its structure.');
}

/** Those that are there: migrations add the others to what an older version wrote. */
function collectionsOf(database: DatabaseSync): readonly CollectionName[] {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const present = new Set(tables.map((row) => row['name']));
  return collectionNames.filter((name) => present.has(name));
}
