/** A whole run: starts the servers, gives them keys, measures, and takes away everything that it has started. */
import type {
  InterferenceFigures,
  LatencyFigures,
  MemoryFigures,
  OperationFigures,
  ScalingFigures,
  StateFigures,
} from './figures.ts';
import { shortfallsOf } from './floors.ts';
import { measureInterference } from './interference.ts';
import type { Pair } from './intervals.ts';
import { measureLatency } from './latency.ts';
import { LoadGenerator } from './load.ts';
import { describeCommit, describeMachine, type Machine } from './machine.ts';
import { type Cell, type Field, measureCells } from './measure.ts';
import type { Operation } from './operation.ts';
import type { BenchOptions } from './options.ts';
import { ownCores } from './pinning.ts';
import type { Refusal } from './prepare.ts';
import { type PutOff, Rest } from './rest.ts';
import { measureScaling } from './scaling.ts';
import { type Stand, setUp, stateOperations } from './stand.ts';
import { measureStartsOn, measureStartup, type StartupFigures } from './startup.ts';
import { measureState } from './state.ts';
import { generateDataKey } from './symmetric-operations.ts';

export interface Results {
  readonly date: string;
  readonly commit: string | undefined;
  readonly machine: Machine;
  readonly settings: {
    readonly connections: number;
    readonly rounds: number;
    readonly seconds: number;
    readonly warmUpSeconds: number;
    readonly distinctRequests: number;
    readonly isSmoke: boolean;
    readonly isProfiled: boolean;
  };
  /** Absent where no starts were asked for. */
  readonly startup?: StartupFigures;
  readonly operations: readonly OperationFigures[];
  readonly sweep: readonly OperationFigures[];
  readonly latency: readonly LatencyFigures[];
  readonly scaling: readonly ScalingFigures[];
  /** Of our server with one worker. */
  readonly interference: readonly InterferenceFigures[];
  readonly state?: StateFigures;
  /** What peers would not do, and so was not measured there. */
  readonly refusals: readonly Refusal[];
  /** What else was not measured, and why. */
  readonly remarks: readonly string[];
  /** Resident memory of our servers. */
  readonly memory: readonly MemoryFigures[];
  /** Absent where it was not waited for. */
  readonly putOff?: PutOff;
  readonly tookSeconds: number;
}

export interface Watch {
  readonly signal: AbortSignal;
  readonly onProgress: (what: string) => void;
}

/** Peers take part in so many of the rounds: the slow ones have little to spread, and take long. */
const peerRounds = 3;
const sweepPeerRounds = 1;
const roundsOfDoubt = 3;
const lateMs = 40_000;

/** Rejects when our server gives a wrong answer or none, and when it is interrupted; nothing is left running then. */
export async function runBench(options: BenchOptions, watch: Watch): Promise<Results> {
  const date = new Date();
  const machine = describeMachine();
  const startup = options.startup.starts === 0 ? undefined : await measureStartup({ ...options.startup, ...watch });
  const measured = await measureLoad(options, watch);
  const { load, requests, isSmoke, profileDirectory } = options;
  return {
    date: date.toISOString(),
    commit: describeCommit(),
    machine,
    settings: { ...load, distinctRequests: requests.keywright, isSmoke, isProfiled: profileDirectory !== undefined },
    ...(startup === undefined ? {} : { startup }),
    ...measured,
    tookSeconds: Math.round((Date.now() - date.getTime()) / 1000),
  };
}

async function measureLoad(options: BenchOptions, watch: Watch) {
  const remarks: string[] = [];
  const template = options.dataTemplate;
  const starts = template === undefined ? undefined : await measureStartsOn(template, { ...options.startup, ...watch });
  await using generator = new LoadGenerator(watch.signal);
  await using stand = await setUp(options, watch);
  const onTrouble = (what: string): void => void remarks.push(what);
  const rest = options.isSmoke ? undefined : new Rest(stand.processes, watch.signal);
  const field: Field = { generator, rest, settings: options.load, warm: new Set(), onTrouble, ...watch };
  const { state, ...figures } = await new Measuring(options, field, stand).all();
  return {
    ...figures,
    memory: stand.pairs.map(memoryOf),
    ...(rest?.putOff && { putOff: rest.putOff }),
    ...(starts === undefined || state === undefined ? {} : { state: { ...starts, ...state } }),
    refusals: stand.peers.flatMap(({ material }) => material.refusals),
    remarks: [...stand.remarks, ...figures.remarks, ...remarks],
  };
}

function memoryOf({ setup, startedBytes, keywright }: Pair): MemoryFigures {
  return { ...setup, startedBytes, loadedBytes: keywright.process?.residentBytes() };
}

class Measuring {
  readonly #options: BenchOptions;
  readonly #field: Field;
  readonly #stand: Stand;
  readonly #remarks: string[] = [];

  constructor(options: BenchOptions, field: Field, stand: Stand) {
    this.#options = options;
    this.#field = field;
    this.#stand = stand;
  }

