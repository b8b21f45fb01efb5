/** The thread's side of threads.ts: takes a job, does it, posts what came of it. */
import { parentPort } from 'node:worker_threads';
import type { Input, Outcome } from './threads.ts';

/** Inputs come from `inWorker`, which has checked them against the job's type. */
export type KnownJobs = Readonly<Record<string, (input: never) => unknown>>;

export function serveJobs(jobs: KnownJobs): void {
  parentPort?.on('message', ({ job, input }: { job: string; input: Input }) => {
    const outcome = outcomeOf(jobs, job, input);
    parentPort?.postMessage(outcome, movable(outcome));
  });
}

function outcomeOf(jobs: KnownJobs, name: string, input: Input): Outcome {
  try {
    const job = jobs[name];
    if (job === undefined) throw new TypeError('unknown job');
    return { value: alone(job(input as never)) };
  } catch (error) {
    return { failure: kindOf(error) };
  }
}

/** Never the text: it may quote what the job was about. */
function kindOf(error: unknown): string {
  if (!(error instanceof Error)) return typeof error;
  return 'code' in error && typeof error.code === 'string' ? error.code : error.name;
}

/** Posting a view would post all of the buffer that it lies in, with whatever is beside it. */
function alone(value: unknown): unknown {
  return value instanceof Uint8Array && value.byteLength < value.buffer.byteLength ? Uint8Array.from(value) : value;
}

/** Bytes are moved and not copied: what may be secret leaves nothing in this thread. */
function movable(outcome: Outcome): ArrayBuffer[] {
  const value = 'value' in outcome ? outcome.value : undefined;
  return value instanceof Uint8Array && value.buffer instanceof ArrayBuffer ? [value.buffer] : [];
}
