/**
 * In which states of its key an operation works, and how it is refused in the others.
 * Source: AWS KMS Developer Guide, Key states of AWS KMS keys. Where that page names two errors for a key that is pending
 * deletion, the one seen on the wire is used (DIVERGENCES.md, pending-deletion-error).
 */

import type { ApiError } from '#model/api-error.ts';
import type { KeyArn } from '#model/arn.ts';
import { disabled, inKeyStore, invalidState, wrongOrigin } from '#model/errors.ts';
import type { KeyRecord, KeyStateRecord } from '#storage/store.ts';

type StateName = KeyStateRecord['name'];
type Refusal = (keyArn: KeyArn, record: KeyRecord) => ApiError;

/** The states that refuse, and how; every other state is fine. */
export type StateRule = Readonly<Partial<Record<StateName, Refusal>>>;

// Diverges: pending-deletion-error
const ending = {
  PendingDeletion: (keyArn) => invalidState(keyArn, 'pending deletion'),
  PendingReplicaDeletion: (keyArn) => invalidState(keyArn, 'pending deletion (or pending replica deletion)'),
} satisfies StateRule;
const beginning = { Creating: (keyArn) => invalidState(keyArn, 'creating') } satisfies StateRule;
const updating = { Updating: (keyArn) => invalidState(keyArn, 'updating') } satisfies StateRule;
const withoutMaterial = { PendingImport: (keyArn) => invalidState(keyArn, 'pending import') } satisfies StateRule;
const unavailable = { Unavailable: (keyArn) => invalidState(keyArn, 'unavailable') } satisfies StateRule;
const keyStore = { Unavailable: inKeyStore } satisfies StateRule;
const notEnding: Refusal = (keyArn) => invalidState(keyArn, 'not pending deletion (or pending replica deletion)');
const wrong: Refusal = (keyArn, { origin }) => wrongOrigin(keyArn, origin);

/** Reading about a key, ending what exists. */
export const inAnyState: StateRule = {};

/** Using the key material. */
export const whenEnabled: StateRule = {
  Disabled: disabled,
  ...ending,
  ...withoutMaterial,
  ...unavailable,
  ...beginning,
};

/** Making data key pairs, which keys in custom key stores never do. */
export const whenEnabledHere: StateRule = { ...whenEnabled, ...keyStore };

/** Permitting use. */
export const whenItWillBeUsed: StateRule = { Disabled: disabled, ...ending, ...withoutMaterial, ...beginning };

/** Reading the public key: it is known, whether or not the private one can be used. */
export const unlessEndingOrBeginning: StateRule = { ...ending, ...beginning };

/** Changing a key that is meant to stay. */
export const unlessPendingDeletion: StateRule = ending;

/** Switching a key on and off. */
export const whenSwitchable: StateRule = { ...ending, ...withoutMaterial, ...beginning, ...updating };

/** Starting a deletion. */
export const whenDeletable: StateRule = { ...ending, ...updating };

/** Calling a deletion off. */
export const whenPendingDeletion: StateRule = {
  Enabled: notEnding,
  Disabled: notEnding,
  PendingImport: notEnding,
  Unavailable: notEnding,
  Creating: notEnding,
  Updating: notEnding,
};

/** Saying whether and when a key is rotated by the calendar. */
export const whenRotationIsKnown: StateRule = { PendingImport: wrong, ...keyStore };

/** Deciding whether and when a key is rotated by the calendar. */
export const whenRotationIsDecided: StateRule = {
  Disabled: disabled,
  ...ending,
  ...beginning,
  PendingImport: wrong,
  ...keyStore,
};

/** Rotating now. */
export const whenRotatable: StateRule = {
  Disabled: disabled,
  ...ending,
  ...beginning,
  ...withoutMaterial,
  ...keyStore,
};

/** Listing rotations. */
export const unlessInKeyStore: StateRule = keyStore;

const endingImport: StateRule = {
  PendingDeletion: (keyArn, record) => (record.origin === 'EXTERNAL' ? ending.PendingDeletion : wrong)(keyArn, record),
  PendingReplicaDeletion: (keyArn, record) =>
    (record.origin === 'EXTERNAL' ? ending.PendingReplicaDeletion : wrong)(keyArn, record),
};

/** Getting ready to import. */
export const whenImportable: StateRule = { ...endingImport, ...beginning, ...updating, Unavailable: wrong };

/** Importing. */
export const whenImporting: StateRule = { ...endingImport, ...beginning, Unavailable: wrong };

/** Deleting imported material. */
export const whenMaterialIsDeletable: StateRule = { ...beginning, ...updating };

/** Making a related key in another Region. */
export const whenReplicable: StateRule = { ...whenEnabled, ...updating };

/** Throws the rule's refusal. */
export function requireState(rule: StateRule, record: KeyRecord, keyArn: KeyArn): void {
  const refusal = rule[record.state.name];
  if (refusal !== undefined) throw refusal(keyArn, record);
}
