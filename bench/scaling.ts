/**
 * What more workers bring. On a machine with as many cores as workers, the load generator needs a part of what the workers
 * could use, so no single figure tells it. Measured, in turns, with processes kept to cores:
 *
 *   apart     one worker on the first core, the generator on the others: one worker with nothing in its way;
 *   together  one worker and the generator on the first core: one core for everything;
 *   all       all workers and the generator on all cores: all cores for everything;
 *   free      all workers on as many cores, the generator on the others: only where there are more cores than workers.
 *
 * all/together compares like with like, server and generator alike on one core and on several; all/apart is a lower bound,
 * because only the many have the generator in their way; free/apart is the answer itself, where it can be measured. Where
 * it cannot, it is projected from processor time: N workers' cores over the processor time that a request takes of all of
 * the server's processes, against one core over that at one worker. That holds as long as processor time is the limit.
 */
import {
  type Interval,
  type PlacementFigures,
  ratios,
  type ScalingFigures,
  type ScalingRatios,
  type Spread,
  summarize,
  within,
} from './figures.ts';
import { type Load, measureEcho, measureSubject, type Pair } from './intervals.ts';
import type { Field } from './measure.ts';
import type { Operation } from './operation.ts';
import { pin } from './pinning.ts';

export interface Contest {
  readonly operation: Operation;
  readonly one: Pair;
  readonly many: Pair;
  /** At least two, and at least as many as there are workers. */
  readonly cores: readonly number[];
}

interface Placement {
  readonly name: 'apart' | 'together' | 'all' | 'free';
  readonly pair: Pair;
  readonly serverCores: readonly number[];
  readonly generatorCores: readonly number[];
}

interface Placed {
  readonly keywright: Interval;
  readonly echo: Interval;
}

export async function measureScaling(field: Field, contest: Contest): Promise<ScalingFigures> {
  const { settings, onProgress, generator } = field;
  const { operation, one, many, cores } = contest;
  const placements = placementsOf(contest);
  const rounds: Map<string, Placed>[] = [];
  const label = `${operation.label}, scaling to ${many.setup.workers} workers`;
  try {
    onProgress(`${label}: warming up`);
    for (const pair of [one, many]) await measureBoth(field, pair, loadOf(field, operation, settings.warmUpSeconds));
    for (let round = 1; round <= settings.rounds; round++) {
      onProgress(`${label}: round ${round} of ${settings.rounds}`);
      const placed = new Map<string, Placed>();
      for (const { name, pair, serverCores, generatorCores } of placements) {
        pin([...pidsOf(pair.keywright), ...pidsOf(pair.echo)], serverCores);
        pin(generator.pids, generatorCores);
        placed.set(name, await measureBoth(field, pair, loadOf(field, operation, settings.seconds)));
      }
      rounds.push(placed);
    }
  } finally {
    const servers = [one, many].flatMap(({ keywright, echo }) => [...pidsOf(keywright), ...pidsOf(echo)]);
    if (!field.signal.aborted) pin([...servers, ...generator.pids], cores);
  }
  return {
    operation: operation.name,
    label: operation.label,
    workers: many.setup.workers,
    cores: cores.length,
    connections: settings.connections,
    placements: placements.map(({ name }) => placementFigures(name, rounds)),
    keywright: ratiosOf(rounds, 'keywright', many.setup.workers),
    echo: ratiosOf(rounds, 'echo', many.setup.workers),
  };
}

function placementsOf({ one, many, cores }: Contest): Placement[] {
  const { workers } = many.setup;
  const [first, others, enough, rest] = [
    cores.slice(0, 1),
    cores.slice(1),
    cores.slice(0, workers),
    cores.slice(workers),
  ];
  return [
    { name: 'apart', pair: one, serverCores: first, generatorCores: others },
    { name: 'together', pair: one, serverCores: first, generatorCores: first },
    { name: 'all', pair: many, serverCores: enough, generatorCores: enough },
    ...(rest.length === 0 ? [] : [{ name: 'free' as const, pair: many, serverCores: enough, generatorCores: rest }]),
  ];
}

function loadOf({ settings: { connections } }: Field, operation: Operation, seconds: number) {
  return { operation, connections, seconds };
}

async function measureBoth(field: Field, pair: Pair, load: Omit<Load, 'workers'>): Promise<Placed> {
  const { workers } = pair.setup;
  const keywright = await measureSubject(field, pair.keywright, { ...load, workers });
  return { keywright, echo: await measureEcho(field, pair, { ...load, workers }) };
}

function pidsOf({ process }: Pair['keywright' | 'echo']): readonly number[] {
  return process?.pids() ?? [];
}

function placementFigures(name: Placement['name'], rounds: readonly Map<string, Placed>[]): PlacementFigures {
  const of = (server: keyof Placed) => summarize(server, intervalsOf(rounds, name, server));
  return { placement: name, keywright: of('keywright'), echo: of('echo') };
}

function ratiosOf(rounds: readonly Map<string, Placed>[], server: keyof Placed, workers: number): ScalingRatios {
  const [apart, together, all, free] = (['apart', 'together', 'all', 'free'] as const).map((name) =>
    intervalsOf(rounds, name, server),
  );
  const rate = ({ opsPerSecond }: Interval): number => opsPerSecond;
  const cpu = ({ cpuMicrosPerOp = Number.NaN }: Interval): number => cpuMicrosPerOp;
  const quotients = (numerators: readonly Interval[] = [], denominators: readonly Interval[] = []) =>
    ratios(numerators.map(rate), denominators.map(rate));
  const cpuRatios = ratios((apart ?? []).map(cpu), (all ?? []).map(cpu));
  return {
    allToTogether: quotients(all, together),
    allToApart: quotients(all, apart),
    ...within('freeToApart', quotients(free, apart)),
    ...within('projected', timesOf(cpuRatios, workers)),
  };
}

function timesOf({ median, min, max }: Spread, factor: number): Spread {
  return { median: median * factor, min: min * factor, max: max * factor };
}

function intervalsOf(rounds: readonly Map<string, Placed>[], name: string, server: keyof Placed): Interval[] {
  return rounds.flatMap((placed) => placed.get(name)?.[server] ?? []);
}
