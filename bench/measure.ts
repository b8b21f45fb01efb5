/**
 * Measures operations. In each round every server has its turn, ours and the echo server next to each other, so that
 * whatever else the machine does meets all of them; ratios are taken within a round.
 */
import {
  type Interval,
  type OperationFigures,
  type Round,
  ratios,
  type Spread,
  spreadOf,
  summarize,
  within,
} from './figures.ts';
import { measureEcho, measureSubject, type Pair, type Subject, type Tools } from './intervals.ts';
import type { Operation } from './operation.ts';
import { labelOf } from './setups.ts';

export interface Field extends Tools {
  readonly settings: LoadSettings;
  /** Told before each interval. */
  readonly onProgress: (what: string) => void;
  /** Told when a peer does not do what it did before; it is left out of that round. */
  readonly onTrouble: (what: string) => void;
  /** Pairs whose code has run for a while. */
  readonly warm: Set<Pair>;
}

export interface LoadSettings {
  readonly connections: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

/** What is measured side by side: an operation at a pair of servers, and at peers. */
export interface Cell {
  readonly pair: Pair;
  readonly operation: Operation;
  readonly connections: number;
  readonly peers: readonly Subject[];
  /** In so many of the rounds peers take part; absent: in all. */
  readonly peerRounds?: number;
}

/** A server's very first load warms it up for so many times as long: its code is compiled for good only after tens of thousands of requests. */
const firstWarmUps = 12;
/** The echo server has little code to be warmed, and peers have not been asked to hurry. */
const echoWarmUpShare = 0.5;
const peerWarmUpSeconds = 0.2;
const peerWarmUpConnections = 4;
/** A peer that takes this long for one interval takes part in no more of them: it is slow, and that has been seen. */
const peerPatienceMs = 4000;

/** Figures of each cell, in their order. Rejects as soon as our server gives a wrong answer. */
export async function measureCells(field: Field, cells: readonly Cell[], label: string): Promise<OperationFigures[]> {
  const { settings, onProgress } = field;
  onProgress(`${label}: warming up`);
  const pairs = new Map(cells.map((cell) => [cell.pair, cell]));
  for (const cell of pairs.values()) await warmUp(field, cell);
  const rounds: Round[][] = cells.map(() => []);
  const isSlow = new Set<Subject>();
  for (let round = 1; round <= settings.rounds; round++) {
    for (const [index, cell] of cells.entries()) {
      const where = cells.length === 1 ? '' : `, ${labelOf(cell.pair.setup)}, ${cell.connections} connections`;
      onProgress(`${label}: round ${round} of ${settings.rounds}${where}`);
      const isOfPeers = round <= (cell.peerRounds ?? Number.POSITIVE_INFINITY);
      const peers = cell.peers.filter((peer) => isOfPeers && !isSlow.has(peer));
      rounds[index]?.push(await runRound(field, { ...cell, peers }, (peer) => isSlow.add(peer)));
    }
  }
  return cells.map((cell, index) => figuresOf(cell, rounds[index] ?? []));
}

async function warmUp(field: Field, { pair, operation, connections, peers }: Cell): Promise<void> {
  const seconds = field.settings.warmUpSeconds * (field.warm.has(pair) ? 1 : firstWarmUps);
  field.warm.add(pair);
  const load = { operation, connections, workers: pair.setup.workers };
  await measureSubject(field, pair.keywright, { ...load, seconds });
  await measureEcho(field, pair, { ...load, seconds: seconds * echoWarmUpShare });
  const peerLoad = { ...load, connections: Math.min(connections, peerWarmUpConnections), seconds: peerWarmUpSeconds };
  for (const peer of peers) await measurePeer(field, peer, peerLoad);
}

async function runRound(field: Field, cell: Cell, onSlow: (peer: Subject) => void): Promise<Round> {
  const { pair, operation, connections, peers } = cell;
  const load = { operation, connections, seconds: field.settings.seconds, workers: pair.setup.workers };
  const keywright = await measureSubject(field, pair.keywright, load);
  const echo = await measureEcho(field, pair, load);
  const theirs = new Map<string, Interval>();
  for (const peer of peers) {
    const startedAt = performance.now();
    const interval = await measurePeer(field, peer, load);
    if (performance.now() - startedAt > peerPatienceMs) onSlow(peer);
    if (interval !== undefined) theirs.set(peer.name, interval);
  }
  return { keywright, echo, peers: theirs };
}

/** Undefined where it fails: a run of minutes does not end because of somebody else's server. */
async function measurePeer(field: Field, peer: Subject, load: Parameters<typeof measureSubject>[2]) {
  try {
    return await measureSubject(field, peer, load);
  } catch (error) {
    field.signal.throwIfAborted();
    const what = error instanceof Error ? error.message : String(error);
    field.onTrouble(`${load.operation.name} on ${load.connections} connections: ${what}`);
    return undefined;
  }
}

function figuresOf({ pair, operation, connections, peers }: Cell, rounds: readonly Round[]): OperationFigures {
  const ours = rounds.map((round) => round.keywright);
  const echoes = rounds.map((round) => round.echo);
  return {
    operation: operation.name,
    label: operation.label,
    ...pair.setup,
    connections,
    keywright: summarize(pair.keywright.name, ours),
    echo: summarize(pair.echo.name, echoes),
    ratioToEcho: ratios(rates(ours), rates(echoes)),
    ...within('cpuRatioToEcho', ratios(cpuOf(echoes), cpuOf(ours))),
    ...within('shareOfOthers', othersOf([...ours, ...echoes])),
    peers: peers.flatMap(({ name }) => {
      const both = rounds.flatMap(({ keywright, peers }) => {
        const theirs = peers.get(name);
        return theirs === undefined ? [] : [{ keywright, theirs }];
      });
      if (both.length === 0) return [];
      const theirs = both.map(({ theirs }) => theirs);
      const timesSlower = ratios(rates(both.map(({ keywright }) => keywright)), rates(theirs));
      return [{ ...summarize(name, theirs), timesSlower }];
    }),
  };
}

function rates(intervals: readonly Interval[]): number[] {
  return intervals.map(({ opsPerSecond }) => opsPerSecond);
}

/** NaN where it is not known. */
function cpuOf(intervals: readonly Interval[]): number[] {
  return intervals.map(({ cpuMicrosPerOp }) => cpuMicrosPerOp ?? Number.NaN);
}

function othersOf(intervals: readonly Interval[]): Spread {
  return spreadOf(intervals.flatMap(({ shareOfOthers }) => shareOfOthers ?? []));
}
