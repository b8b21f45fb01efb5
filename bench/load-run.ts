/**
 * One timed interval of load. Closed: each connection sends its next request as soon as it has its answer; a server that
 * stalls is asked less meanwhile, so percentiles tell how it does at this number of clients, not at a given rate. Open:
 * requests fall due at random moments at a given rate, as those of callers that know nothing of each other (Poisson), and
 * their time counts from then, also while they wait for a free connection; so a stall is paid by all that it keeps waiting.
 */
import { type Answered, Connection, type Endpoint, type Request, type Traffic } from './connection.ts';
import { Histogram } from './histogram.ts';

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
  /** Absent: a closed loop. */
  readonly ratePerSecond?: number;
}

/** An answer that was kept to be looked at afterwards. */
export interface Sample {
  readonly index: number;
  readonly body: string;
}

export interface LoadResult {
  /** Closed: answers that arrived within the interval. Open: to all that fell due in it. And how long they took. */
  readonly counts: Float64Array<ArrayBuffer>;
  /** Of an open loop: by how much requests that found a free connection left later than due, which is our own doing. */
  readonly latenessCounts: Float64Array<ArrayBuffer>;
  /** Those, the first on each connection, and the ones that were still on their way at its end. */
  readonly answered: number;
  readonly samples: readonly Sample[];
  /** Whether the server closes connections after each answer. */
  readonly closes: boolean;
  /** Processor time of the generating process. */
  readonly cpuSeconds: number;
  /** Its share of the time from the start of the clock to the last answer: near 1 it, not the server, sets the pace. */
  readonly busy: number;
}

/** All of the first answers are kept, then one in so many; a prime number, so that all requests get their turn. */
const keptFirst = 20;
const keptOneIn = 97;
const keptAtMost = 200;
const graceMs = 10_000;
/** An open loop looks for what is due after each answer, and this often at least. */
const tickMs = 1;

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
  readonly #lateness = new Histogram();
  readonly #samples: Sample[] = [];
  readonly #limit: NodeJS.Timeout;
  #ticks: NodeJS.Timeout | undefined;
  /** Connections without a request in flight. */
  #free: Connection[] = [];
  /** Whether something due is waiting for one. */
  #isStarved = false;
  /** Connections that have had no answer. */
  #unproven: number;
  #next = 0;
  #answered = 0;
  #closes = false;
  #startedAt = 0;
  #endsAt = 0;
  /** Of an open loop: when the next request is due. */
  #dueAt = 0;
  readonly #cpuAtFirst = process.cpuUsage();
  /** When the clock started. */
  #cpuBefore = this.#cpuAtFirst;

  constructor(job: LoadJob) {
    this.#job = job;
    this.#requests = Array.from(job.pool.ends, (end, index) => ({
      index,
      bytes: job.pool.bytes.subarray(job.pool.ends[index - 1] ?? 0, end),
    }));
    this.#connections = Array.from({ length: job.connections }, () => new Connection(job.endpoint, this));
    this.#unproven = job.connections;
    this.#limit = setTimeout(
      () => this.failed(new Error(`${this.#missing()} of ${job.connections} connections got no answer in time.`)),
      job.seconds * 1000 + graceMs,
    );
    for (const connection of this.#connections) {
      connection.open(() => connection.send(this.#nextRequest(), performance.now()));
    }
  }

  get result(): Promise<LoadResult> {
    return this.#done.promise;
  }

  /**
   * The clock starts when the last connection has had its first answer: a connection may be made long before the server accepts
   * it.
   */
  #start(): void {
    this.#cpuBefore = process.cpuUsage();
    this.#startedAt = performance.now();
    this.#endsAt = this.#startedAt + this.#job.seconds * 1000;
    this.#dueAt = this.#startedAt;
    if (this.#job.ratePerSecond !== undefined) this.#ticks = setInterval(() => this.#proceed(), tickMs);
    this.#proceed();
  }

  answered(connection: Connection, { request, response: { status, body, closes }, startedAt }: Answered): void {
    if (status !== 200) {
      throw new Error(`Request ${request.index} was answered with status ${status}: ${body.toString('utf8', 0, 500)}`);
    }
    const now = performance.now();
    const isTimed = this.#startedAt > 0;
    if (isTimed && (now <= this.#endsAt || this.#job.ratePerSecond !== undefined))
      this.#histogram.record(now - startedAt);
    this.#closes ||= closes;
    const isKept = this.#answered < keptFirst || this.#answered % keptOneIn === 0;
    if (isKept && this.#samples.length < keptAtMost) this.#samples.push({ index: request.index, body: `${body}` });
    this.#answered++;
    this.#free.push(connection);
    if (isTimed) this.#proceed();
    else if (--this.#unproven === 0) this.#start();
  }

  failed(error: unknown): void {
    this.#end();
    this.#done.reject(error);
  }

  /** Sends whatever is to be sent now; ends when nothing is left to send or to wait for. */
  #proceed(): void {
    const now = performance.now();
    const { ratePerSecond } = this.#job;
    const hasMore = ratePerSecond === undefined ? this.#sendAll(now) : this.#sendDue(now, ratePerSecond);
    if (!hasMore && this.#missing() === 0) this.#finish();
  }

  /** Whether there is more to come. */
  #sendAll(now: number): boolean {
    if (now >= this.#endsAt) return false;
    for (let connection = this.#free.pop(); connection !== undefined; connection = this.#free.pop()) {
      connection.send(this.#nextRequest(), now);
    }
    return true;
  }

  #sendDue(now: number, ratePerSecond: number): boolean {
    while (this.#dueAt <= now && this.#dueAt < this.#endsAt) {
      const connection = this.#free.shift();
      if (connection === undefined) {
        this.#isStarved = true;
        return true;
      }
      if (!this.#isStarved) this.#lateness.record(now - this.#dueAt);
      connection.send(this.#nextRequest(), this.#dueAt);
      this.#dueAt += (-Math.log(1 - Math.random()) * 1000) / ratePerSecond;
    }
    this.#isStarved = false;
    return this.#dueAt < this.#endsAt;
  }

  #nextRequest(): Request {
    const request = this.#requests[this.#next++ % this.#requests.length];
    if (request === undefined) throw new Error('The pool of requests is empty.');
    return request;
  }

  #missing(): number {
    return this.#job.connections - this.#free.length;
  }

  #finish(): void {
    const timedCpuSeconds = cpuSecondsSince(this.#cpuBefore);
    this.#end();
    this.#done.resolve({
      counts: this.#histogram.counts,
      latenessCounts: this.#lateness.counts,
      answered: this.#answered,
      samples: this.#samples,
      closes: this.#closes,
      cpuSeconds: cpuSecondsSince(this.#cpuAtFirst),
      busy: timedCpuSeconds / ((performance.now() - this.#startedAt) / 1000),
    });
  }

  #end(): void {
    clearTimeout(this.#limit);
    clearInterval(this.#ticks);
    for (const connection of this.#connections) connection.destroy();
  }
}

function cpuSecondsSince(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}
