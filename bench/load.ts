/**
 * The load generator as the rest of the bench sees it: processes that last for the whole run, so that their code is warm. One
 * of them drives two workers or more (it costs less for a request than the barest server), so there are more of them
 * only where there are many workers; each then has its share of the connections and of the rate.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { Histogram } from './histogram.ts';
import type { LoadAnswer } from './load-process.ts';
import type { LoadJob, LoadResult } from './load-run.ts';

const workersPerProcess = 2;

export class LoadGenerator implements AsyncDisposable {
  readonly #processes: LoadProcess[] = [];
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** One job at a time. Rejects where an answer was not a 200, and when it is interrupted. */
  async run(job: LoadJob, { workers }: { readonly workers: number }): Promise<LoadResult> {
    const count = Math.min(Math.ceil(workers / workersPerProcess), job.connections);
    while (this.#processes.length < count) this.#processes.push(new LoadProcess(this.#signal));
    const shares = this.#processes.slice(0, count).map((process, index) => process.run(shareOf(job, index, count)));
    return (await Promise.all(shares)).reduce(plus);
  }

  get pids(): readonly number[] {
    return this.#processes.map(({ pid }) => pid);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#processes.map((process) => process[Symbol.asyncDispose]()));
  }
}

class LoadProcess implements AsyncDisposable {
  readonly #child: ChildProcess = fork(new URL('./load-process.ts', import.meta.url), { serialization: 'advanced' });
  readonly #signal: AbortSignal;
  readonly #exited = new Promise<void>((resolve) => this.#child.once('exit', () => resolve()));

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  run(job: LoadJob): Promise<LoadResult> {
    const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
    const onMessage = (message: unknown) => {
      const answer = message as LoadAnswer; // load-process.ts sends nothing else
      if ('problem' in answer) reject(new Error(answer.problem));
      else resolve(answer.result);
    };
    const onExit = () => reject(new Error('The load generator has ended.'));
    this.#child.once('message', onMessage).once('error', reject).once('exit', onExit);
    const onAbort = () => reject(this.#signal.reason);
    this.#signal.addEventListener('abort', onAbort);
    this.#child.send(job);
    return promise.finally(() => {
      this.#signal.removeEventListener('abort', onAbort);
      this.#child.off('message', onMessage).off('error', reject).off('exit', onExit);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.connected) this.#child.disconnect();
    this.#child.kill('SIGKILL');
    if (this.#child.exitCode === null && this.#child.signalCode === null) await this.#exited;
  }
}

function shareOf(job: LoadJob, index: number, count: number): LoadJob {
  const connections = Math.floor(job.connections / count) + (index < job.connections % count ? 1 : 0);
  const { ratePerSecond } = job;
  return { ...job, connections, ...(ratePerSecond === undefined ? {} : { ratePerSecond: ratePerSecond / count }) };
}

function plus(one: LoadResult, other: LoadResult): LoadResult {
  const sum = (a: Float64Array<ArrayBuffer>, b: Float64Array<ArrayBuffer>) =>
    new Histogram(a).plus(new Histogram(b)).counts;
  return {
    counts: sum(one.counts, other.counts),
    latenessCounts: sum(one.latenessCounts, other.latenessCounts),
    answered: one.answered + other.answered,
    samples: [...one.samples, ...other.samples],
    closes: one.closes || other.closes,
    cpuSeconds: one.cpuSeconds + other.cpuSeconds,
    busy: Math.max(one.busy, other.busy),
  };
}
