/** The thread that loads: takes a job, answers with its result or with what went wrong, and waits for the next. */
import { parentPort } from 'node:worker_threads';
import { type LoadJob, type LoadResult, runLoad } from './load-run.ts';

export type LoadAnswer = { readonly result: LoadResult } | { readonly problem: string };

parentPort?.on('message', async (job: LoadJob) => {
  const answer = await runLoad(job).then(
    (result): LoadAnswer => ({ result }),
    (error: unknown): LoadAnswer => ({ problem: error instanceof Error ? error.message : String(error) }),
  );
  parentPort?.postMessage(answer);
});
