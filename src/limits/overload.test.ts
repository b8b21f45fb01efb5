import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Overload } from './overload.ts';

function scene() {
  let nowMs = 0;
  let atEnd: (() => void)[] = [];
  const overload = new Overload({ now: () => nowMs, atEndOfTurn: (callback) => atEnd.push(callback) });
  /** One turn of the event loop, in which so many requests come that take that long each: how many may begin. */
  const turn = (requests: number, eachMs: number) => {
    let begun = 0;
    for (let one = 0; one < requests; one++) {
      if (!overload.begin()) continue;
      begun++;
      nowMs += eachMs;
    }
    for (const callback of atEnd.splice(0)) callback();
    atEnd = [];
    return begun;
  };
  return { overload, turn, end: (count: number) => Array.from({ length: count }, () => overload.end()) };
}

test('what comes when a turn of the event loop has been long enough is refused, and the next turn begins anew', () => {
  const { overload, turn, end } = scene();
  const begun = turn(3000, 0.08);
  assert.equal(begun, 626, 'fifty milliseconds of work');
  assert.equal(overload.refused, 3000 - 626);
  end(begun);
  assert.equal(turn(600, 0.08), 600);
});

test('clients that wait for their answers are never refused, on a slow machine either', () => {
  const { turn, end } = scene();
  for (let round = 0; round < 10; round++) end(turn(320, 2));
  assert.equal(turn(321, 2), 320);
});

test('only so many may be under way, and the end of each makes room', () => {
  const { overload, turn, end } = scene();
  for (let one = 0; one < 10; one++) turn(400, 0.01);
  assert.equal(overload.underWay, 4000);
  assert.equal(turn(10, 0.01), 0);
  end(3);
  assert.equal(turn(10, 0.01), 3);
});
