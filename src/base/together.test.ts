import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { together } from './together.ts';

test('things of one turn are dealt with together, in their order, and those that come meanwhile in the next', async () => {
  const dealt: number[][] = [];
  const add = together<number>((things) => {
    dealt.push([...things]);
    if (things.includes(1)) add(4);
  });
  for (const thing of [1, 2, 3]) add(thing);
  assert.deepEqual(dealt, []);
  await turn();
  assert.deepEqual(dealt, [[1, 2, 3]]);
  await turn();
  assert.deepEqual(dealt, [[1, 2, 3], [4]]);
});
