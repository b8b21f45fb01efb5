/** A process that loads: takes a job, answers with its result or with what went wrong, and waits for the next. */
import { type LoadJob, type LoadResult, runLoad } from './load-run.ts';

export type LoadAnswer = { readonly result: LoadResult } | { readonly problem: string };

process.on('message', async (job: LoadJob) => {
  const answer = await runLoad(job).then(
    (result): LoadAnswer => ({ result }),
    (error: unknown): LoadAnswer => ({ problem: error instanceof Error ? error.message : String(error) }),
  );
  process.send?.(answer);
});
// Whoever interrupts the bench interrupts the whole group; this one ends when the bench lets go of it.
process.on('SIGINT', () => undefined);
process.on('disconnect', () => process.exit());
