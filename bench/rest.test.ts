import assert from 'node:assert/strict';
import test from 'node:test';
import { Rest } from './rest.ts';

const { signal } = new AbortController();

/** Busy with one processor until then, from when it is made on. */
function busyFor(ms: number) {
  const madeAt = performance.now();
  return { cpuSeconds: () => Math.min(performance.now() - madeAt, ms) / 1000 };
}

test('What a server has put off is waited for, and told for each answer', async () => {
  const beganAt = performance.now();
  const rest = new Rest([busyFor(700), { cpuSeconds: () => undefined }], signal);
  rest.note(60);
  rest.note(40);
  await rest.wait();
  assert.ok(performance.now() - beganAt >= 700);
  const { cpuMicrosPerAnswer = 0, waitedSeconds = 0 } = rest.putOff ?? {};
  assert.ok(cpuMicrosPerAnswer > 6000 && cpuMicrosPerAnswer <= 7000, String(cpuMicrosPerAnswer));
  assert.ok(waitedSeconds >= 0.7 && waitedSeconds < 5, String(waitedSeconds));
});

test('Without answers since the last time nothing is waited for', async () => {
  const rest = new Rest([busyFor(60_000)], signal);
  await rest.wait();
  assert.equal(rest.putOff, undefined);
});
