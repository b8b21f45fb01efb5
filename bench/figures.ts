/** From measured intervals to the figures that are reported: medians over the rounds, so that one bad round is no harm. */
import type { Histogram } from './histogram.ts';

/** One server under one operation for one timed interval. */
export interface Interval {
  readonly opsPerSecond: number;
  readonly latency: Histogram;
  /** Of an open loop: by how much our own generator was late. Empty otherwise. */
  readonly lateness: Histogram;
  /** Processor time of the server for each answer; unknown for servers that the bench has not started. */
  readonly cpuMicrosPerOp: number | undefined;
  /** Processor time of the load generator for each answer. */
  readonly generatorMicrosPerOp: number;
  readonly generatorBusy: number;
  readonly closes: boolean;
  /** How much of all the machine's processor time went to neither server nor generator; undefined where it is not known. */
  readonly shareOfOthers: number | undefined;
}

/** What every server did next to the others. */
export interface Round {
  readonly keywright: Interval;
  readonly echo: Interval;
  /** By name; those that took part. */
  readonly peers: ReadonlyMap<string, Interval>;
}

export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

export interface ServerFigures {
  readonly name: string;
  readonly opsPerSecond: Spread;
  readonly opsPerSecondByRound: readonly number[];
  /** Over the answers of all rounds. */
  readonly latencyMs: { readonly p50: number; readonly p99: number; readonly p999: number };
  /** The 99th percentile, round by round: a single bad second of the machine is no harm to its median. */
  readonly p99ByRoundMs: Spread;
  readonly cpuMicrosPerOp?: Spread;
  readonly generatorMicrosPerOp: Spread;
  /** The load generator's processor time as a share of the interval; near 1, the figures are the generator's. */
  readonly generatorBusy: Spread;
  /** The server ended the connection after each answer, so that each request paid for a new one. */
  readonly closesConnections: boolean;
}

export interface PeerFigures extends ServerFigures {
  /** How many times the peer's operations per second ours are, round by round. */
  readonly timesSlower: Spread;
}

export interface OperationFigures {
  readonly operation: string;
  readonly label: string;
  readonly workers: number;
  readonly isTls: boolean;
  readonly connections: number;
  readonly keywright: ServerFigures;
  readonly echo: ServerFigures;
  /** Ours to the echo server's operations per second, round by round: 1 would be as fast as not doing anything. */
  readonly ratioToEcho: Spread;
  /**
   * The echo server's processor time for a request to ours: what the ratio would be if servers had the cores to themselves.
   * Where server and load generator share them, the generator's part, equal for both, brings the other ratio nearer to 1.
   */
  readonly cpuRatioToEcho?: Spread;
  /** What others took of the machine meanwhile: above nearly 0, the figures are those of a busy machine. */
  readonly shareOfOthers?: Spread;
  readonly peers: readonly PeerFigures[];
}

/** One operation at half of the highest rate, whatever that was in each round. */
export interface LatencyFigures {
  readonly operation: string;
  readonly label: string;
  readonly workers: number;
  readonly isTls: boolean;
  readonly connections: number;
  readonly highestOpsPerSecond: Spread;
  /** Latencies from the moment when a request was due. */
  readonly keywright: ServerFigures;
  /** At the same rate. */
  readonly echo: ServerFigures;
  /** How much of the latencies is because the load generator itself was late. */
  readonly generatorLateMs: { readonly p50: number; readonly p99: number };
}

/** Many workers against one; scaling.ts says what the placements are. */
export interface ScalingFigures {
  readonly operation: string;
  readonly label: string;
  readonly workers: number;
  readonly cores: number;
  readonly connections: number;
  readonly placements: readonly PlacementFigures[];
  readonly keywright: ScalingRatios;
  /** What the machine gives to a server whose processes have nothing to do with each other. */
  readonly echo: ScalingRatios;
}

export interface PlacementFigures {
  readonly placement: 'apart' | 'together' | 'all' | 'free';
  readonly keywright: ServerFigures;
  readonly echo: ServerFigures;
}

export interface ScalingRatios {
  readonly allToTogether: Spread;
  readonly allToApart: Spread;
  /** Absent where there are no cores besides the workers'. */
  readonly freeToApart?: Spread;
  /** Not measured, but worked out of processor times; absent where those are not known. */
  readonly projected?: Spread;
}

