/**
 * Where work that takes long leaves the event loop: whatever would hold it for more than about 0.2 ms. One queue for all of
 * it, in lanes that take turns, and one core left for the event loop, so that under many slow requests the fast ones keep their latency.
 */
import { AsyncLocalStorage } from 'node:async_hooks';
import { availableParallelism } from 'node:os';
import type { Jobs } from './offload/jobs.ts';
import { Limiter } from './offload/limiter.ts';
import { type Input, type Reply, Threads } from './offload/threads.ts';

// Diverges: slow-work-queue
const quick = new Limiter({ running: Math.max(1, availableParallelism() - 1), waitingInLane: 2000 });
const long = new Limiter({ running: 1, waitingInLane: 100 });
const lanes = new AsyncLocalStorage<Lane>();
const threads = new Threads(new URL('./offload/worker.ts', import.meta.url));

/** Where the slow work of a request waits. */
export interface Lane {
  /** The lanes of different names take turns. */
  readonly name: string;
  /** Set once there was slow work. */
  hasWaited: boolean;
}

/** Has all slow work that `work` begins wait in one lane. */
export function inLane<T>(lane: Lane, work: () => T): T {
  return lanes.run(lane, work);
}

function ownLane(): string {
  const lane = lanes.getStore();
  if (lane === undefined) return '';
  lane.hasWaited = true;
  return lane.name;
}

/**
 * Has a synchronous job of jobs.ts done by a thread of ours, once its turn comes. Keys go there as handles, bytes as
 * copies. Throws JobError where the job threw: without its text, because texts may quote what they are about.
 */
export function inWorker<N extends keyof Jobs>(
  name: N,
  input: Parameters<Jobs[N]>[0] & Input,
): Promise<Reply<ReturnType<Jobs[N]>>> {
  // A thread answers with what the job of that name returned.
  return quick.run(ownLane(), () => threads.run(name, input)) as Promise<Reply<ReturnType<Jobs[N]>>>;
}

/**
 * Starts work of milliseconds that node:crypto does on libuv's threads, in turn with `inWorker`, which is to be preferred: its
 * threads stand back behind the event loop, and libuv's do not.
 */
export function heavy<T>(work: () => Promise<T>): Promise<T> {
  return quick.run(ownLane(), work);
}

/** The same for finding primes, which takes seconds: one at a time, and nothing that is quicker waits for it. */
export function lengthy<T>(work: () => Promise<T>): Promise<T> {
  return long.run(ownLane(), work);
}
