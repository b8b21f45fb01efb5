/**
 * The thread that seals segments and removes old ones. Where priorities are of threads (Linux, sched(7)), it stands back behind
 * the event loop.
 */
import { setPriority } from 'node:os';
import { parentPort, workerData } from 'node:worker_threads';
import { Segments } from '#audit/segments.ts';
import { expiredSegments } from './expired.ts';
import { sealSegment } from './seal.ts';
import { sidecars } from './sidecars.ts';
import { serveAuditJobs } from './thread.ts';
import { tidy } from './tidy.ts';

/** A tenth of the weight of an ordinary thread. */
const niceness = 19;

if (process.platform === 'linux') setPriority(niceness);

const segments = new Segments(workerData);
const endings = sidecars.map(({ ending }) => ending);

export const jobs = {
  tidy: (reach: Parameters<typeof tidy>[1]) => tidy(segments, reach, endings),
  seal: ({ segment }: { readonly segment: number }) => sealSegment(segments, segment, { sidecars }),
  expired: (wish: Parameters<typeof expiredSegments>[1]) => expiredSegments(segments, wish),
};

serveAuditJobs(parentPort, jobs);
