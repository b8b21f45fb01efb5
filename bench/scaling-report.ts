/** What many workers bring, as tables: the answers first, then what they come from. */
import type { ScalingFigures } from './figures.ts';
import { cpu, range, type Table, whole } from './tables.ts';

/** With a smaller share of the cores in use, something else than processor time limits, or somebody else has the cores. */
const busyShare = 0.85;

const head = [
  'operation',
  'server',
  'N workers on N cores / 1 worker on 1 core, generator on the same cores',
  'N workers, generator on the same cores / 1 worker alone on a core',
  'N workers with cores to themselves / 1 worker alone on a core',
];

export function scalingTable(scaling: readonly ScalingFigures[]): Table {
  const row = (figures: ScalingFigures, server: 'keywright' | 'echo') => [
    `${figures.label}, ${figures.workers} workers`,
    server,
    range(figures[server].allToTogether),
    range(figures[server].allToApart),
    answerOf(figures, server),
  ];
  return [head, ...scaling.flatMap((figures) => [row(figures, 'keywright'), row(figures, 'echo')])];
}

/** Measured where it can be; projected where processor time was the limit; otherwise what kept it from being either. */
function answerOf(figures: ScalingFigures, server: 'keywright' | 'echo'): string {
  const { freeToApart, projected } = figures[server];
  if (freeToApart !== undefined) return range(freeToApart);
  const used = coresUsed(figures, server);
  if (projected === undefined || used === undefined) return 'unknown';
  if (used >= busyShare * figures.workers) return `projected: ${range(projected)}`;
  return `none projected: only ${used.toFixed(2)} of ${figures.workers} cores were used`;
}

/** By server and generator together, with all workers on all cores. */
function coresUsed({ placements }: ScalingFigures, server: 'keywright' | 'echo'): number | undefined {
  const all = placements.find(({ placement }) => placement === 'all')?.[server];
  if (all?.cpuMicrosPerOp === undefined) return undefined;
  return (all.opsPerSecond.median * (all.cpuMicrosPerOp.median + all.generatorMicrosPerOp.median)) / 1e6;
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
