import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Lru } from './lru.ts';

test('what was used longest ago is forgotten first', () => {
  const lru = new Lru<number>(2);
  lru.set('a', 1);
  lru.set('b', 2);
  assert.equal(lru.get('a'), 1);
  lru.set('c', 3);
  assert.equal(lru.get('b'), undefined);
  assert.equal(lru.get('a'), 1);
  assert.equal(lru.get('c'), 3);
  assert.equal(lru.size, 2);
});

test('setting again replaces, deleting forgets', () => {
  const lru = new Lru<number>(2);
  lru.set('a', 1);
  lru.set('a', 2);
  assert.equal(lru.get('a'), 2);
  assert.equal(lru.size, 1);
  lru.delete('a');
  assert.equal(lru.get('a'), undefined);
});
