/**
 * Worker threads, started when they are first needed and kept. As many as there are jobs at the same time: whoever
 * calls sees to it that these are few. Idle threads do not keep the process alive.
 */
import type { KeyObject } from 'node:crypto';
import { Worker } from 'node:worker_threads';

/** What can be posted to a job: structured clone shares key objects and copies the rest. */
export type Input = Readonly<Record<string, KeyObject | Uint8Array | string | number | null | undefined>>;

/** What comes back: bytes are a Buffer of the caller's own. */
export type Reply<R> = R extends Uint8Array ? Buffer : R;

/** What a thread posts. A failure says its code, or else its kind, and nothing more. */
export type Outcome = { readonly value: unknown } | { readonly failure: string };

/** A job threw. */
export class JobError extends Error {
  /** The code of the error, as `ERR_OSSL_…`, or its kind, as `RangeError`. */
  readonly code: string;

  constructor(job: string, code: string) {
    super(`The job ${job} failed: ${code}.`);
    this.name = 'JobError';
    this.code = code;
  }
}

export class Threads {
  readonly #script: URL;
  readonly #idle: Thread[] = [];

  /** `script` is the file that each thread runs. */
  constructor(script: URL) {
    this.#script = script;
  }

  /** What the job returns. Throws JobError if it throws, and another error if its thread dies of it. */
  async run(job: string, input: Input): Promise<unknown> {
    const thread = this.#takeIdle() ?? new Thread(this.#script);
    try {
      const outcome = await thread.run(job, input);
      if ('failure' in outcome) throw new JobError(job, outcome.failure);
      return outcome.value instanceof Uint8Array ? bufferOver(outcome.value) : outcome.value;
    } finally {
      this.#idle.push(thread);
    }
  }

  /** A dead thread is left out: the job starts another. */
  #takeIdle(): Thread | undefined {
    let thread = this.#idle.pop();
    while (thread?.isAlive === false) thread = this.#idle.pop();
    return thread;
  }
}

/** One thread, which does one job at a time. */
class Thread {
  readonly #worker: Worker;
  #job: PromiseWithResolvers<Outcome> | undefined;
  isAlive = true;

  constructor(script: URL) {
    // Options of the process are not for its threads: some would not let them start.
    this.#worker = new Worker(script, { name: 'cryptography', execArgv: [] });
    this.#worker.on('message', (outcome: Outcome) => this.#job?.resolve(outcome));
    this.#worker.on('messageerror', (error) => this.#lose(error));
    this.#worker.on('error', (error) => this.#lose(error));
    this.#worker.on('exit', () => this.#lose());
  }

  async run(job: string, input: Input): Promise<Outcome> {
    this.#job = Promise.withResolvers();
    try {
      this.#worker.ref();
      const { copy, transfer } = copied(input);
      this.#worker.postMessage({ job, input: copy }, transfer);
      return await this.#job.promise;
    } finally {
      this.#job = undefined;
      this.#worker.unref();
    }
  }

  #lose(cause?: unknown): void {
    this.isAlive = false;
    void this.#worker.terminate();
    this.#job?.reject(new Error('A thread for cryptography stopped in the middle of a job.', { cause }));
  }
}

/** Bytes are copied, because posting a view would post all of the buffer that it lies in, with whatever is beside it. */
function copied(input: Input): { readonly copy: Input; readonly transfer: ArrayBuffer[] } {
  const transfer: ArrayBuffer[] = [];
  const entries = Object.entries(input).map(([name, value]) => {
    if (!(value instanceof Uint8Array)) return [name, value] as const;
    const bytes = new Uint8Array(value);
    transfer.push(bytes.buffer);
    return [name, bytes] as const;
  });
  return { copy: Object.fromEntries(entries), transfer };
}

function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
