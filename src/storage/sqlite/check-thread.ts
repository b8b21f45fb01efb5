/**
 * The thread that checks what a start has left out of a large store. It reads on a connection of its own, in short steps, so that
 * it keeps no write from being scrubbed for long, and rests twenty times as long as it works.
 */
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';
import { checkInSteps } from './integrity.ts';

const restShare = 20;

/** What the thread posts when it is through. */
export type CheckOutcome = { readonly records: number } | { readonly failure: string };

parentPort?.postMessage(await check(String(workerData)));

async function check(path: string): Promise<CheckOutcome> {
  const database = new DatabaseSync(path, { readOnly: true });
  try {
    let records = 0;
    let begun = performance.now();
    for (const rows of checkInSteps(database)) {
      records += rows;
      await sleep((performance.now() - begun) * restShare);
      begun = performance.now();
    }
    return { records };
  } catch (error) {
    return { failure: error instanceof Error ? error.message : 'unknown error' };
  } finally {
    database.close();
  }
}
