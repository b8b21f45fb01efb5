/**
 * In which states of its key an operation works, and how it is refused in the others.
 * Source: AWS KMS Developer Guide, Key states of AWS KMS keys. Where that page names two errors for a key that is pending
 * deletion, the one seen on the wire is used (DIVERGENCES.md, pending-deletion-error).
 */

import type { ApiError } from '#model/api-error.ts';
import type { KeyArn } from '#model/arn.ts';
import { disabled, invalidState } from '#model/errors.ts';
import type { KeyStateRecord } from '#storage/store.ts';

type StateName = KeyStateRecord['name'];
type Refusal = (keyArn: KeyArn) => ApiError;

/** The states that refuse, and how; every other state is fine. */
export type StateRule = Readonly<Partial<Record<StateName, Refusal>>>;

// Diverges: pending-deletion-error
const pendingDeletion: Refusal = (keyArn) => invalidState(keyArn, 'pending deletion');
const notPendingDeletion: Refusal = (keyArn) =>
  invalidState(keyArn, 'not pending deletion (or pending replica deletion)');

/** Reading about a key, ending what exists. */
export const inAnyState: StateRule = {};

/** Using the key material. */
export const whenEnabled: StateRule = { Disabled: disabled, PendingDeletion: pendingDeletion };

/** Changing a key that is meant to stay. */
export const unlessPendingDeletion: StateRule = { PendingDeletion: pendingDeletion };

/** Calling a deletion off. */
export const whenPendingDeletion: StateRule = { Enabled: notPendingDeletion, Disabled: notPendingDeletion };

/** Throws the rule's refusal. */
export function requireState(rule: StateRule, state: KeyStateRecord, keyArn: KeyArn): void {
  const refusal = rule[state.name];
  if (refusal !== undefined) throw refusal(keyArn);
}
