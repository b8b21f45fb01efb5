/**
 * Work that would hold the event loop for more than about 0.2 ms goes through here, whatever it is: one queue for all of
 * it, one core left for the event loop. So under many slow requests the fast ones keep their latency.
 */
import { availableParallelism } from 'node:os';
import type { Jobs } from './jobs.ts';
import { Limiter } from './limiter.ts';
import { type Input, type Reply, Threads } from './threads.ts';

const limiter = new Limiter(Math.max(1, availableParallelism() - 1));
const threads = new Threads(new URL('./worker.ts', import.meta.url));

/** Starts work that OpenSSL does on libuv's threads (the asynchronous calls of node:crypto), once its turn comes. */
export function heavy<T>(work: () => Promise<T>): Promise<T> {
  return limiter.run(work);
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
  return limiter.run(() => threads.run(name, input)) as Promise<Reply<ReturnType<Jobs[N]>>>;
}
