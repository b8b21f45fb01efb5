/** The sweep as a picture: for each operation and transport, throughput and the 99th percentile against connections. */
import type { Results } from './bench.ts';
import type { OperationFigures, ServerFigures } from './figures.ts';
import { type Chart, type Series, toSvg } from './svg.ts';

/** Undefined where there is no sweep over more than one number of connections. */
export function plotOf({ date, machine, commit, settings, sweep }: Results): string | undefined {
  if (new Set(sweep.map(({ connections }) => connections)).size < 2) return undefined;
  const rows = Map.groupBy(sweep, ({ label, isTls }) => `${label}, ${isTls ? 'TLS' : 'plain HTTP'}`);
  const charts = Array.from(rows, ([label, points]): Chart[] => [
    chartOf(`${label}: requests per second`, 'linear', points, ({ opsPerSecond }) => opsPerSecond.median),
    chartOf(`${label}: p99 in ms`, 'log', points, ({ latencyMs }) => latencyMs.p99),
  ]);
  const where = `${date.slice(0, 10)}, ${machine.cores} cores of ${machine.cpu}, load generator on the same machine`;
  const how = `Node ${machine.node}, commit ${commit ?? 'unknown'}, medians of ${settings.rounds} rounds`;
  return toSvg('Keywright beside a bare echo server', `${where}; ${how}`, charts);
}

const ours = ['blue', 'green', 'purple'] as const;
const echoes = ['gray', 'brown', 'purple'] as const;

function chartOf(
  title: string,
  yScale: Chart['yScale'],
  points: readonly OperationFigures[],
  value: (figures: ServerFigures) => number,
): Chart {
  const byWorkers = [...Map.groupBy(points, ({ workers }) => workers)];
  const seriesOf = (server: 'keywright' | 'echo', name: string, palette: typeof ours | typeof echoes): Series[] =>
    byWorkers.map(([workers, figures], index) => ({
      label: `${name}, ${workers} ${workers === 1 ? 'worker' : 'workers'}`,
      color: palette[index % palette.length] ?? palette[0],
      isDashed: server === 'echo',
      points: figures.map((figure) => ({ x: figure.connections, y: value(figure[server]) })),
    }));
  return {
    title,
    xTitle: 'connections',
    yScale,
    series: [...seriesOf('keywright', 'Keywright', ours), ...seriesOf('echo', 'echo', echoes)],
  };
}
