/** The last check before an operation runs: is the key in a state for it, and of the right usage? */
import type { KeyUsage } from '#crypto/specs.ts';
import { wrongUsage } from '#model/errors.ts';
import type { Allowed, Usable } from '#model/proofs.ts';
import type { LocatedKey } from './snapshots.ts';
import { requireState, type StateRule } from './states.ts';

/** A key that the operation at hand may work on. */
export type UsableKey = Usable<Allowed<LocatedKey> & { readonly rule: StateRule }>;

export interface Need {
  readonly operation: string;
  readonly states: StateRule;
  /** Absent where any usage will do. */
  readonly usage?: KeyUsage | undefined;
}

/** Throws DisabledException, KMSInvalidStateException or InvalidKeyUsageException. */
export function requireUsable(key: Allowed<LocatedKey>, need: Need): UsableKey {
  requireState(need.states, key.record, key.arn);
  if (need.usage !== undefined && key.record.usage !== need.usage) {
    throw wrongUsage(key.arn, key.record.usage, need.operation);
  }
  return { ...key, rule: need.states } as UsableKey;
}
