/** Whether the caller may do it, for each of the keys in turn; the first refusal wins. */
import { allowOnKey } from '#authorization/decide.ts';
import type { LocatedKey } from '#keys/snapshots.ts';
import { rootArn } from '#model/arn.ts';
import { accessDeniedElsewhere, ciphertextKeyDenied, KmsError } from '#model/errors.ts';
import type { Allowed } from '#model/proofs.ts';
import type { AllowedCall, Located } from './stages.ts';

/** Throws AccessDeniedException. */
export function allow(located: Located): AllowedCall {
  const { operation, caller, place, input } = located;
  const keys: Record<string, Allowed<LocatedKey>> = {};
  for (const [slot, access] of Object.entries(operation.keys)) {
    if (!(slot in located.keys)) continue;
    const key = located.keys[slot];
    const action = access.action ?? `kms:${operation.name}`;
    if (key === undefined) throw accessDeniedElsewhere(rootArn(place), action);
    try {
      keys[slot] = allowOnKey({ caller, action }, key);
    } catch (error) {
      const isNamedByCiphertext = access.source.from === 'ciphertext' && input[access.source.identifier] === undefined;
      // The caller named no key, so the answer must not name one either.
      throw isNamedByCiphertext && error instanceof KmsError ? ciphertextKeyDenied() : error;
    }
  }
  return { ...located, keys };
}
