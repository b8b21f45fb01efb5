/**
 * Latency at a load: requests come at half of the rate that the server reaches when it is always asked for more, at moments
 * that do not depend on its answers (load-run.ts). The highest rate is taken anew in each round, just before, because a
 * machine that others use is not always as fast; the echo server then gets the same rate.
 */
import { type Interval, type LatencyFigures, spreadOf, summarize } from './figures.ts';
import { Histogram } from './histogram.ts';
import { measureEcho, measureSubject, type Pair } from './intervals.ts';
import type { Field } from './measure.ts';
import type { Operation } from './operation.ts';
import { labelOf } from './setups.ts';

export const shareOfHighestRate = 0.5;
/** A tail takes many answers to be seen. */
const pacedIntervals = 2;

export async function measureLatency(field: Field, pair: Pair, operation: Operation): Promise<LatencyFigures> {
  const { settings, onProgress } = field;
  const { connections, seconds } = settings;
  const load = { operation, connections, workers: pair.setup.workers };
  const where = `${operation.label} at half of the highest rate, ${labelOf(pair.setup)}`;
  onProgress(`${where}: warming up`);
  await measureSubject(field, pair.keywright, { ...load, seconds: settings.warmUpSeconds });
  await measureEcho(field, pair, { ...load, seconds: settings.warmUpSeconds / 2 });
  const highest: Interval[] = [];
  const ours: Interval[] = [];
  const echoes: Interval[] = [];
  for (let round = 1; round <= settings.rounds; round++) {
    onProgress(`${where}: round ${round} of ${settings.rounds}`);
    const closed = await measureSubject(field, pair.keywright, { ...load, seconds });
    const paced = {
      ...load,
      seconds: seconds * pacedIntervals,
      ratePerSecond: closed.opsPerSecond * shareOfHighestRate,
    };
    highest.push(closed);
    ours.push(await measureSubject(field, pair.keywright, paced));
    echoes.push(await measureEcho(field, pair, paced));
  }
  const lateness = ours.reduce((sum, interval) => sum.plus(interval.lateness), new Histogram());
  return {
    operation: operation.name,
    label: operation.label,
    ...pair.setup,
    connections,
    highestOpsPerSecond: spreadOf(highest.map(({ opsPerSecond }) => opsPerSecond)),
    keywright: summarize(pair.keywright.name, ours),
    echo: summarize(pair.echo.name, echoes),
    generatorLateMs: { p50: lateness.percentile(0.5), p99: lateness.percentile(0.99) },
  };
}
