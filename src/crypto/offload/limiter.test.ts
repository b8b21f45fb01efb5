import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Limiter } from './limiter.ts';

/** Jobs that end when they are told to, and the order in which they began. */
function controlled(limiter: Limiter, count: number) {
  const begun: number[] = [];
  const gates = Array.from({ length: count }, () => Promise.withResolvers<number>());
  const results = gates.map((gate, n) =>
    limiter.run('lane', () => {
      begun.push(n);
      return gate.promise;
    }),
  );
  return { begun, gates, results };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('no more jobs run than there is room for, and the others begin in the order in which they came', async () => {
  const limiter = new Limiter({ running: 2, waitingInLane: 10 });
  const { begun, gates, results } = controlled(limiter, 5);
  await turn();
  assert.deepEqual([begun, limiter.running, limiter.waiting], [[0, 1], 2, 3]);
  gates[1]?.resolve(1);
  await turn();
  assert.deepEqual([begun, limiter.running, limiter.waiting], [[0, 1, 2], 2, 2]);
  for (const [n, gate] of gates.entries()) gate.resolve(n);
  assert.deepEqual(await Promise.all(results), [0, 1, 2, 3, 4]);
  assert.deepEqual([begun, limiter.running, limiter.waiting], [[0, 1, 2, 3, 4], 0, 0]);
});

test('a job that fails is its own caller’s affair, and makes room', async () => {
  const limiter = new Limiter({ running: 1, waitingInLane: 10 });
  const fails = limiter.run('lane', () => Promise.reject(new Error('of the first')));
  const throws = limiter.run('lane', () => {
    throw new Error('of the second');
  });
  const works = limiter.run('lane', async () => 'third');
  await assert.rejects(fails, { message: 'of the first' });
  await assert.rejects(throws, { message: 'of the second' });
  assert.equal(await works, 'third');
  assert.equal(limiter.running, 0);
});

test('lanes take turns, so that one that is full holds up no other', async () => {
  const limiter = new Limiter({ running: 1, waitingInLane: 10 });
  const gate = Promise.withResolvers<void>();
  const done: string[] = [];
  const first = limiter.run('busy', () => gate.promise);
  const others = ['busy', 'busy', 'busy', 'other', 'third', 'other'].map((lane) =>
    limiter.run(lane, async () => void done.push(lane)),
  );
  gate.resolve();
  await Promise.all([first, ...others]);
  assert.deepEqual(done, ['busy', 'other', 'third', 'busy', 'other', 'busy']);
  assert.deepEqual([limiter.running, limiter.waiting], [0, 0]);
});

test('more than may wait in a lane are refused, while other lanes take theirs', async () => {
  const limiter = new Limiter({ running: 1, waitingInLane: 2 });
  const gate = Promise.withResolvers<void>();
  const running = [limiter.run('full', () => gate.promise)];
  for (let n = 0; n < 2; n++) running.push(limiter.run('full', () => gate.promise));
  await assert.rejects(
    limiter.run('full', () => gate.promise),
    { name: 'ThrottlingException' },
  );
  running.push(limiter.run('empty', () => gate.promise));
  gate.resolve();
  await Promise.all(running);
});
