import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { StoreError } from '#storage/store.ts';
import { BackgroundCheck } from './background-check.ts';
import { databaseFile, inspectDatabase } from './inspect.ts';
import { openSqliteStore } from './sqlite-store.ts';

const aliasCount = 5000;
/** Every file is a large one here. */
const mostBytes = 1000;

/** A closed store with one account and many aliases in it. */
async function store(): Promise<Disposable & { readonly path: string; readonly bytes: Buffer }> {
  const directory = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  const opened = openSqliteStore(directory);
  await opened.write(async (transaction) => {
    transaction.put('accounts', ['111122223333'], { accountId: '111122223333', createdAtMs: 1 });
    for (let number = 0; number < aliasCount; number++) {
      const name = `alias/${String(number).padStart(6, '0')}` as const;
      const record = { name, keyId: 'k', createdAtMs: number, updatedAtMs: number };
      transaction.put('aliases', ['111122223333', 'us-east-1', name], record);
    }
  });
  await opened.close();
  const path = join(directory, databaseFile);
  const dispose = () => rmSync(directory, { recursive: true, force: true });
  return { path, bytes: readFileSync(path), [Symbol.dispose]: dispose };
}

/** What the check in the background comes to: how many records it has checked, or its error. */
function outcomeOf(check: BackgroundCheck): Promise<unknown> {
  return new Promise((resolve) => check.start({ checked: resolve, failed: resolve }, 0));
}

test('of a large store the rest is checked while it is in use', async () => {
  using large = await store();
  const { isWhole } = inspectDatabase(large.path, mostBytes);
  assert.equal(isWhole, false);
  const check = new BackgroundCheck(large.path, isWhole);
  assert.equal(check.state, 'being checked');
  assert.equal(await outcomeOf(check), aliasCount + 1);
  assert.equal(check.state, 'checked');
  await check.stop();
});

test('a store of an ordinary size has been checked when it is open', async () => {
  using ordinary = await store();
  const opened = openSqliteStore(join(ordinary.path, '..'));
  assert.equal(opened.check.state, 'checked');
  opened.check.start({ checked: () => assert.fail('checked again'), failed: assert.fail });
  await opened.close();
});

test('damage in the middle of a large store is found in the background; in an ordinary one, before it is opened', async () => {
  using large = await store();
  const { path, bytes } = large;
  const at = bytes.indexOf(`"createdAtMs":${aliasCount / 2},`) + '"createdAtMs":'.length;
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
  const check = new BackgroundCheck(path, inspectDatabase(path, mostBytes).isWhole);
  const problem = await outcomeOf(check);
  assert(problem instanceof StoreError);
  assert.match(problem.message, /a record in aliases is not as it was written/);
  assert.equal(check.state, 'damaged');
  await check.stop();
  assert.throws(() => inspectDatabase(path), /a record in aliases is not as it was written/);
});

test('damage to what a start needs, and to the ends of everything else, keeps a large store from being opened', async () => {
  for (const text of ['"accountId":"111122223333","createdAtMs":1', `"createdAtMs":${aliasCount - 1},`]) {
    using large = await store();
    const { path, bytes } = large;
    const at = bytes.indexOf(text) + text.indexOf('createdAtMs');
    bytes[at] = (bytes[at] ?? 0) ^ 1;
    writeFileSync(path, bytes);
    assert.throws(() => inspectDatabase(path, mostBytes), /is not as it was written/, text);
  }
});

test('a large file that has been cut short is not opened', async () => {
  using large = await store();
  writeFileSync(large.path, large.bytes.subarray(0, statSync(large.path).size - 4096));
  assert.throws(() => inspectDatabase(large.path, mostBytes), /is damaged in its structure/);
});
