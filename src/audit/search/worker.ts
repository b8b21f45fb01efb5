/** The thread that looks records up. It stands back behind the event loop, but less than other threads do: somebody waits. */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { serveAuditJobs } from '#audit/sealing/thread.ts';
import { Segments } from '#audit/segments.ts';
import type { Lookup } from './lookup.ts';
import { type Reach, Search } from './search.ts';

/** A third of the weight of an ordinary thread. */
const niceness = 5;

if (process.platform === 'linux') setPriority(niceness);

const search = new Search(new Segments(workerData));

serveAuditJobs(parentPort, {
  lookup: ({ wish, reach }: { readonly wish: Lookup; readonly reach: Reach }) => search.lookup(wish, reach),
});
