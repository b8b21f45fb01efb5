/** Answers are given out once their record is durable; where it cannot be, what has been found out or done is not told. */
import { AuditUnavailable } from '#audit/trail.ts';
import type { Audit, AuditEntry } from './audit.ts';
import { refusalOf } from './refusal.ts';
import type { Reply } from './stages.ts';

interface Recording {
  readonly audit: Audit;
  readonly logFailure: (requestId: string, error: unknown) => void;
}

// Diverges: unrecorded-calls
/** The reply, or an internal failure where the record cannot be kept. Never rejects. */
export async function recorded(entry: AuditEntry, reply: Reply, { audit, logFailure }: Recording): Promise<Reply> {
  try {
    await audit.record(entry);
    return reply;
  } catch (error) {
    // That the medium fails is logged once, not for each request.
    if (!(error instanceof AuditUnavailable)) logFailure(entry.received.requestId, error);
    return refusalOf(entry.received, error);
  }
}
