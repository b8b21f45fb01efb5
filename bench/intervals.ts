/** One timed interval at one server: requests signed, load put on it, what it cost, and its answers checked. */
import { parseAnswer } from './client.ts';
import type { Endpoint } from './connection.ts';
import type { Interval } from './figures.ts';
import { Histogram } from './histogram.ts';
import type { LoadGenerator } from './load.ts';
import type { LoadResult, RequestPool } from './load-run.ts';
import { type ProcessorTime, processorTime } from './machine.ts';
import type { Item, Operation } from './operation.ts';
import { checkAnswer, type Material, prove } from './prepare.ts';
import { type ApiCall, type Service, signPool } from './requests.ts';
import type { Rest } from './rest.ts';
import type { Setup } from './setups.ts';
import type { StartedProcess } from './started-process.ts';
import type { StartedEndpoint } from './targets.ts';

/** A key service, with what was made in it to work with. */
export interface Subject extends Service {
  readonly material: Material;
  /** Absent for a server that the bench has not started. */
  readonly process?: StartedProcess;
}

/** Our server and the echo server, run in the same way. */
export interface Pair {
  readonly setup: Setup;
  readonly keywright: Subject;
  /** Resident memory of our server before it had any key; absent where it is not known. */
  readonly startedBytes?: number | undefined;
  readonly echo: StartedEndpoint;
}

/** What an interval is measured with. */
export interface Tools {
  readonly generator: LoadGenerator;
  /** Absent where there is no time to let servers come to rest before each interval. */
  readonly rest?: Rest | undefined;
  readonly signal: AbortSignal;
}

export interface Load {
  readonly operation: Operation;
  readonly connections: number;
  readonly seconds: number;
  /** Absent: as fast as it goes. */
  readonly ratePerSecond?: number;
  /** Of the server, for which the generator has to have processes enough. */
  readonly workers: number;
}

/** Samples of each interval that are proved with more than a look. */
const proofsPerInterval = 2;
/** Servers refuse signatures that are minutes old. */
const poolLifeMs = 60_000;

/** One interval, with its answers checked. Rejects where one is wrong. */
export async function measureSubject(tools: Tools, subject: Subject, load: Load): Promise<Interval> {
  const { result, interval } = await measureInterval(tools, subject, { pool: poolOf(subject, load.operation), load });
  tools.rest?.note(result.answered);
  await checkAnswers(subject, load.operation, result);
  return interval;
}

/** The same for the echo server, with our requests. Rejects where it sends back anything else. */
export async function measureEcho(tools: Tools, { keywright, echo }: Pair, load: Load): Promise<Interval> {
  const { operation } = load;
  const { result, interval } = await measureInterval(tools, echo, { pool: poolOf(keywright, operation), load });
  checkEcho(callsOf(keywright, operation), result);
  return interval;
}

type Target = Endpoint & { readonly name: string; readonly process?: StartedProcess };

async function measureInterval(
  { generator, rest, signal }: Tools,
  target: Target,
  { pool, load }: { readonly pool: RequestPool; readonly load: Load },
) {
  signal.throwIfAborted();
  await rest?.wait();
  const { name, process, ...endpoint } = target;
  const { connections, seconds, ratePerSecond, workers } = load;
  const rate = ratePerSecond === undefined ? {} : { ratePerSecond };
  const cpuBefore = process?.cpuSeconds();
  const machineBefore = processorTime();
  const job = { endpoint: addressOf(endpoint), pool, connections, seconds, ...rate };
  const result = await generator.run(job, { workers }).catch((error: unknown) => {
    throw new Error(`${name}: ${error instanceof Error ? error.message : error}`, { cause: error });
  });
  const cpuAfter = process?.cpuSeconds();
  const machineAfter = processorTime();
  const latency = new Histogram(result.counts);
  const isCpuKnown = cpuBefore !== undefined && cpuAfter !== undefined;
  const ownSeconds = isCpuKnown ? cpuAfter - cpuBefore + result.cpuSeconds : undefined;
  const interval: Interval = {
    opsPerSecond: latency.total / seconds,
    latency,
    lateness: new Histogram(result.latenessCounts),
    cpuMicrosPerOp: isCpuKnown ? ((cpuAfter - cpuBefore) * 1e6) / result.answered : undefined,
    generatorMicrosPerOp: (result.cpuSeconds * 1e6) / result.answered,
    generatorBusy: result.busy,
    closes: result.closes,
    shareOfOthers: shareOfOthers(machineBefore, machineAfter, ownSeconds),
  };
  return { result, interval };
}

/** How much of all cores was used by neither server nor generator. */
function shareOfOthers(before?: ProcessorTime, after?: ProcessorTime, ownSeconds?: number): number | undefined {
  if (before === undefined || after === undefined || ownSeconds === undefined) return undefined;
  const total = after.totalSeconds - before.totalSeconds;
  const used = after.usedSeconds - before.usedSeconds;
  return total > 0 ? Math.max(0, used - ownSeconds) / total : undefined;
}

/** Nothing else of a target goes to the generator. */
function addressOf({ host, port, ca }: Endpoint): Endpoint {
  return { host, port, ...(ca === undefined ? {} : { ca }) };
}

interface SignedPool {
  readonly operation: Operation;
  readonly pool: RequestPool;
  readonly signedAt: number;
}

const pools = new WeakMap<Subject, SignedPool>();

/** Requests signed not long ago, one for each item. */
function poolOf(subject: Subject, operation: Operation): RequestPool {
  const found = pools.get(subject);
  const now = performance.now();
  if (found?.operation === operation && now - found.signedAt < poolLifeMs) return found.pool;
  const pool = signPool(subject, callsOf(subject, operation));
  pools.set(subject, { operation, pool, signedAt: now });
  return pool;
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
