/**
 * One timed interval of load: so many connections, each sending its next request as soon as it has its answer. A closed
 * loop: a server that stalls is asked less meanwhile, so percentiles tell how it does at this number of clients, not at
 * a given rate.
 */
import { Connection, type Endpoint, type Request, type Traffic } from './connection.ts';
import { Histogram } from './histogram.ts';
import type { Response } from './response.ts';

/** Complete requests, one after the other; `ends` says where each ends. */
export interface RequestPool {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly ends: Uint32Array<ArrayBuffer>;
}

export interface LoadJob {
  readonly endpoint: Endpoint;
  readonly pool: RequestPool;
  readonly connections: number;
  readonly seconds: number;
}

/** An answer that was kept to be looked at afterwards. */
export interface Sample {
  readonly index: number;
  readonly body: string;
}

export interface LoadResult {
  /** Answers that arrived within the interval, and how long they took. */
  readonly counts: Float64Array<ArrayBuffer>;
  /** Those, and the ones that were still on their way at its end. */
  readonly answered: number;
  readonly samples: readonly Sample[];
  /** Whether the server closes connections after each answer. */
  readonly closes: boolean;
  /** Processor time of the generating thread, as a share of the interval: near 1 it, not the server, sets the pace. */
  readonly generatorBusy: number;
}

/** All of the first answers are kept, then one in so many; a prime number, so that all requests get their turn. */
const keptFirst = 20;
const keptOneIn = 97;
const keptAtMost = 200;
const graceMs = 10_000;

/** Rejects at the first answer that is not a 200, and at any trouble with a connection. */
export async function runLoad(job: LoadJob): Promise<LoadResult> {
  const run = new LoadRun(job);
  return await run.result;
}

class LoadRun implements Traffic {
  readonly #done = Promise.withResolvers<LoadResult>();
  readonly #requests: readonly Request[];
  readonly #connections: readonly Connection[];
  readonly #job: LoadJob;
  readonly #histogram = new Histogram();
  readonly #samples: Sample[] = [];
  readonly #limit: NodeJS.Timeout;
  #waiting: number;
  #next = 0;
  #answered = 0;
  #closes = false;
  #endsAt = 0;
  #cpuBefore = process.threadCpuUsage();

  constructor(job: LoadJob) {
    this.#job = job;
    this.#requests = Array.from(job.pool.ends, (end, index) => ({
      index,
      bytes: job.pool.bytes.subarray(job.pool.ends[index - 1] ?? 0, end),
    }));
    this.#connections = Array.from({ length: job.connections }, () => new Connection(job.endpoint, this));
    this.#waiting = job.connections;
    this.#limit = setTimeout(
      () => this.failed(new Error(`${this.#waiting} of ${job.connections} connections got no answer in time.`)),
      job.seconds * 1000 + graceMs,
    );
    for (const connection of this.#connections) connection.open(() => this.#opened());
  }

  get result(): Promise<LoadResult> {
    return this.#done.promise;
  }

  /** The clock starts when the last one is connected. */
  #opened(): void {
    if (--this.#waiting > 0) return;
    this.#waiting = this.#job.connections;
    this.#cpuBefore = process.threadCpuUsage();
    this.#endsAt = performance.now() + this.#job.seconds * 1000;
    for (const connection of this.#connections) connection.proceed();
  }

  next(): Request | undefined {
    if (performance.now() >= this.#endsAt) return undefined;
    const request = this.#requests[this.#next++ % this.#requests.length];
    if (request === undefined) throw new Error('The pool of requests is empty.');
    return request;
  }

  answered(request: Request, { status, body, closes }: Response, startedAt: number): void {
    if (status !== 200) {
      throw new Error(`Request ${request.index} was answered with status ${status}: ${body.toString('utf8', 0, 500)}`);
    }
    const now = performance.now();
    if (now <= this.#endsAt) this.#histogram.record(now - startedAt);
    this.#closes ||= closes;
    const isKept = this.#answered < keptFirst || this.#answered % keptOneIn === 0;
    if (isKept && this.#samples.length < keptAtMost) this.#samples.push({ index: request.index, body: `${body}` });
    this.#answered++;
  }

  closed(): void {
    if (--this.#waiting > 0) return;
    clearTimeout(this.#limit);
    const cpu = process.threadCpuUsage(this.#cpuBefore);
    this.#done.resolve({
      counts: this.#histogram.counts,
      answered: this.#answered,
      samples: this.#samples,
      closes: this.#closes,
      generatorBusy: (cpu.user + cpu.system) / 1e6 / this.#job.seconds,
    });
  }

  failed(error: unknown): void {
    clearTimeout(this.#limit);
    for (const connection of this.#connections) connection.destroy();
    this.#done.reject(error);
  }
}
