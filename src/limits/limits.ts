/** The limits of a process that serves: what its callers may ask for, and what it takes on. */
import type { Admission } from './admission.ts';
import { Buckets } from './buckets.ts';
import { Overload } from './overload.ts';
import { unlimited } from './settings.ts';

export interface Limits {
  readonly limits: Admission;
  readonly overload: Overload;
}

export interface LimitSettings {
  /** None unless given. */
  readonly limits?: Admission | undefined;
}

export function limitsOf({ limits }: LimitSettings): Limits {
  const now = () => performance.now();
  return {
    limits: limits ?? new Buckets(unlimited, now),
    overload: new Overload({ now, atEndOfTurn: setImmediate }),
  };
}
