import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Interval, interferenceOf, ratios, spreadOf, summarize } from './figures.ts';
import { Histogram } from './histogram.ts';

function interval(opsPerSecond: number, ms: number): Interval {
  const latency = new Histogram();
  latency.record(ms);
  return {
    opsPerSecond,
    latency,
    lateness: new Histogram(),
    cpuMicrosPerOp: undefined,
    generatorMicrosPerOp: 10,
    generatorBusy: 0.5,
    closes: false,
    shareOfOthers: undefined,
  };
}

test('a median is the middle value, or half way between the two middle ones', () => {
  assert.deepEqual(spreadOf([3, 1, 2]), { median: 2, min: 1, max: 3 });
  assert.deepEqual(spreadOf([4, 1, 2, 10]), { median: 3, min: 1, max: 10 });
  assert.ok(Number.isNaN(spreadOf([]).median));
});

test('ratios are taken within a round, not between rounds', () => {
  assert.deepEqual(ratios([10, 40], [20, 40]), { median: 0.75, min: 0.5, max: 1 });
});

test('a summary merges the latencies of all rounds and leaves them as they were', () => {
  const intervals = [interval(100, 1), interval(300, 9), interval(200, 9)];
  const figures = summarize('server', intervals);
  assert.deepEqual(figures.opsPerSecond, { median: 200, min: 100, max: 300 });
  assert.ok(Math.abs(figures.latencyMs.p50 - 9) < 0.1);
  assert.deepEqual([figures.p99ByRoundMs.median, figures.p99ByRoundMs.min].map(Math.round), [9, 1]);
  assert.equal('cpuMicrosPerOp' in figures, false);
  assert.deepEqual(summarize('server', intervals), figures);
});

test('interference is latency beside slow requests to latency alone, within a round', () => {
  const round = (alone: number, beside: number) => ({
    alone: interval(1000, alone),
    beside: interval(500, beside),
    slow: interval(50, 300),
  });
  const subject = {
    operation: 'Quick',
    label: 'quick',
    connections: 1,
    slowOperation: 'Slow',
    slowLabel: 'slow',
    slowConnections: 200,
  };
  const { ratios, slow, ...figures } = interferenceOf([round(1, 2), round(4, 4), round(10, 5)], subject);
  assert.deepEqual(
    [ratios.p99.median, ratios.p99.min, ratios.p99.max].map((ratio) => ratio.toFixed(1)),
    ['1.0', '0.5', '2.0'],
  );
  assert.deepEqual(ratios.p50, ratios.p99);
  assert.equal(slow.opsPerSecond.median, 50);
  assert.deepEqual([figures.alone.opsPerSecond.median, figures.beside.opsPerSecond.median], [1000, 500]);
  assert.deepEqual([figures.slowOperation, figures.slowConnections], ['Slow', 200]);
});
