/** Whether the caller may do it, for each of the keys in turn; the first refusal wins. */
import { allowAsFilter, allowOnKey } from '#authorization/decide.ts';
import type { Clock } from '#base/clock.ts';
import type { LocatedKey } from '#keys/snapshots.ts';
import { rootArn } from '#model/arn.ts';
import { accessDeniedElsewhere, ciphertextKeyDenied, KmsError } from '#model/errors.ts';
import type { Allowed } from '#model/proofs.ts';
import { contextOf } from './context.ts';
import type { KeyAccess } from './operation.ts';
import type { AllowedCall, Located } from './stages.ts';

/** Throws AccessDeniedException. */
export function allow(located: Located, clock: Clock): AllowedCall {
  const keys: Record<string, Allowed<LocatedKey>> = {};
  for (const [slot, access] of located.operation.slots) {
    if (slot in located.keys) keys[slot] = allowSlot(located, access, { key: located.keys[slot], nowMs: clock.now() });
  }
  return { ...located, keys };
}

interface Asked {
  readonly key: LocatedKey | undefined;
  readonly nowMs: number;
}

function allowSlot(call: Located, access: KeyAccess, { key, nowMs }: Asked): Allowed<LocatedKey> {
  const { operation, caller, place, input } = call;
  const action = access.action ?? `kms:${operation.name}`;
  // A key of another account that is not there is refused as one that is there and not for the caller.
  const isForeign = key !== undefined && key.place.accountId !== caller.accountId;
  if (key === undefined || (isForeign && access.crossAccount !== true)) {
    throw accessDeniedElsewhere(rootArn(place), action);
  }
  if (access.isFilter === true) return allowAsFilter(key);
  const isNamed = access.source.from !== 'ciphertext' || input[access.source.identifier] !== undefined;
  const context = contextOf({ call, nowMs, access, key, isSameKey: isSameKey(call) });
  const wish = { caller, action, context, isCrossAccountCapable: access.crossAccount === true, isNamed };
  try {
    return allowOnKey(wish, key);
  } catch (error) {
    if (!(error instanceof KmsError)) throw error;
    if (!isNamed) throw ciphertextKeyDenied();
    throw isForeign ? accessDeniedElsewhere(rootArn(place), action) : error;
  }
}

/** Of ReEncrypt: whether both of its keys are one. */
function isSameKey({ keys }: Located): boolean | undefined {
  const { source, destination } = keys as Readonly<Record<'source' | 'destination', LocatedKey | undefined>>;
  return destination === undefined ? undefined : source?.arn === destination.arn;
}