  /** What changes most of the server's state comes last. */
  async all() {
    const sweep = await this.#sweep();
    const latency = await this.#latency();
    const scaling = await this.#scaling();
    const interference = await this.#interference();
    const state = await this.#state();
    const operations = await this.#operations();
    return { operations, sweep, latency, scaling, interference, state, remarks: this.#remarks };
  }

  async #state() {
    const { withState, pairs } = this.#stand;
    if (withState === undefined) return undefined;
    const [{ keywright, setup }] = pairs;
    const contest = { operations: stateOperations, withState, empty: keywright, workers: setup.workers };
    const operations = await measureState(this.#field, contest);
    const loadedBytes = withState.process?.residentBytes();
    return { operations, ...(loadedBytes === undefined ? {} : { loadedBytes }) };
  }

  async #operations(): Promise<OperationFigures[]> {
    const [pair] = this.#stand.pairs;
    const { connections } = this.#field.settings;
    const figures: OperationFigures[] = [];
    for (const operation of this.#options.operations) {
      const peers = this.#stand.peers.filter(({ material }) => material.items.has(operation));
      const cell = { pair, operation, connections, peers, peerRounds };
      figures.push(...(await this.#cells([cell], operation)));
    }
    return figures;
  }

  /** On a machine that is very busy, a smoke run looks at its last operations only once, to end in time. */
  #inTime(): Field {
    const isLate = this.#options.isSmoke && performance.now() > lateMs;
    return isLate ? { ...this.#field, settings: { ...this.#field.settings, rounds: 1 } } : this.#field;
  }

  /** What falls under its floor is measured once more, for longer: noise of the machine is not to fail anybody's run. */
  async #cells(cells: readonly Cell[], { label }: Operation): Promise<OperationFigures[]> {
    const { floors } = this.#options;
    const field = this.#inTime();
    const figures = await measureCells(field, cells, label);
    if (floors === undefined) return figures;
    const doubted = cells.filter((_, index) => shortfallsOf(figures.slice(index, index + 1), floors).length > 0);
    if (doubted.length === 0) return figures;
    const rounds = field.settings.rounds * roundsOfDoubt;
    const patient = { ...field, settings: { ...field.settings, rounds } };
    const again = await measureCells(patient, doubted, `${label}, under its floor, again`);
    return cells.flatMap((cell, index) => again[doubted.indexOf(cell)] ?? figures[index] ?? []);
  }

  /** All numbers of connections and all ways to run the servers take their turns in each round. */
  async #sweep(): Promise<OperationFigures[]> {
    const { pairs, peers } = this.#stand;
    const figures: OperationFigures[] = [];
    for (const operation of this.#options.sweep) {
      const able = peers.filter(({ material }) => material.items.has(operation));
      const cells = pairs.flatMap((pair, index) =>
        this.#options.sweepConnections.map((connections) => {
          return { pair, operation, connections, peers: index === 0 ? able : [], peerRounds: sweepPeerRounds };
        }),
      );
      figures.push(...(await this.#cells(cells, operation)));
    }
    return figures;
  }

  async #latency(): Promise<LatencyFigures[]> {
    const figures: LatencyFigures[] = [];
    for (const operation of this.#options.latency) {
      for (const pair of this.#plainPairs()) figures.push(await measureLatency(this.#field, pair, operation));
    }
    return figures;
  }

  async #scaling(): Promise<ScalingFigures[]> {
    const { scaling } = this.#options;
    if (scaling.length === 0) return [];
    const pairs = this.#plainPairs();
    const one = pairs.find(({ setup }) => setup.workers === 1);
    const many = pairs.filter(({ setup }) => setup.workers > 1);
    const cores = ownCores();
    const [most = 0] = many.map(({ setup }) => setup.workers).toSorted((a, b) => b - a);
    if (one === undefined || cores === undefined || cores.length < Math.max(2, most) || many.length === 0) {
      this.#remarks.push(
        'Scaling was not measured: it takes --workers with 1 and more, cores for all of them, and taskset.',
      );
      return [];
    }
    // With fewer, workers would wait for their clients.
    const { settings } = this.#field;
    const connections = Math.max(settings.connections, ...this.#options.sweepConnections);
    const field = { ...this.#field, settings: { ...settings, connections } };
    const figures: ScalingFigures[] = [];
    for (const operation of scaling) {
      for (const pair of many) figures.push(await measureScaling(field, { operation, one, many: pair, cores }));
    }
    return figures;
  }

  async #interference(): Promise<InterferenceFigures[]> {
    const figures: InterferenceFigures[] = [];
    const field = { ...this.#field, keywright: this.#stand.pairs[0].keywright };
    for (const slow of this.#options.interference) {
      figures.push(await measureInterference(field, { quick: generateDataKey, slow }));
    }
    return figures;
  }

  /** Over TLS the same is to be seen; where that is all that there is, that. */
  #plainPairs(): readonly Pair[] {
    const plain = this.#stand.pairs.filter(({ setup }) => !setup.isTls);
    return plain.length > 0 ? plain : this.#stand.pairs;
  }
}
