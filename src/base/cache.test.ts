import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Cache } from './cache.ts';

test('what was found is loaded once, an empty list too; that nothing was is asked each time', async () => {
  const cache = new Cache<readonly string[]>(10);
  let loads = 0;
  const load = (value: readonly string[] | undefined) => async () => {
    loads++;
    return value;
  };
  for (let i = 0; i < 3; i++) assert.deepEqual(await cache.get('empty', load([])), []);
  assert.equal(loads, 1);
  for (let i = 0; i < 3; i++) assert.equal(await cache.get('absent', load(undefined)), undefined);
  assert.equal(loads, 4);
});

test('a value whose load began before a drop is given to who asked, and not remembered', async () => {
  const cache = new Cache<string>(10);
  const slow = Promise.withResolvers<string>();
  const before = cache.get('a', () => slow.promise);
  cache.drop('a');
  assert.equal(await cache.get('a', async () => 'new'), 'new');
  slow.resolve('old');
  assert.equal(await before, 'old');
  assert.equal(await cache.get('a', async () => 'newer'), 'new');
});

test('a load that fails is tried again', async () => {
  const cache = new Cache<string>(10);
  await assert.rejects(async () => cache.get('a', () => Promise.reject(new Error('on purpose'))), /on purpose/);
  assert.equal(await cache.get('a', async () => 'found'), 'found');
});
