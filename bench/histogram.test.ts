import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Histogram } from './histogram.ts';

/** By the definition: the smallest value that at least this fraction of all values does not exceed. */
function truePercentile(values: readonly number[], fraction: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.max(1, Math.ceil(fraction * sorted.length)) - 1] ?? Number.NaN;
}

const times = fc.oneof(
  fc.double({ min: 0.01, max: 50, noNaN: true }),
  fc.double({ min: 1, max: 100_000, noNaN: true }),
);

test('percentiles are within one percent of the true ones', () => {
  fc.assert(
    fc.property(
      fc.array(times, { minLength: 1, maxLength: 500 }),
      fc.constantFrom(0, 0.5, 0.99, 0.999, 1),
      (ms, at) => {
        const histogram = new Histogram();
        for (const one of ms) histogram.record(one);
        const expected = truePercentile(ms, at);
        assert.ok(Math.abs(histogram.percentile(at) - expected) <= expected * 0.01 + 0.0001, `${at}: ${expected}`);
      },
    ),
  );
});

test('histograms add up, also after their counts have crossed a thread boundary', () => {
  const [left, right, both] = [new Histogram(), new Histogram(), new Histogram()];
  for (let ms = 1; ms <= 100; ms++) {
    (ms % 2 === 0 ? left : right).record(ms);
    both.record(ms);
  }
  const sum = left.plus(new Histogram(structuredClone(right.counts)));
  assert.deepEqual(sum.counts, both.counts);
  assert.deepEqual([left.total, right.total, sum.total], [50, 50, 100]);
});

test('no time is too short or too long to be counted', () => {
  const histogram = new Histogram();
  for (const ms of [0, 0.00001, 1e12]) histogram.record(ms);
  assert.equal(histogram.total, 3);
  assert.equal(histogram.percentile(0.5), 0);
  assert.ok(histogram.percentile(1) > 200_000);
});

test('an empty histogram has no percentiles', () => {
  assert.ok(Number.isNaN(new Histogram().percentile(0.5)));
});
