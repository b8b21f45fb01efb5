import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PlacementFigures, ScalingFigures, ServerFigures, Spread } from './figures.ts';
import { scalingTable } from './scaling-report.ts';
import { markdownTable, plainTable } from './tables.ts';

const flat = (value: number): Spread => ({ median: value, min: value, max: value });

function server(opsPerSecond: number, cpuMicros: number): ServerFigures {
  return {
    name: 'server',
    opsPerSecond: flat(opsPerSecond),
    opsPerSecondByRound: [opsPerSecond],
    latencyMs: { p50: 1, p99: 2, p999: 3 },
    p99ByRoundMs: flat(2),
    cpuMicrosPerOp: flat(cpuMicros),
    generatorMicrosPerOp: flat(10),
    generatorBusy: flat(0.1),
    closesConnections: false,
  };
}

function scaling(all: PlacementFigures, freeToApart?: Spread): ScalingFigures {
  const ratios = { allToTogether: flat(1.8), allToApart: flat(1.5), projected: flat(1.75) };
  return {
    operation: 'Encrypt',
    label: 'Encrypt',
    workers: 2,
    cores: 2,
    connections: 64,
    placements: [all],
    keywright: { ...ratios, ...(freeToApart === undefined ? {} : { freeToApart }) },
    echo: ratios,
  };
}

const answers = (figures: ScalingFigures) =>
  scalingTable([figures])
    .slice(1)
    .map((row) => row.at(-1));

test('what many workers bring is projected only from cores that were in use, and said to be projected', () => {
  const all = { placement: 'all', keywright: server(20_000, 80), echo: server(20_000, 30) } as const;
  assert.deepEqual(answers(scaling(all)), [
    'projected: 1.75 (1.75–1.75)',
    'none projected: only 0.80 of 2 cores were used',
  ]);
});

test('what was measured needs no projection', () => {
  const all = { placement: 'all', keywright: server(20_000, 80), echo: server(20_000, 80) } as const;
  assert.deepEqual(answers(scaling(all, flat(1.9))), ['1.90 (1.90–1.90)', 'projected: 1.75 (1.75–1.75)']);
});

test('tables line up in a terminal and are tables in Markdown', () => {
  const table = [
    ['a', 'n'],
    ['longer', '1'],
    ['b', '1,000'],
  ] as const;
  assert.equal(plainTable(table), 'a           n\nlonger      1\nb       1,000');
  assert.equal(markdownTable(table), '| a | n |\n| --- | ---: |\n| longer | 1 |\n| b | 1,000 |');
});
