/**
 * Whether the caller may do it: what the operation needs besides keys, then each key in turn, then what it needs in another
 * Region; the first refusal wins.
 */
import { allowAsFilter, judgeKey, judgeWithoutKey, permitted, requireAllowed } from '#authorization/decide.ts';
import { denialText, type Permission, type Refusal } from '#authorization/policy/verdict.ts';
import type { Identities } from '#identity/identities.ts';
import { makeAwsManagedKey } from '#keys/aws-managed.ts';
import type { Keyring } from '#keys/keyring.ts';
import type { LocatedKey } from '#keys/snapshots.ts';
import { partitionOf } from '#model/arn.ts';
import { accessDenied, accessDeniedElsewhere } from '#model/errors.ts';
import type { Allowed } from '#model/proofs.ts';
import { grantsFor, requireTokens } from './grants.ts';
import { hasIdleTime, keyContextOf } from './key-context.ts';
import type { Ask, KeyAccess } from './operation.ts';
import type { AllowedCall, Attested } from './stages.ts';

/** Throws AccessDeniedException, with the verdict as its reason, or InvalidGrantTokenException. */
export async function allow(attested: Attested, keyring: Keyring, identities: Identities): Promise<AllowedCall> {
  const asks = attested.operation.asks?.(attested.input, attested.place, attested.keys) ?? [];
  const keys: Record<string, Allowed<LocatedKey>> = {};
  const permissions: Record<string, Permission> = {};
  const besides = (ask: Ask) => {
    const { action, permission } = allowBesides(attested, ask, keyring);
    permissions[action] = permission;
  };
  for (const ask of asks) if (ask.elsewhere === undefined) besides(ask);
  for (const [slot, access] of attested.operation.slots) {
    if (!(slot in attested.keys)) continue;
    const allowed = await allowSlot(attested, access, { key: attested.keys[slot], keyring, identities });
    keys[slot] = allowed.key;
    if (allowed.permission !== undefined) permissions[slot] = allowed.permission;
  }
  for (const ask of asks) if (ask.elsewhere !== undefined) besides(ask);
  const allowed = { ...attested, keys, permissions };
  if (attested.input['GrantTokens'] !== undefined) await requireTokens(allowed, keyring);
  return allowed;
}

/** What has no policy of its own: aliases, and operations without a resource. */
function allowBesides(call: Attested, ask: Ask, { vault }: Keyring) {
  const { operation, caller, place } = call;
  const { action = `kms:${operation.name}`, resource, elsewhere } = ask;
  const context = keyContextOf({ call, nowMs: vault.clock.now(), ...elsewhere });
  const region = elsewhere?.region ?? place.region;
  const whole = `arn:${partitionOf(region)}:kms:${region}:${place.accountId}:*`;
  const verdict = judgeWithoutKey({ caller, action, context }, resource === '*' ? whole : resource);
  requireAllowed(verdict, { caller, action }, resource);
  return { action, permission: verdict };
}

interface Asked {
  readonly key: LocatedKey | undefined;
  readonly keyring: Keyring;
  readonly identities: Identities;
}

async function allowSlot(call: Attested, access: KeyAccess, { key, keyring, identities }: Asked) {
  const { operation, caller, input } = call;
  const action = access.action ?? `kms:${operation.name}`;
  // A key of another account that is not there is refused as one that is there and not for the caller.
  const isForeign = key !== undefined && key.place.accountId !== caller.accountId;
  if (key === undefined || (isForeign && access.crossAccount !== true)) {
    throw accessDeniedElsewhere(caller.arn, action);
  }
  if (access.isFilter === true) return { key: allowAsFilter(key), permission: undefined };
  const isNamed = access.source.from !== 'ciphertext' || input[access.source.identifier] !== undefined;
  const nowMs = keyring.vault.clock.now();
  const idleSinceMs = hasIdleTime(operation) ? await keyring.usage.idleSince(key) : undefined;
  const context = keyContextOf({ call, nowMs, access, key, isSameKey: isSameKey(call), idleSinceMs });
  const wish = {
    caller,
    action,
    context,
    isCrossAccountCapable: access.crossAccount === true,
    resourceControl: identities.resourceControlled.has(key.place.accountId)
      ? await identities.principals.guardrails(key.place.accountId, 'resource-control')
      : undefined,
  };
  const verdict = await judgeKey(wish, key, () => grantsFor({ keyring, key, wish, access, input }));
  const refuse = (refusal: Refusal) =>
    isForeign && isNamed
      ? accessDeniedElsewhere(caller.arn, action, refusal)
      : accessDenied(
          denialText(refusal, { callerArn: caller.arn, action, resource: isNamed ? key.arn : undefined }),
          refusal,
        );
  const permittedKey = permitted(key, verdict, refuse);
  const made = key.isToBe === true ? permitted(await makeAwsManagedKey(keyring, key), verdict, refuse) : permittedKey;
  return { key: made, permission: verdict.isAllowed ? verdict : undefined };
}

/** Of ReEncrypt: whether both of its keys are one. */
function isSameKey({ keys }: Attested): boolean | undefined {
  const { source, destination } = keys as Readonly<Record<'source' | 'destination', LocatedKey | undefined>>;
  return destination === undefined ? undefined : source?.arn === destination.arn;
}
