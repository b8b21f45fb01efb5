/** Answers are given out once their record is durable; where it cannot be, what has been found out or done is not told. */
import { AuditUnavailable } from '#audit/medium.ts';
import { internalFailure } from '#model/errors.ts';
import type { Audit, AuditEntry } from './audit.ts';
import type { Meter } from './meter.ts';
import { refusalOf } from './refusal.ts';
import type { Reply } from './stages.ts';

interface Recording {
  readonly audit: Audit;
  readonly meter?: Meter | undefined;
  readonly logFailure: (requestId: string, error: unknown) => void;
}

// Diverges: unrecorded-calls
/** The reply, or an internal failure where the record cannot be kept. Never rejects. */
export async function recorded(
  entry: AuditEntry,
  reply: Reply,
  { audit, meter, logFailure }: Recording,
): Promise<Reply> {
  try {
    await audit.record(entry);
    meter?.answered(entry, entry.refusal?.name);
    return reply;
  } catch (error) {
    meter?.answered(entry, internalFailure(error).name);
    // That the medium fails is logged once, not for each request.
    if (!(error instanceof AuditUnavailable)) logFailure(entry.received.requestId, error);
    return refusalOf(entry.received, error);
  }
}
