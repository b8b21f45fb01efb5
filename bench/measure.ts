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
import { type ApiCall, type Service, signPool } from './requests.ts';
import type { StartedProcess } from './started-process.ts';
import type { StartedEndpoint } from './targets.ts';
import { type Material, type Operation, prove } from './workload.ts';

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
  readonly seconds: number;
}

/** Samples of each interval for which a ciphertext is decrypted again. */
const proofsPerInterval = 2;

/** Rejects as soon as a server gives a wrong answer. */
export async function measureOperation(field: Field, operation: Operation): Promise<OperationFigures> {
  const { settings, keywright, peers } = field;
  const rounds: Round[] = [];
  field.onProgress(`${operation.label}: warming up`);
  await runRound(field, operation, settings.warmUpSeconds);
  for (let round = 1; round <= settings.rounds; round++) {
    field.onProgress(`${operation.label}: round ${round} of ${settings.rounds}`);
    rounds.push(await runRound(field, operation, settings.seconds));
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
  const measureSubject = async (subject: Subject): Promise<Interval & { readonly pool: RequestPool }> => {
    const pool = signPool(subject, callsOf(operation, subject));
    const { result, interval } = await measureInterval(field, { endpoint: subject, pool, seconds });
    await checkAnswers(subject, operation, result);
    return { ...interval, pool };
  };
  const keywright = await measureSubject(field.keywright);
  const { pool } = keywright;
  const echoed = await measureInterval(field, { endpoint: field.echo, pool, seconds });
  checkEcho(callsOf(operation, field.keywright), echoed.result);
  const peers: Interval[] = [];
  for (const peer of field.peers) peers.push(await measureSubject(peer));
  return { keywright, echo: echoed.interval, peers };
}

async function measureInterval({ generator, settings, signal }: Field, { endpoint, pool, seconds }: Timed) {
  signal.throwIfAborted();
  const { name, host, port, process } = endpoint;
  const cpuBefore = process?.cpuSeconds();
  const job = { endpoint: { host, port }, pool, connections: settings.connections, seconds };
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

function callsOf(operation: Operation, { material }: Subject): ApiCall[] {
  return material.items.map((item) => ({ operation: operation.name, input: operation.input(item) }));
}

async function checkAnswers(subject: Subject, operation: Operation, { samples }: LoadResult): Promise<void> {
  const { items } = subject.material;
  const answers = samples.flatMap(({ index, body }) => {
    const item = items[index];
    return item === undefined ? [] : [{ item, answer: parseAnswer(body) }];
  });
  if (answers.length === 0) throw new Error(`${subject.name} has not answered ${operation.name} even once in time.`);
  for (const answered of answers) {
    if (!operation.isRight(answered)) throw new Error(`${subject.name} gave a wrong answer to ${operation.name}.`);
  }
  for (const answered of answers.slice(-proofsPerInterval)) await prove(subject, operation, answered);
}

function checkEcho(calls: readonly ApiCall[], { samples }: LoadResult): void {
  const isSame = samples.every(({ index, body }) => body === JSON.stringify(calls[index]?.input));
  if (!isSame || samples.length === 0) throw new Error('The echo server answers with something else than it got.');
}

function rates(intervals: readonly Interval[]): number[] {
  return intervals.map(({ opsPerSecond }) => opsPerSecond);
}
