/**
 * What each worker thread of the server runs. Where priorities are of threads (Linux, sched(7)), it stands back behind the event
 * loop: a core that is there for both is the event loop's, and a job waits a moment longer.
 */
import { setPriority } from 'node:os';
import { jobs } from './jobs.ts';
import { serveJobs } from './serve-jobs.ts';

/** A tenth of the weight of an ordinary thread. */
const niceness = 10;

if (process.platform === 'linux') setPriority(niceness);
serveJobs(jobs);
