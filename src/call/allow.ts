/**
 * Whether the caller may do it: what the operation needs besides keys, then each key in turn, then what it needs in another
 * Region; the first refusal wins.
 */
import {
  allowAsFilter,
  judgeKey,
  judgeWithoutKey,
  permitted,
  rememberedPermission,
  requireAllowed,
} from '#authorization/decide.ts';
import { denialText, type Permission, type Refusal, type Verdict } from '#authorization/policy/verdict.ts';
import { type Awaitable, after } from '#base/after.ts';
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

/** Throws or rejects with AccessDeniedException, with the verdict as its reason, or InvalidGrantTokenException. */
export function allow(attested: Attested, keyring: Keyring, identities: Identities): Awaitable<AllowedCall> {
  const asks = attested.operation.asks?.(attested.input, attested.place, attested.keys) ?? [];
  const allowed: Filling = { ...attested, keys: {}, permissions: {} };
  const besides = (ask: Ask) => {
    const { action, permission } = allowBesides(attested, ask, keyring);
    allowed.permissions[action] = permission;
  };
  for (const ask of asks) if (ask.elsewhere === undefined) besides(ask);
  return after(allowFrom(0, attested, { allowed, keyring, identities }), () => {
    for (const ask of asks) if (ask.elsewhere !== undefined) besides(ask);
    if (attested.input['GrantTokens'] === undefined) return allowed;
    return requireTokens(allowed, keyring).then(() => allowed);
  });
}

interface Filling extends AllowedCall {
  readonly keys: Record<string, Allowed<LocatedKey>>;
  readonly permissions: Record<string, Permission>;
}

interface Allowing {
  readonly allowed: Filling;
  readonly keyring: Keyring;
  readonly identities: Identities;
}

/** Asks for the keys in the slots one after the other, from the one at `index` on. */
function allowFrom(index: number, attested: Attested, allowing: Allowing): Awaitable<void> {
  const next = attested.operation.slots[index];
  if (next === undefined) return;
  const [slot, access] = next;
  if (!(slot in attested.keys)) return allowFrom(index + 1, attested, allowing);
  const { allowed, keyring, identities } = allowing;
  return after(
    allowSlot(attested, access, { key: attested.keys[slot], keyring, identities }),
    ({ key, permission }) => {
      allowed.keys[slot] = key;
      if (permission !== undefined) allowed.permissions[slot] = permission;
      return allowFrom(index + 1, attested, allowing);
    },
  );
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

interface AllowedSlot {
  readonly key: Allowed<LocatedKey>;
  readonly permission: Permission | undefined;
}

function allowSlot(call: Attested, access: KeyAccess, asked: Asked): Awaitable<AllowedSlot> {
  const { key, keyring, identities } = asked;
  const { operation, caller, input } = call;
  const action = access.action ?? `kms:${operation.name}`;
  // A key of another account that is not there is refused as one that is there and not for the caller.
  const isForeign = key !== undefined && key.place.accountId !== caller.accountId;
  if (key === undefined || (isForeign && access.crossAccount !== true)) {
    throw accessDeniedElsewhere(caller.arn, action);
  }
  if (access.isFilter === true) return { key: allowAsFilter(key), permission: undefined };
  const isNamed = access.source.from !== 'ciphertext' || input[access.source.identifier] !== undefined;
  const refuse = (refusal: Refusal) =>
    isForeign && isNamed
      ? accessDeniedElsewhere(caller.arn, action, refusal)
      : accessDenied(
          denialText(refusal, { callerArn: caller.arn, action, resource: isNamed ? key.arn : undefined }),
          refusal,
        );
  return after(judge(call, access, { key, keyring, identities, action }), (verdict) => {
    const permission = verdict.isAllowed ? verdict : undefined;
    const permittedKey = permitted(key, verdict, refuse);
    if (key.isToBe !== true) return { key: permittedKey, permission };
    return makeAwsManagedKey(keyring, key).then((made) => ({ key: permitted(made, verdict, refuse), permission }));
  });
}

interface Judging {
  readonly key: LocatedKey;
  readonly keyring: Keyring;
  readonly identities: Identities;
  readonly action: string;
}

function judge(call: Attested, access: KeyAccess, judging: Judging): Awaitable<Verdict> {
  const { key, keyring, identities, action } = judging;
  const { operation, caller, input } = call;
  const { accountId } = key.place;
  const isControlled = identities.resourceControlled.has(accountId);
  const known = isControlled ? undefined : rememberedPermission({ caller, action }, key);
  if (known !== undefined) return known;
  const nowMs = keyring.vault.clock.now();
  const idleSince = hasIdleTime(operation) ? keyring.usage.idleSince(key) : undefined;
  const controls = isControlled ? identities.principals.guardrails(accountId, 'resource-control') : undefined;
  return after(idleSince, (idleSinceMs) =>
    after(controls, (resourceControl) => {
      const context = keyContextOf({ call, nowMs, access, key, isSameKey: isSameKey(call), idleSinceMs });
      const isCrossAccountCapable = access.crossAccount === true;
      const wish = { caller, action, context, isCrossAccountCapable, resourceControl };
      return judgeKey(wish, key, () => grantsFor({ keyring, key, wish, access, input }));
    }),
  );
}

/** Of ReEncrypt: whether both of its keys are one. */
function isSameKey({ keys }: Attested): boolean | undefined {
  const { source, destination } = keys as Readonly<Record<'source' | 'destination', LocatedKey | undefined>>;
  return destination === undefined ? undefined : source?.arn === destination.arn;
}
