import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Lru } from './lru.ts';

test('what is used stays, what is not used for long goes', () => {
  const lru = new Lru<number>(8);
  lru.set('used', 1);
  lru.set('unused', 2);
  for (let i = 0; i < 100; i++) {
    lru.set(`n${i}`, i);
    assert.equal(lru.get('used'), 1);
  }
  assert.equal(lru.get('unused'), undefined);
});

test('setting again replaces, deleting forgets', () => {
  const lru = new Lru<number>(4);
  for (const value of [1, 2, 3]) {
    lru.set('a', value);
    lru.set(`b${value}`, value);
    assert.equal(lru.get('a'), value);
  }
  lru.delete('a');
  assert.equal(lru.get('a'), undefined);
});

test('it is a map that may forget: never more than its capacity, never anything but the last value', () => {
  const command = fc.record({ key: fc.constantFrom(...'abcdefgh'), value: fc.option(fc.nat()), isGet: fc.boolean() });
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 6 }), fc.array(command), (capacity, commands) => {
      const lru = new Lru<number>(capacity);
      const model = new Map<string, number>();
      for (const { key, value, isGet } of commands) {
        if (isGet) {
          const got = lru.get(key);
          assert(got === undefined || got === model.get(key));
        } else if (value === null) {
          lru.delete(key);
          model.delete(key);
        } else {
          lru.set(key, value);
          model.set(key, value);
          assert.equal(lru.get(key), value);
        }
        assert(lru.size <= capacity);
      }
    }),
  );
});

test('entries of different weights stay within the capacity, but for one, and what was used last is kept', () => {
  const command = fc.record({ key: fc.constantFrom(...'abcdefgh'), value: fc.integer({ min: 1, max: 30 }) });
  fc.assert(
    fc.property(fc.integer({ min: 10, max: 100 }), fc.array(command, { maxLength: 200 }), (capacity, commands) => {
      const lru = new Lru<number>(capacity, (value) => value);
      for (const { key, value } of commands) {
        if (value % 5 === 0) lru.delete(key);
        lru.set(key, value);
        assert.equal(lru.get(key), value);
      }
      const kept = [...'abcdefgh'].map((key) => lru.get(key) ?? 0);
      assert(kept.reduce((sum, weight) => sum + weight, 0) <= capacity + 30);
    }),
  );
});