/** A server that begins with a great deal of state, next to one that begins with none. */
export interface StateFigures {
  readonly start: StartTimes;
  readonly idleBytes?: number;
  readonly loadedBytes?: number;
  readonly operations: readonly {
    readonly operation: string;
    readonly label: string;
    readonly keywright: ServerFigures;
    readonly empty: ServerFigures;
    readonly ratioToEmpty: Spread;
  }[];
}

/** Of all processes of a server together; what they share is counted in each. Undefined where it is not known. */
export interface MemoryFigures {
  readonly workers: number;
  readonly isTls: boolean;
  /** Before it had any key. */
  readonly startedBytes: number | undefined;
  /** After all of its load. */
  readonly loadedBytes: number | undefined;
}

export interface StartTimes {
  /** Until GET /health is answered with 200. */
  readonly healthyMs: Spread;
  /** Until a signed request is answered with 200. */
  readonly firstAnswerMs: Spread;
}

/** A quick operation alone, beside a slow one, and the slow one, one after the other. */
export interface InterferenceRound {
  readonly alone: Interval;
  readonly beside: Interval;
  readonly slow: Interval;
}

/** Who waits for whom. */
export interface InterferenceSubject {
  readonly operation: string;
  readonly label: string;
  readonly connections: number;
  readonly slowOperation: string;
  readonly slowLabel: string;
  readonly slowConnections: number;
}

export interface InterferenceFigures extends InterferenceSubject {
  readonly alone: ServerFigures;
  readonly beside: ServerFigures;
  readonly slow: ServerFigures;
  /** Latency beside the slow operation to latency alone, round by round: 1 would be as if it were not there. */
  readonly ratios: { readonly p50: Spread; readonly p99: Spread };
}

/** All figures are NaN where there are no values. */
export function spreadOf(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (index: number): number => sorted[index] ?? Number.NaN;
  const middle = (sorted.length - 1) / 2;
  return { median: (at(Math.floor(middle)) + at(Math.ceil(middle))) / 2, min: at(0), max: at(sorted.length - 1) };
}

/** Quotients of values at the same place: of the same round, in which the machine was as busy for both. */
export function ratios(numerators: readonly number[], denominators: readonly number[]): Spread {
  return spreadOf(numerators.map((numerator, round) => numerator / (denominators[round] ?? Number.NaN)));
}

/** A member, but only with figures that are numbers: JSON knows no NaN. */
export function within<Name extends string>(name: Name, spread: Spread): { readonly [N in Name]?: Spread } {
  return Number.isNaN(spread.median) ? {} : ({ [name]: spread } as { [N in Name]: Spread }); // the one member that it says
}

export function summarize(name: string, intervals: readonly Interval[]): ServerFigures {
  const [first] = intervals;
  if (first === undefined) throw new Error(`${name} has not been measured.`);
  const latency = intervals.slice(1).reduce((sum, { latency }) => sum.plus(latency), first.latency);
  const byRound = intervals.map(({ opsPerSecond }) => opsPerSecond);
  const cpu = intervals.map(({ cpuMicrosPerOp }) => cpuMicrosPerOp).filter((micros) => micros !== undefined);
  return {
    name,
    opsPerSecond: spreadOf(byRound),
    opsPerSecondByRound: byRound,
    latencyMs: { p50: latency.percentile(0.5), p99: latency.percentile(0.99), p999: latency.percentile(0.999) },
    p99ByRoundMs: spreadOf(intervals.map(({ latency }) => latency.percentile(0.99))),
    ...within('cpuMicrosPerOp', spreadOf(cpu)),
    generatorMicrosPerOp: spreadOf(intervals.map(({ generatorMicrosPerOp }) => generatorMicrosPerOp)),
    generatorBusy: spreadOf(intervals.map(({ generatorBusy }) => generatorBusy)),
    closesConnections: intervals.some(({ closes }) => closes),
  };
}

export function interferenceOf(
  rounds: readonly InterferenceRound[],
  subject: InterferenceSubject,
): InterferenceFigures {
  const latencies = (which: 'alone' | 'beside', fraction: number): number[] =>
    rounds.map((round) => round[which].latency.percentile(fraction));
  const ratioOf = (fraction: number): Spread => ratios(latencies('beside', fraction), latencies('alone', fraction));
  const figuresOf = (which: keyof InterferenceRound): ServerFigures =>
    summarize(
      which,
      rounds.map((round) => round[which]),
    );
  return {
    ...subject,
    alone: figuresOf('alone'),
    beside: figuresOf('beside'),
    slow: figuresOf('slow'),
    ratios: { p50: ratioOf(0.5), p99: ratioOf(0.99) },
  };
}
