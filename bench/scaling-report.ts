/** What many workers bring, as tables: the answers first, then what they come from. */
import type { ScalingFigures, ScalingRatios } from './figures.ts';
import { cpu, range, type Table, whole } from './tables.ts';

const head = [
  'operation',
  'server',
  'N workers on N cores / 1 worker on 1 core, generator on the same cores',
  'N workers, generator on the same cores / 1 worker alone on a core',
  'N workers with cores to themselves / 1 worker alone on a core',
];

export function scalingTable(scaling: readonly ScalingFigures[]): Table {
  const row = ({ label, workers }: ScalingFigures, server: string, ratios: ScalingRatios) => [
    `${label}, ${workers} workers`,
    server,
    range(ratios.allToTogether),
    range(ratios.allToApart),
    answerOf(ratios),
  ];
  return [
    head,
    ...scaling.flatMap((figures) => [row(figures, 'keywright', figures.keywright), row(figures, 'echo', figures.echo)]),
  ];
}

function answerOf({ freeToApart, projected }: ScalingRatios): string {
  if (freeToApart !== undefined) return range(freeToApart);
  return projected === undefined ? 'unknown' : `projected: ${range(projected)}`;
}

const placements = {
  apart: '1 worker on a core, generator elsewhere',
  together: '1 worker and generator on a core',
  all: 'N workers and generator on N cores',
  free: 'N workers on N cores, generator elsewhere',
};

export function placementsTable(scaling: readonly ScalingFigures[]): Table {
  return [
    [
      'operation',
      'placement',
      'ops/s',
      'CPU µs/op',
      'cores used',
      'generator µs/op',
      'cores used',
      'echo ops/s',
      'CPU µs/op',
      'generator µs/op',
    ],
    ...scaling.flatMap(({ label, workers, placements: measured }) =>
      measured.map(({ placement, keywright, echo }) => [
        label,
        placements[placement].replaceAll('N', String(workers)),
        whole(keywright.opsPerSecond.median),
        cpu(keywright),
        coresOf(keywright.opsPerSecond.median, keywright.cpuMicrosPerOp?.median),
        whole(keywright.generatorMicrosPerOp.median),
        coresOf(keywright.opsPerSecond.median, keywright.generatorMicrosPerOp.median),
        whole(echo.opsPerSecond.median),
        cpu(echo),
        whole(echo.generatorMicrosPerOp.median),
      ]),
    ),
  ];
}

function coresOf(opsPerSecond: number, microsPerOp = Number.NaN): string {
  return Number.isNaN(microsPerOp) ? 'unknown' : ((opsPerSecond * microsPerOp) / 1e6).toFixed(2);
}
