/** What each worker thread of the server runs. */
import { jobs } from './jobs.ts';
import { serveJobs } from './serve-jobs.ts';

serveJobs(jobs);
