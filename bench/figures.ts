/** From measured intervals to the figures that are reported: medians over the rounds, so that one bad round is no harm. */
import type { Histogram } from './histogram.ts';

/** One server under one operation for one timed interval. */
export interface Interval {
  readonly opsPerSecond: number;
  readonly latency: Histogram;
  /** Processor time of the server for each answer; unknown for servers that the bench has not started. */
  readonly cpuMicrosPerOp: number | undefined;
  readonly generatorBusy: number;
  readonly closes: boolean;
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
  readonly cpuMicrosPerOp?: Spread;
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
  readonly keywright: ServerFigures;
  readonly echo: ServerFigures;
  /** Ours to the echo server's operations per second, round by round: 1 would be as fast as not doing anything. */
  readonly ratioToEcho: Spread;
  readonly peers: readonly PeerFigures[];
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
    ...(cpu.length === 0 ? {} : { cpuMicrosPerOp: spreadOf(cpu) }),
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
