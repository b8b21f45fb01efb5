import assert from 'node:assert/strict';
import { test } from 'node:test';
import { randomBytes } from './random.ts';

test('no bytes are handed out twice, across refills of the pool and for large requests', () => {
  const seen = new Set<string>();
  for (let i = 0; i < 5000; i++) seen.add(randomBytes(16).toString('hex'));
  assert.equal(seen.size, 5000);
  assert.notDeepEqual(randomBytes(10_000), randomBytes(10_000));
});

test('what is handed out is as long as asked and the caller’s own', () => {
  for (const length of [0, 1, 32, 4096, 4097, 20_000]) assert.equal(randomBytes(length).length, length);
  const first = randomBytes(32);
  const copy = Buffer.from(first);
  randomBytes(32).fill(0);
  assert.deepEqual(first, copy);
  assert(first.some((byte) => byte !== 0));
});
