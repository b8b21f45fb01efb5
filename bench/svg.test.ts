import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { linearTicks, logTicks, toSvg } from './svg.ts';

const values = fc.array(fc.double({ min: 0.01, max: 500_000, noNaN: true }), { minLength: 1, maxLength: 20 });

test('ticks reach around all values, are few, and rise', () => {
  fc.assert(
    fc.property(values, (all) => {
      for (const ticks of [linearTicks(all), logTicks(all)]) {
        assert.ok((ticks[0] ?? Number.NaN) <= Math.min(...all), `${ticks}`);
        assert.ok((ticks.at(-1) ?? Number.NaN) >= Math.max(...all) * 0.999999, `${ticks}`);
        assert.ok(ticks.length >= 2 && ticks.length <= 10, `${ticks}`);
        assert.deepEqual(
          ticks,
          [...new Set(ticks)].toSorted((a, b) => a - b),
        );
      }
    }),
  );
});

const chart = (series: readonly { label: string; y: number }[]) => ({
  title: 'a & b',
  xTitle: 'connections',
  yScale: 'log' as const,
  series: series.map(({ label, y }) => ({
    label,
    color: 'blue' as const,
    isDashed: false,
    points: [
      { x: 1, y },
      { x: 64, y },
    ],
  })),
});

test('labels of lines that end at one place stand one under the other', () => {
  const svg = toSvg('title', 'subtitle', [[chart(['one', 'two', 'three'].map((label) => ({ label, y: 5 })))]]);
  const places = [...svg.matchAll(/<text class="blue-fill" x="[\d.]+" y="([\d.]+)">/g)].map(([, y]) => Number(y));
  assert.equal(places.length, 3);
  for (const [index, y] of places.entries()) {
    if (index > 0) assert.ok(y - (places[index - 1] ?? y) >= 14, `${places}`);
  }
});

test('what it is told stands in it as text', () => {
  const svg = toSvg('<script>', 'x', [[chart([{ label: 'p<q', y: 1 }])]]);
  assert.ok(svg.includes('&lt;script&gt;') && svg.includes('p&lt;q') && svg.includes('a &amp; b'));
  assert.ok(!svg.includes('<script') && !svg.includes('NaN') && !svg.includes('undefined'));
});
