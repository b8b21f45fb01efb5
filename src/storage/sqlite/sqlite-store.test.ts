import assert from 'node:assert/strict';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { StoreError } from '#storage/store.ts';
import { storeContract } from '#test/harness/store-contract.ts';
import { findHolder, lockDirectory } from './directory-lock.ts';
import { databaseFile } from './inspect.ts';
import { schemaVersion } from './migrations.ts';
import { openSqliteStore } from './sqlite-store.ts';

function temporaryDirectory(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

storeContract('the SQLite store', async () => {
  const directory = temporaryDirectory();
  const store = openSqliteStore(directory.path);
  return {
    store,
    async [Symbol.asyncDispose]() {
      await store.close();
      directory[Symbol.dispose]();
    },
  };
});

/** A closed store with one account in it, and the bytes of its file. */
async function smallStore(directory: string): Promise<{ readonly path: string; readonly bytes: Buffer }> {
  const store = openSqliteStore(directory);
  await store.write(async (tx) => tx.put('accounts', ['111122223333'], { accountId: '111122223333', createdAtMs: 1 }));
  await store.close();
  const path = join(directory, databaseFile);
  return { path, bytes: readFileSync(path) };
}

test('what was written is there after the store is opened again', async () => {
  using directory = temporaryDirectory();
  await smallStore(directory.path);
  const store = openSqliteStore(directory.path);
  assert.equal((await store.get('accounts', ['111122223333']))?.createdAtMs, 1);
  await store.close();
});

test('a damaged, foreign or newer file is refused and left as it is', async () => {
  const rowByte = (bytes: Buffer) => bytes.indexOf('"createdAtMs":1') + '"createdAtMs":'.length;
  const damages: Record<string, (bytes: Buffer) => Buffer> = {
    'a flipped bit in a record': (bytes) => flip(bytes, rowByte(bytes)),
    'an overwritten header': (bytes) => flip(bytes, 3),
    'a damaged page': (bytes) => flip(bytes, 4096 + 1),
    'a file cut short': (bytes) => bytes.subarray(0, bytes.length - 5000),
    'a file of a few bytes': () => Buffer.from('hello'),
    'a newer schema': (bytes) => withNumber(bytes, 60, schemaVersion + 1),
    'a database of another program': (bytes) => withNumber(bytes, 68, 12345),
  };
  for (const [damage, apply] of Object.entries(damages)) {
    using directory = temporaryDirectory();
    const { path, bytes } = await smallStore(directory.path);
    const damaged = apply(Buffer.from(bytes));
    writeFileSync(path, damaged);
    assert.throws(() => openSqliteStore(directory.path), StoreError, damage);
    assert.deepEqual(readFileSync(path), damaged, damage);
  }
});

test('what is scrubbed is not in any file any more', async () => {
  using directory = temporaryDirectory();
  const store = openSqliteStore(directory.path);
  const record = {
    keyId: 'k',
    materialId: 'SCRUBMEPLEASE'.repeat(20),
    spec: 's',
    createdAtMs: 1,
    wrapped: { domainKeyId: 'd', bytes: '' },
  };
  await store.write(async (tx) => tx.put('materials', ['k'], record));
  const isOnDisk = () =>
    readdirSync(directory.path).some((file) => readFileSync(join(directory.path, file)).includes('SCRUBMEPLEASE'));
  assert(isOnDisk());
  await store.write(async (tx) => tx.delete('materials', ['k']), { scrub: true });
  assert(!isOnDisk());
  await store.close();
});

test('the file has a write-ahead log', async () => {
  using directory = temporaryDirectory();
  const store = openSqliteStore(directory.path);
  const database = new DatabaseSync(join(directory.path, databaseFile));
  assert.equal(database.prepare('PRAGMA journal_mode').get()?.['journal_mode'], 'wal');
  database.close();
  await store.close();
});

test('a directory is held by one process at a time, and the note says by which', () => {
  using directory = temporaryDirectory();
  const holder = { pid: 4711, since: '2026-01-01T00:00:00.000Z', command: 'serve' };
  const lock = lockDirectory(directory.path, holder);
  assert.throws(() => lockDirectory(directory.path, { ...holder, pid: 1 }), /in use by process 4711 \(serve/);
  lock.release();
  assert.equal(findHolder(directory.path), undefined);
  lockDirectory(directory.path, holder).release();
});

function flip(bytes: Buffer, at: number): Buffer {
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  return bytes;
}

function withNumber(bytes: Buffer, offset: number, value: number): Buffer {
  bytes.writeInt32BE(value, offset);
  return bytes;
}

test('a database whose making was cut short by a kill is rolled back and made', async () => {
  using directory = temporaryDirectory();
  const path = join(directory.path, databaseFile);
  const database = new DatabaseSync(path);
  database.exec('CREATE TABLE early (x)');
  database.close();
  // The journal that such a process leaves (The SQLite Database File Format, section 3): its header, and nothing in it yet.
  const journal = Buffer.alloc(512);
  journal.write('d9d505f920a163d7', 'hex');
  journal.writeUInt32BE(512, 20); // sector size
  journal.writeUInt32BE(4096, 24); // page size
  writeFileSync(`${path}-journal`, journal);
  const store = openSqliteStore(directory.path);
  await store.write(async (tx) => tx.put('accounts', ['1'], { accountId: '1', createdAtMs: 1 }));
  await store.close();
});

test('a write whose scrubbing has to wait is a write all the same', async () => {
  using directory = temporaryDirectory();
  const store = openSqliteStore(directory.path);
  await store.write(async (tx) => tx.put('accounts', ['1'], { accountId: '1', createdAtMs: 1 }));
  const reader = new DatabaseSync(join(directory.path, databaseFile), { readOnly: true });
  reader.exec('BEGIN');
  reader.prepare('SELECT count(*) FROM accounts').get(); // holds the log as it is now
  await store.write(async (tx) => tx.delete('accounts', ['1']), { scrub: true });
  assert.equal(await store.get('accounts', ['1']), undefined);
  reader.close();
  await store.close();
});
