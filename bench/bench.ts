/** A whole run: starts the servers, gives them keys, measures, and takes away everything that it has started. */
import type { InterferenceFigures, OperationFigures } from './figures.ts';
import { measureInterference } from './interference.ts';
import { LoadGenerator } from './load.ts';
import { describeCommit, describeMachine, type Machine } from './machine.ts';
import { measureOperation, type Subject } from './measure.ts';
import type { BenchOptions } from './options.ts';
import { prepare, type Refusal } from './prepare.ts';
import { measureStartup, type StartupFigures } from './startup.ts';
import { startEcho, startKeywright, startUnaudited, temporaryDirectory } from './targets.ts';
import { generateDataKey } from './workload.ts';

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
  readonly startup: StartupFigures;
  readonly operations: readonly OperationFigures[];
  /** Of our server only. */
  readonly interference: readonly InterferenceFigures[];
  /** What peers would not do, and so was not measured there. */
  readonly refusals: readonly Refusal[];
  /** Resident memory of our server after all of the load; absent where it is not known. */
  readonly loadedBytes?: number;
  readonly tookSeconds: number;
}

export interface Watch {
  readonly signal: AbortSignal;
  readonly onProgress: (what: string) => void;
}

/** Rejects when a server gives a wrong answer or none, and when it is interrupted; nothing is left running then. */
export async function runBench(options: BenchOptions, watch: Watch): Promise<Results> {
  const date = new Date();
  const machine = describeMachine();
  const startup = await measureStartup({ ...options.startup, ...watch });
  const measured = await measureLoad(options, watch);
  const { load, requests, isSmoke, profileDirectory } = options;
  return {
    date: date.toISOString(),
    commit: describeCommit(),
    machine,
    settings: { ...load, distinctRequests: requests.keywright, isSmoke, isProfiled: profileDirectory !== undefined },
    startup,
    ...measured,
    tookSeconds: Math.round((Date.now() - date.getTime()) / 1000),
  };
}

async function measureLoad(options: BenchOptions, watch: Watch) {
  const { signal, onProgress } = watch;
  using data = temporaryDirectory();
  const { profileDirectory } = options;
  const ours = await startKeywright({ dataDirectory: data.path, profileDirectory, signal });
  await using server = ours.process;
  using unauditedData = temporaryDirectory();
  const unaudited = options.hasUnaudited
    ? await startUnaudited({ dataDirectory: unauditedData.path, signal })
    : undefined;
  await using _unauditedServer = unaudited?.process;
  const echo = await startEcho(signal);
  await using _echoServer = echo.process;
  await using generator = new LoadGenerator(signal);

  const { operations, slowOperations, requests } = options;
  onProgress('making keys and requests');
  const inContests = slowOperations.length === 0 ? [] : [generateDataKey, ...slowOperations];
  const all = new Set([...operations, ...inContests]);
  const wanted = { operations: [...all], itemCount: requests.keywright, mayRefuse: false, signal };
  const keywright: Subject = { ...ours, material: await prepare(ours, wanted) };
  const peers: Subject[] = [];
  if (unaudited !== undefined) peers.push({ ...unaudited, material: await prepare(unaudited, wanted) });
  for (const peer of options.peers) {
    onProgress(`making keys and requests at ${peer.name}`);
    const wanted = { operations, itemCount: requests.peer, mayRefuse: true, signal };
    peers.push({ ...peer, material: await prepare(peer, wanted) });
  }

  const field = { generator, keywright, echo, peers, settings: options.load, ...watch };
  const figures: OperationFigures[] = [];
  for (const operation of operations) figures.push(await measureOperation(field, operation));
  const interference: InterferenceFigures[] = [];
  for (const slow of slowOperations) {
    interference.push(await measureInterference(field, { quick: generateDataKey, slow }));
  }
  const refusals = peers.flatMap(({ material }) => material.refusals);
  const loadedBytes = server.residentBytes();
  return { operations: figures, interference, refusals, ...(loadedBytes === undefined ? {} : { loadedBytes }) };
}
