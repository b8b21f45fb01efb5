/**
 * The thread of delivery. Where priorities are of threads (Linux, sched(7)), it stands back behind the event loop: what it takes
 * long for waits, and no request does.
 */
import { setPriority } from 'node:os';
import type { DigestSigningKey } from '#crypto/audit-digest.ts';
import { AuditSeal } from '#crypto/audit-seal.ts';
import { serveJobs } from '#crypto/offload/serve-jobs.ts';
import { begin, deliver, digest, retain } from './jobs.ts';

/** A tenth of the weight of an ordinary thread. */
const niceness = 19;

interface Input {
  /** JSON, as the job takes it. */
  readonly request: string;
  readonly key?: DigestSigningKey;
  readonly seal: AuditSeal['key'];
}

if (process.platform === 'linux') setPriority(niceness);
serveJobs({
  begin: ({ request, seal }: Input) => begin(JSON.parse(request), { seal: new AuditSeal(seal) }),
  deliver: ({ request, seal }: Input) => deliver(JSON.parse(request), { seal: new AuditSeal(seal) }),
  digest: ({ request, key, seal }: Required<Input>) => digest(JSON.parse(request), key, { seal: new AuditSeal(seal) }),
  retain: ({ request, seal }: Input) => retain(JSON.parse(request), { seal: new AuditSeal(seal) }),
});
