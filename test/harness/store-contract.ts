/** What every store must do, whichever adapter it is. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { AliasRecord, CollectionName, RecordKey, Store } from '#storage/store.ts';

export interface Opened extends AsyncDisposable {
  readonly store: Store;
}

export function storeContract(adapter: string, open: () => Promise<Opened>): void {
  const check = (title: string, body: (store: Store) => Promise<void>) =>
    test(`${adapter}: ${title}`, async () => {
      await using opened = await open();
      await body(opened.store);
    });

  check('what was put is got, and nothing else', async (store) => {
    await store.write(async (tx) => tx.put('aliases', ['1', 'r', 'alias/a'], alias('alias/a')));
    assert.deepEqual(await store.get('aliases', ['1', 'r', 'alias/a']), alias('alias/a'));
    assert.equal(await store.get('aliases', ['1', 'r', 'alias/b']), undefined);
    assert.equal(await store.get('keys', ['1', 'r', 'alias/a']), undefined);
  });

  check('a put replaces, a delete removes, deleting nothing is fine', async (store) => {
    const key = ['1', 'r', 'alias/a'];
    await store.write(async (tx) => tx.put('aliases', key, alias('alias/a', 'old')));
    await store.write(async (tx) => tx.put('aliases', key, alias('alias/a', 'new')));
    assert.equal((await store.get('aliases', key))?.keyId, 'new');
    await store.write(async (tx) => tx.delete('aliases', key));
    await store.write(async (tx) => tx.delete('aliases', key));
    assert.equal(await store.get('aliases', key), undefined);
  });

  check('a list is in the order of its keys, within whole parts, after a key, up to a limit', async (store) => {
    const names = ['alias/b', 'alias/a', 'alias/a/b', 'alias/A', 'alias/ab'] as const;
    await store.write(async (tx) => {
      for (const name of names) tx.put('aliases', ['1', 'r', name], alias(name));
      tx.put('aliases', ['1', 'r2', 'alias/x'], alias('alias/x'));
      tx.put('aliases', ['10', 'r', 'alias/x'], alias('alias/x'));
    });
    const listed = async (within: RecordKey, limit = 100, after?: RecordKey) =>
      (await store.list('aliases', { within, limit, after })).map(({ key }) => key.at(-1));
    assert.deepEqual(await listed(['1', 'r']), ['alias/A', 'alias/a', 'alias/a/b', 'alias/ab', 'alias/b']);
    assert.deepEqual(await listed(['1', 'r'], 2), ['alias/A', 'alias/a']);
    assert.deepEqual(await listed(['1', 'r'], 2, ['1', 'r', 'alias/a']), ['alias/a/b', 'alias/ab']);
    assert.equal((await listed(['1'])).length, 6);
    assert.equal((await listed([])).length, 7);
    assert.deepEqual(await listed(['2']), []);
  });

  check('a transaction that throws leaves nothing behind and gives its error on', async (store) => {
    const failing = store.write(async (tx) => {
      tx.put('aliases', ['1', 'r', 'alias/a'], alias('alias/a'));
      await Promise.resolve();
      throw new Error('on purpose');
    });
    await assert.rejects(failing, /on purpose/);
    assert.equal(await store.get('aliases', ['1', 'r', 'alias/a']), undefined);
    await store.write(async (tx) => tx.put('aliases', ['1', 'r', 'alias/b'], alias('alias/b')));
    assert(await store.get('aliases', ['1', 'r', 'alias/b']));
  });

  check('a transaction sees its own writes, and nobody else does before it ends', async (store) => {
    const key = ['1', 'r', 'alias/a'];
    await store.write(async (tx) => {
      tx.put('aliases', key, alias('alias/a'));
      assert(await tx.get('aliases', key));
      assert.equal((await tx.list('aliases', { within: ['1'], limit: 9 })).length, 1);
      assert.equal(await store.get('aliases', key), undefined);
      assert.equal((await store.list('aliases', { within: ['1'], limit: 9 })).length, 0);
      tx.delete('aliases', key);
      assert.equal(await tx.get('aliases', key), undefined);
      tx.put('aliases', key, alias('alias/a'));
    });
    assert(await store.get('aliases', key));
  });

  check('transactions run one after another, so that none loses what another wrote', async (store) => {
    const key = ['1', 'r', 'alias/a'];
    await store.write(async (tx) => tx.put('aliases', key, { ...alias('alias/a'), updatedAtMs: 0 }));
    const increments = Array.from({ length: 50 }, () =>
      store.write(async (tx) => {
        const record = await tx.get('aliases', key);
        await new Promise((resolve) => setImmediate(resolve));
        if (record !== undefined) tx.put('aliases', key, { ...record, updatedAtMs: record.updatedAtMs + 1 });
      }),
    );
    await Promise.all(increments);
    assert.equal((await store.get('aliases', key))?.updatedAtMs, 50);
  });

  check('a record handed out or in is a copy', async (store) => {
    const record = { ...alias('alias/a') };
    await store.write(async (tx) => tx.put('aliases', ['1', 'r', 'alias/a'], record));
    record.keyId = 'changed';
    assert.equal((await store.get('aliases', ['1', 'r', 'alias/a']))?.keyId, 'k');
  });

  check('a snapshot has everything as it was at its beginning', async (store) => {
    await store.write(async (tx) => {
      tx.put('accounts', ['1'], { accountId: '1', createdAtMs: 1 });
      for (const n of ['a', 'b', 'c']) tx.put('aliases', ['1', 'r', `alias/${n}`], alias(`alias/${n}`));
    });
    const seen: [CollectionName, RecordKey][] = [];
    for await (const { collection, key } of store.snapshot()) {
      if (seen.length === 0)
        await store.write(async (tx) => tx.put('aliases', ['1', 'r', 'alias/d'], alias('alias/d')));
      seen.push([collection, key]);
    }
    assert.deepEqual(seen, [
      ['accounts', ['1']],
      ['aliases', ['1', 'r', 'alias/a']],
      ['aliases', ['1', 'r', 'alias/b']],
      ['aliases', ['1', 'r', 'alias/c']],
    ]);
  });

  check('a key part that could be confused with another is refused', async (store) => {
    const put = (part: string) => store.write(async (tx) => tx.put('aliases', ['1', part], alias('alias/a')));
    for (const part of ['a\u001fb', 'é', 'a\u0000', 'a\u007f']) await assert.rejects(put(part), /printable ASCII/);
  });

  check('after closing, nothing more is written; closing twice is fine', async (store) => {
    await store.close();
    await store.close();
    await assert.rejects(
      store.write(async () => undefined),
      /closed/,
    );
  });

  check('it behaves like a sorted map', async (store) => {
    const part = fc.constantFrom('a', 'b', 'ab', 'a/b', '~', ' ');
    const command = fc.record({ key: fc.tuple(part, part), value: fc.option(fc.nat(9)) });
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(command, { maxLength: 6 }), { maxLength: 6 }), async (transactions) => {
        const model = new Map<string, number>();
        await store.write(async (tx) => {
          for (const { key } of await tx.list('aliases', { within: [], limit: 1000 })) tx.delete('aliases', key);
        });
        for (const commands of transactions) {
          await store.write(async (tx) => {
            for (const { key, value } of commands) {
              if (value === null) tx.delete('aliases', key);
              else tx.put('aliases', key, { ...alias('alias/a'), updatedAtMs: value });
              if (value === null) model.delete(key.join('\u001f'));
              else model.set(key.join('\u001f'), value);
            }
          });
        }
        const listed = await store.list('aliases', { within: [], limit: 1000 });
        const expected = [...model].sort(([a], [b]) => (a < b ? -1 : 1));
        assert.deepEqual(
          listed.map(({ key, record }) => [key.join('\u001f'), record.updatedAtMs]),
          expected,
        );
      }),
      { numRuns: 40 },
    );
  });
}

function alias(name: AliasRecord['name'], keyId = 'k'): AliasRecord {
  return { name, keyId, createdAtMs: 1, updatedAtMs: 2 };
}
