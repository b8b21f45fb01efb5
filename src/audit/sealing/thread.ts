/** A worker thread for what the trail does besides being written; started when it is first needed. Idle, it keeps no process alive. */
import { type MessagePort, Worker } from 'node:worker_threads';
import { DamagedTrail } from '#audit/search/index-file.ts';

/** A job failed. Of what was wrong only our own words are handed on: other errors may quote records. */
export class ThreadError extends Error {
  override readonly name = 'ThreadError';
  /** The code of the operating system's error, `ENOSPC`, or else the kind of the error. */
  readonly code: string;

  constructor(job: string, code: string, text: string | undefined) {
    super(text ?? `The job ${job} of the audit trail failed: ${code}.`);
    this.code = code;
  }
}

type Outcome = { readonly value: unknown } | { readonly failure: { readonly code: string; readonly text?: string } };
type Answer = Outcome & { readonly id: number };

export class AuditThread {
  readonly #script: URL;
  readonly #data: unknown;
  readonly #waiting = new Map<number, PromiseWithResolvers<Outcome>>();
  #worker: Worker | undefined;
  #ids = 0;

  /** `script` is the file that it runs, `data` what that is given as workerData. */
  constructor(script: URL, data: unknown) {
    this.#script = script;
    this.#data = data;
  }

  /** What the job returns; jobs are done one after the other. Rejects with ThreadError, or where the thread dies of it. */
  async run(job: string, input: object = {}): Promise<unknown> {
    this.#worker ??= this.#start();
    const id = this.#ids++;
    const answer = Promise.withResolvers<Outcome>();
    this.#waiting.set(id, answer);
    this.#worker.ref();
    this.#worker.postMessage({ id, job, input });
    const outcome = await answer.promise;
    if ('value' in outcome) return outcome.value;
    throw new ThreadError(job, outcome.failure.code, outcome.failure.text);
  }

  /** Ends it, whatever it is doing. It starts anew when it is needed again. */
  async stop(): Promise<void> {
    await this.#worker?.terminate();
  }

  #start(): Worker {
    // Options of the process are not for its threads: some would not let them start.
    const worker = new Worker(this.#script, { name: 'audit', execArgv: [], workerData: this.#data });
    worker.on('message', ({ id, ...outcome }: Answer) => {
      this.#waiting.get(id)?.resolve(outcome);
      this.#waiting.delete(id);
      if (this.#waiting.size === 0) worker.unref();
    });
    let cause: unknown;
    worker.on('error', (error) => {
      cause = error;
    });
    worker.on('exit', () => this.#lose(worker, cause));
    return worker;
  }

  #lose(worker: Worker, cause: unknown): void {
    if (this.#worker === worker) this.#worker = undefined;
    for (const { reject } of this.#waiting.values()) {
      reject(new Error('A thread of the audit trail stopped in the middle of a job.', { cause }));
    }
    this.#waiting.clear();
  }
}

/** Jobs are synchronous. Inputs come from `run`, whose callers know the jobs. */
export type AuditJobs = Readonly<Record<string, (input: never) => unknown>>;

/** The thread's side. */
export function serveAuditJobs(port: MessagePort | null, jobs: AuditJobs): void {
  port?.on('message', ({ id, job, input }: { id: number; job: string; input: unknown }) => {
    port.postMessage({ id, ...outcomeOf(jobs, job, input) });
  });
}

function outcomeOf(jobs: AuditJobs, name: string, input: unknown): Outcome {
  try {
    const job = jobs[name];
    if (job === undefined) throw new TypeError('unknown job');
    return { value: job(input as never) };
  } catch (error) {
    return { failure: failureOf(error) };
  }
}

function failureOf(error: unknown): { readonly code: string; readonly text?: string } {
  if (!(error instanceof Error)) return { code: typeof error };
  if (error instanceof DamagedTrail) return { code: error.name, text: error.message };
  return { code: 'code' in error && typeof error.code === 'string' ? error.code : error.name };
}
