import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untilQuiet } from './quiet.ts';
import type { Trail } from './trail.ts';

/** With so many records a second until then, from when it is made on. */
function trailWith(perSecond: number, untilMs = Number.POSITIVE_INFINITY): Pick<Trail, 'head'> {
  const madeAt = performance.now();
  const last = () => Math.round((Math.min(performance.now() - madeAt, untilMs) * perSecond) / 1000);
  return {
    get head() {
      return { last: last() } as Trail['head'];
    },
  };
}

test('a few records a second are no reason to wait', async () => {
  const beganAt = performance.now();
  await untilQuiet(trailWith(300), () => true);
  assert.ok(performance.now() - beganAt < 2000);
});

test('it is waited until a busy time is over', async () => {
  const beganAt = performance.now();
  await untilQuiet(trailWith(50_000, 500), () => true);
  assert.ok(performance.now() - beganAt >= 500);
});

test('in a busy time it is waited for as long as that may be, and not at all where it may not', async () => {
  let asked = 0;
  const trail = trailWith(50_000);
  await untilQuiet(trail, () => asked++ < 3);
  assert.equal(asked, 4);
  const before = trail.head.last;
  await untilQuiet({ head: { last: before } as Trail['head'] }, () => false);
});
