/** Who wants to know of every answer, for figures and logs. Called for each request: it must be quick, and never throw. */
import type { AuditEntry } from './audit.ts';

export interface Meter {
  /** `error` is the name of the error that is answered. */
  answered(entry: AuditEntry, error: string | undefined): void;
}

/** One that tells all of them. */
export function metersOf(meters: readonly Meter[]): Meter | undefined {
  if (meters.length < 2) return meters[0];
  return {
    answered(entry, error) {
      for (const meter of meters) meter.answered(entry, error);
    },
  };
}

/** How long it took from when all of a request was there; undefined where nobody noted that. */
export function millisecondsOf({ received: { arrivedAtMs } }: AuditEntry): number | undefined {
  return arrivedAtMs === undefined ? undefined : performance.now() - arrivedAtMs;
}
