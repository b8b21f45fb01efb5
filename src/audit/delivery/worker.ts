/**
 * The thread of delivery. Where priorities are of threads (Linux, sched(7)), it stands back behind the event loop: what it takes
 * long for waits, and no request does.
 */
import { setPriority } from 'node:os';
import type { DigestSigningKey } from '#crypto/audit-digest.ts';
import { serveJobs } from '#crypto/offload/serve-jobs.ts';
import { begin, deliver, digest, retain } from './jobs.ts';

/** A tenth of the weight of an ordinary thread. */
const niceness = 19;

interface Input {
  /** JSON, as the job takes it. */
  readonly request: string;
  readonly key?: DigestSigningKey;
}

if (process.platform === 'linux') setPriority(niceness);
serveJobs({
  begin: ({ request }: Input) => begin(JSON.parse(request)),
  deliver: ({ request }: Input) => deliver(JSON.parse(request)),
  digest: ({ request, key }: Required<Input>) => digest(JSON.parse(request), key),
  retain: ({ request }: Input) => retain(JSON.parse(request)),
});
