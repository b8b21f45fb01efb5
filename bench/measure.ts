/**
 * Measures operations. In each round every server has its turn, ours and the echo server next to each other, so that
 * whatever else the machine does meets all of them; ratios are taken within a round.
 */
import { parseAnswer } from './client.ts';
import type { Endpoint } from './connection.ts';
import { type Interval, type OperationFigures, ratios, summarize } from './figures.ts';
import { Histogram } from './histogram.ts';
import type { LoadGenerator } from './load.ts';
import type { LoadResult, RequestPool } from './load-run.ts';
import { checkAnswer, type Material, prove } from './prepare.ts';
import { type ApiCall, type Service, signPool } from './requests.ts';
import type { StartedProcess } from './started-process.ts';
import type { StartedEndpoint } from './targets.ts';
import type { Item, Operation } from './workload.ts';

/** A key service, with what was made in it to work with. */
export interface Subject extends Service {
  readonly material: Material;
  /** Absent for a peer. */
  readonly process?: StartedProcess;
}

export interface Field {
  readonly generator: LoadGenerator;
  readonly keywright: Subject;
  readonly echo: StartedEndpoint;
  readonly peers: readonly Subject[];
  readonly settings: LoadSettings;
  readonly signal: AbortSignal;
  /** Told before each interval. */
  readonly onProgress: (what: string) => void;
}

export interface LoadSettings {
  readonly connections: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly warmUpSeconds: number;
}

interface Timed {
  readonly endpoint: Endpoint & { readonly name: string; readonly process?: StartedProcess };
  readonly pool: RequestPool;
  readonly connections: number;
  readonly seconds: number;
}

/** Samples of each interval that are proved with more than a look. */
const proofsPerInterval = 2;

/** Rejects as soon as a server gives a wrong answer. */
export async function measureOperation(field: Field, operation: Operation): Promise<OperationFigures> {
  const { settings, keywright } = field;
  const peers = field.peers.filter(({ material }) => material.items.has(operation));
  const rounds: Round[] = [];
  field.onProgress(`${operation.label}: warming up`);
  await runRound({ ...field, peers }, operation, settings.warmUpSeconds);
  for (let round = 1; round <= settings.rounds; round++) {
    field.onProgress(`${operation.label}: round ${round} of ${settings.rounds}`);
    rounds.push(await runRound({ ...field, peers }, operation, settings.seconds));
  }
  const ours = rounds.map((round) => round.keywright);
  const echoes = rounds.map((round) => round.echo);
  return {
    operation: operation.name,
    label: operation.label,
    keywright: summarize(keywright.name, ours),
    echo: summarize(field.echo.name, echoes),
    ratioToEcho: ratios(rates(ours), rates(echoes)),
    peers: peers.map(({ name }, index) => {
      const theirs = rounds.flatMap((round) => round.peers[index] ?? []);
      return { ...summarize(name, theirs), timesSlower: ratios(rates(ours), rates(theirs)) };
    }),
  };
}

interface Round {
  readonly keywright: Interval;
  readonly echo: Interval;
  readonly peers: readonly Interval[];
}

async function runRound(field: Field, operation: Operation, seconds: number): Promise<Round> {
  const { connections } = field.settings;
  const load = { operation, connections, seconds };
  const pool = poolOf(field.keywright, operation);
  const keywright = await measureSubject(field, { subject: field.keywright, pool, ...load });
  const echoed = await measureInterval(field, { endpoint: field.echo, pool, connections, seconds });
  checkEcho(callsOf(field.keywright, operation), echoed.result);
  const peers: Interval[] = [];
  for (const subject of field.peers) {
    peers.push(await measureSubject(field, { subject, pool: poolOf(subject, operation), ...load }));
  }
  return { keywright, echo: echoed.interval, peers };
}

/** What an interval is measured with. */
export type Tools = Pick<Field, 'generator' | 'signal'>;

export interface SubjectLoad {
  readonly subject: Subject;
  readonly operation: Operation;
  readonly pool: RequestPool;
  readonly connections: number;
  readonly seconds: number;
}

/** One interval, with its answers checked. Rejects where one is wrong. */
export async function measureSubject(tools: Tools, { subject, operation, ...load }: SubjectLoad): Promise<Interval> {
  const { result, interval } = await measureInterval(tools, { endpoint: subject, ...load });
  await checkAnswers(subject, operation, result);
  return interval;
}

async function measureInterval({ generator, signal }: Tools, { endpoint, pool, connections, seconds }: Timed) {
  signal.throwIfAborted();
  const { name, host, port, process } = endpoint;
  const cpuBefore = process?.cpuSeconds();
  const job = { endpoint: { host, port }, pool, connections, seconds };
  const result = await generator.run(job).catch((error: unknown) => {
    throw new Error(`${name}: ${error instanceof Error ? error.message : error}`, { cause: error });
  });
  const cpuAfter = process?.cpuSeconds();
  const latency = new Histogram(result.counts);
  const isCpuKnown = cpuBefore !== undefined && cpuAfter !== undefined;
  const interval: Interval = {
    opsPerSecond: latency.total / seconds,
    latency,
    cpuMicrosPerOp: isCpuKnown ? ((cpuAfter - cpuBefore) * 1e6) / result.answered : undefined,
    generatorBusy: result.generatorBusy,
    closes: result.closes,
  };
  return { result, interval };
}

/** Requests signed for now, one for each item. */
export function poolOf(subject: Subject, operation: Operation): RequestPool {
  return signPool(subject, callsOf(subject, operation));
}

function callsOf(subject: Subject, operation: Operation): ApiCall[] {
  return itemsOf(subject, operation).map((item) => ({ operation: operation.api, input: operation.input(item) }));
}

function itemsOf({ name, material }: Subject, operation: Operation): readonly Item[] {
  const items = material.items.get(operation);
  if (items === undefined) throw new Error(`${name} was not made ready for ${operation.name}.`);
  return items;
}

async function checkAnswers(subject: Subject, operation: Operation, { samples }: LoadResult): Promise<void> {
  const items = itemsOf(subject, operation);
  const answers = samples.flatMap(({ index, body }) => {
    const item = items[index];
    return item === undefined ? [] : [{ item, answer: parseAnswer(body) }];
  });
  if (answers.length === 0) throw new Error(`${subject.name} has not answered ${operation.name} even once in time.`);
  for (const answered of answers) checkAnswer(subject, operation, answered);
  for (const answered of answers.slice(-proofsPerInterval)) await prove(subject, operation, answered);
}

function checkEcho(calls: readonly ApiCall[], { samples }: LoadResult): void {
  const isSame = samples.every(({ index, body }) => body === JSON.stringify(calls[index]?.input));
  if (!isSame || samples.length === 0) throw new Error('The echo server answers with something else than it got.');
}

function rates(intervals: readonly Interval[]): number[] {
  return intervals.map(({ opsPerSecond }) => opsPerSecond);
}
