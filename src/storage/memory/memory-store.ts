/** A store that forgets: for tests, and the reference that the durable adapters are held against. */
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
} from '#storage/store.ts';

type Tables = ReadonlyMap<CollectionName, Map<string, string>>;

export class MemoryStore implements Store {
  #tables: Tables = new Map(collectionNames.map((name) => [name, new Map()]));
  readonly #serial = new Serial();
  #isOpen = true;

  async get<C extends CollectionName>(collection: C, key: RecordKey): Promise<Collections[C] | undefined> {
    return read(this.#tables, collection, key);
  }

  async list<C extends CollectionName>(collection: C, range: Range): Promise<readonly Entry<C>[]> {
    return scan(this.#tables, collection, range);
  }

  write<T>(work: (transaction: Transaction) => Promise<T>): Promise<T> {
    return this.#serial.run(async () => {
      if (!this.#isOpen) throw new StoreError('The store is closed.');
      const draft: Tables = new Map([...this.#tables].map(([name, table]) => [name, new Map(table)]));
      const result = await work({
        get: async (collection, key) => read(draft, collection, key),
        list: async (collection, range) => scan(draft, collection, range),
        put: (collection, key, record) => draft.get(collection)?.set(encodeRecordKey(key), JSON.stringify(record)),
        delete: (collection, key) => draft.get(collection)?.delete(encodeRecordKey(key)),
      });
      this.#tables = draft;
      return result;
    });
  }

  async *snapshot() {
    const tables = this.#tables;
    for (const collection of collectionNames) {
      for (const entry of scan(tables, collection, { within: [], limit: Number.MAX_SAFE_INTEGER })) {
        yield { collection, ...entry };
      }
    }
  }

  close(): Promise<void> {
    return this.#serial.run(async () => {
      this.#isOpen = false;
    });
  }
}

function read<C extends CollectionName>(tables: Tables, collection: C, key: RecordKey): Collections[C] | undefined {
  const text = tables.get(collection)?.get(encodeRecordKey(key));
  return text === undefined ? undefined : JSON.parse(text);
}

function scan<C extends CollectionName>(tables: Tables, collection: C, range: Range): Entry<C>[] {
  const { after, last } = rangeBounds(range);
  return [...(tables.get(collection) ?? [])]
    .filter(([key]) => key > after && key <= last)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, range.limit)
    .map(([key, text]) => ({ key: decodeRecordKey(key), record: JSON.parse(text) }));
}
