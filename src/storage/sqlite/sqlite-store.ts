/**
 * The default store: one SQLite file, in WAL mode with full synchronisation, so that a commit is on the medium before
 * it is acknowledged (SQLite, PRAGMA synchronous). One connection writes; another reads, and so never sees what is not
 * committed yet. Every row carries a CRC-32, because SQLite itself does not notice a flipped bit inside a value.
 */
import { join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { WrittenElsewhere } from '#base/written-elsewhere.ts';
import { Serial } from '#storage/serial.ts';
import {
  type CollectionName,
  type Collections,
  collectionNames,
  decodeRecordKey,
  type Entry,
  encodeRecordKey,
  type Range,
  type RecordKey,
  rangeBounds,
  type Store,
  StoreError,
  type Transaction,
  type WriteOptions,
} from '#storage/store.ts';
import type { StoreCheck } from '#storage/store-check.ts';
import { BackgroundCheck } from './background-check.ts';
import { databaseFile, inspectDatabase, wholeBytes } from './inspect.ts';
import { migrate } from './migrations.ts';
import { type Row, rowChecksum, verifiedRecord } from './row.ts';

/**
 * Opens the store in a directory that exists, and makes it on first use. Throws StoreError, with the data untouched,
 * where the file is damaged, not ours, or written by a newer version.
 */
export function openSqliteStore(directory: string): SqliteStore {
  const path = join(directory, databaseFile);
  const { isWhole } = inspectDatabase(path, wholeBytes);
  const writer = new DatabaseSync(path);
  try {
    writer.exec('PRAGMA synchronous = FULL; PRAGMA secure_delete = ON');
    const mode = writer.prepare('PRAGMA journal_mode = WAL').get()?.['journal_mode'];
    if (mode !== 'wal') throw new StoreError(`${path} cannot have a write-ahead log; its journal mode is ${mode}.`);
    migrate(writer);
    const reader = new DatabaseSync(path, { readOnly: true });
    return new SqliteStore({ path, writer, reader, check: new BackgroundCheck(path, isWhole) });
  } catch (error) {
    writer.close();
    throw storeError('The store cannot be opened', error);
  }
}

/** Opens the store that another process of this server holds: it can be read, and `write` rejects with WrittenElsewhere. */
export function openSqliteReader(directory: string): Store {
  return new SqliteReader(new DatabaseSync(join(directory, databaseFile), { readOnly: true }));
}

class SqliteReader implements Store {
  readonly #reader: DatabaseSync;
  readonly #reads: Prepared;
  #isOpen = true;

  constructor(reader: DatabaseSync) {
    this.#reader = reader;
    this.#reads = prepareAll(reader);
  }

  async get<C extends CollectionName>(collection: C, key: RecordKey): Promise<Collections[C] | undefined> {
    return read(this.#reads, collection, key);
  }

  async list<C extends CollectionName>(collection: C, range: Range): Promise<readonly Entry<C>[]> {
    return scan(this.#reads, collection, range);
  }

  write(): Promise<never> {
    return Promise.reject(new WrittenElsewhere());
  }

  // biome-ignore lint/correctness/useYield: backups are made where the store is written.
  async *snapshot(): AsyncGenerator<never> {
    throw new WrittenElsewhere();
  }

  async close(): Promise<void> {
    if (this.#isOpen) this.#reader.close();
    this.#isOpen = false;
  }
}

interface Opened {
  readonly path: string;
  readonly writer: DatabaseSync;
  readonly reader: DatabaseSync;
  readonly check: StoreCheck;
}

class SqliteStore implements Store {
  /** Of what the start has not checked. */
  readonly check: StoreCheck;
  readonly #path: string;
  readonly #writer: DatabaseSync;
  readonly #writes: ReadonlyMap<CollectionName, Statements>;
  readonly #reader: DatabaseSync;
  readonly #reads: ReadonlyMap<CollectionName, Statements>;
  readonly #serial = new Serial();
  /** Due from the start, for what a process before this one deleted and did not come to scrub. */
  #isScrubDue = true;
  #isOpen = true;

  constructor({ path, writer, reader, check }: Opened) {
    this.check = check;
    this.#path = path;
    this.#writer = writer;
    this.#writes = prepareAll(writer);
    this.#reader = reader;
    this.#reads = prepareAll(reader);
    this.#scrub();
  }

  async get<C extends CollectionName>(collection: C, key: RecordKey): Promise<Collections[C] | undefined> {
    return read(this.#reads, collection, key);
  }

  async list<C extends CollectionName>(collection: C, range: Range): Promise<readonly Entry<C>[]> {
    return scan(this.#reads, collection, range);
  }

  write<T>(work: (transaction: Transaction) => Promise<T>, options: WriteOptions = {}): Promise<T> {
    return this.#serial.run(async () => {
      const result = await this.#transaction(work);
      if (options.scrub) this.#isScrubDue = true;
      if (this.#isScrubDue) this.#scrub();
      return result;
    });
  }

  async #transaction<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    if (!this.#isOpen) throw new StoreError('The store is closed.');
    this.#writer.exec('BEGIN IMMEDIATE');
    try {
      const result = await work({
        get: async (collection, key) => read(this.#writes, collection, key),
        list: async (collection, range) => scan(this.#writes, collection, range),
        put: (collection, key, record) => put(this.#writes, collection, { key, record }),
        delete: (collection, key) => statements(this.#writes, collection).delete.run(encodeRecordKey(key)),
      });
      this.#writer.exec('COMMIT');
      return result;
    } catch (error) {
      this.#rollBack();
      throw isSqliteError(error) ? storeError('The store cannot be written', error) : error;
    }
  }

  #rollBack(): void {
    try {
      // SQLite rolls back by itself after some errors, a full disk among them.
      if (this.#writer.isTransaction) this.#writer.exec('ROLLBACK');
    } catch {
      // What went wrong before is what the caller is told; the next BEGIN will say if the connection is beyond use.
    }
  }

  /**
   * Moves the log into the file, where secure_delete has zeroed deleted rows, and empties the log. What was written is
   * committed already, so a failure must not reach the one who wrote it; the next write tries again.
   */
  #scrub(): void {
    try {
      const [outcome] = this.#writer.prepare('PRAGMA wal_checkpoint(TRUNCATE)').all();
      this.#isScrubDue = outcome?.['busy'] !== 0; // a reader of an older moment may hold the log
    } catch {
      this.#isScrubDue = true;
    }
  }

  async *snapshot() {
    const connection = new DatabaseSync(this.#path, { readOnly: true });
    try {
      connection.exec('BEGIN');
      for (const collection of collectionNames) {
        const rows = connection.prepare(`SELECT key, record, checksum FROM "${collection}" ORDER BY key`).iterate();
        for (const row of rows) {
          const { key, record } = toEntry(collection, row as unknown as Row);
          yield { collection, key, record };
        }
      }
    } finally {
      connection.close();
    }
  }

  async close(): Promise<void> {
    await this.#serial.run(async () => {
      if (!this.#isOpen) return;
      this.#isOpen = false;
      await this.check.stop();
      this.#reader.close();
      this.#writer.close();
    });
  }
}

export type { SqliteStore };

interface Statements {
  readonly get: StatementSync;
  readonly list: StatementSync;
  readonly put: StatementSync;
  readonly delete: StatementSync;
}

function prepareAll(database: DatabaseSync): ReadonlyMap<CollectionName, Statements> {
  const prepared = collectionNames.map((name): [CollectionName, Statements] => [
    name,
    {
      get: database.prepare(`SELECT key, record, checksum FROM "${name}" WHERE key = ?`),
      list: database.prepare(
        `SELECT key, record, checksum FROM "${name}" WHERE key > ? AND key <= ? ORDER BY key LIMIT ?`,
      ),
      put: database.prepare(`INSERT OR REPLACE INTO "${name}" (key, record, checksum) VALUES (?, ?, ?)`),
      delete: database.prepare(`DELETE FROM "${name}" WHERE key = ?`),
    },
  ]);
  return new Map(prepared);
}

type Prepared = ReadonlyMap<CollectionName, Statements>;

function statements(prepared: Prepared, collection: CollectionName): Statements {
  const found = prepared.get(collection);
  if (found === undefined) throw new StoreError(`There is no collection ${collection}.`);
  return found;
}

function read<C extends CollectionName>(prepared: Prepared, collection: C, key: RecordKey) {
  const row = statements(prepared, collection).get.get(encodeRecordKey(key));
  return row === undefined ? undefined : toEntry(collection, row as unknown as Row).record;
}

function scan<C extends CollectionName>(prepared: Prepared, collection: C, range: Range): Entry<C>[] {
  const { after, last } = rangeBounds(range);
  const rows = statements(prepared, collection).list.all(after, last, range.limit);
  return rows.map((row) => toEntry(collection, row as unknown as Row));
}

function put<C extends CollectionName>(prepared: Prepared, collection: C, entry: Entry<C>): void {
  const key = encodeRecordKey(entry.key);
  const record = JSON.stringify(entry.record);
  statements(prepared, collection).put.run(key, record, rowChecksum(collection, key, record));
}

function toEntry<C extends CollectionName>(collection: C, row: Row): Entry<C> {
  return { key: decodeRecordKey(row.key), record: verifiedRecord(collection, row) };
}

function isSqliteError(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR';
}

function storeError(what: string, cause: unknown): StoreError {
  if (cause instanceof StoreError) return cause;
  return new StoreError(`${what}: ${cause instanceof Error ? cause.message : 'unknown error'}.`, { cause });
}
