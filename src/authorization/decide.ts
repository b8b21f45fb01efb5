/**
 * Whether a caller may do something: the key's policy, the caller's own policies, guardrails and grants, put together by
 * policy/decide.ts. What needs no second look is remembered.
 */
import type { Awaitable } from '#base/after.ts';
import type { KeyArn, Place } from '#model/arn.ts';
import { accessDenied, lockedOut } from '#model/errors.ts';
import type { PolicyText, Principal } from '#model/principal.ts';
import type { Allowed } from '#model/proofs.ts';
import { policyOf } from './key-policy.ts';
import { guardrailsOf, ownPoliciesOf, sidesOf } from './own.ts';
import type { CompiledPolicy } from './policy/compile.ts';
import { decideOnKey, decideWithoutKey, type GrantMatch } from './policy/decide.ts';
import { evaluate } from './policy/evaluate.ts';
import type { RequestContext } from './policy/request.ts';
import { denialText, type Permission, type Refusal, type Verdict } from './policy/verdict.ts';

/** What the caller wants to do. */
export interface Wish {
  readonly caller: Principal;
  /** `kms:Encrypt` */
  readonly action: string;
  readonly context: RequestContext;
  /** Whether the operation works on keys of other accounts at all. */
  readonly isCrossAccountCapable: boolean;
  /** Resource control policies of the key's account; absent where it has none. */
  readonly resourceControl?: readonly PolicyText[] | undefined;
}

/** What is asked about. */
export interface PolicedKey {
  readonly place: Place;
  readonly arn: KeyArn;
  readonly record: PolicedRecord;
}

export interface PolicedRecord {
  readonly policy: string;
  readonly policyPrincipals?: readonly (readonly [name: string, uniqueId: string])[];
  readonly managedFor?: string;
}

/** The verdict on a key; `grants` are looked for only where no policy decides. */
export function judgeKey(
  wish: Wish,
  key: PolicedKey,
  grants: () => Promise<readonly GrantMatch[]>,
): Awaitable<Verdict> {
  const keyPolicy = policyOf(key.record);
  let areGrantsAsked = false;
  const none = () => {
    areGrantsAsked = true;
    return [];
  };
  const verdict = decideOnKey(keyWish(wish, key, keyPolicy, none));
  if (verdict.isAllowed) {
    if (isSettled(wish, keyPolicy)) remember(wish, key.record, verdict);
    return verdict;
  }
  if (!areGrantsAsked) return verdict;
  return grants().then((found) =>
    found.length === 0 ? verdict : decideOnKey(keyWish(wish, key, keyPolicy, () => found)),
  );
}

/**
 * The verdict on retiring a grant, where `ways` are those in which the caller might. The key's policy has no say, nor do
 * resource control policies; denies of the caller's own side do. Source: AWS KMS Developer Guide, Controlling access to
 * RetireGrant.
 */
export function judgeRetirement(
  wish: Pick<Wish, 'caller' | 'context'>,
  key: PolicedKey,
  ways: readonly GrantMatch[],
): Verdict {
  const retire = { ...wish, action: 'kms:RetireGrant', isCrossAccountCapable: true };
  return decideOnKey(keyWish(retire, key, silentPolicy, () => ways));
}

const silentPolicy: CompiledPolicy = { kind: 'key', statementsFor: () => [] };

/** The mark that the caller may do what was asked. Throws what `refuse` makes of a refusal. */
export function permitted<K extends PolicedKey>(
  key: K,
  verdict: Verdict,
  refuse: (refusal: Refusal) => Error,
): Allowed<K> {
  if (!verdict.isAllowed) throw refuse(verdict);
  return key as Allowed<K>;
}

/**
 * What was found to be permitted, by state of the key's record, state of the caller, and action, where no statement about
 * the action looks at anything else of the request: the next one gets the same answer. Forgotten with either state, and so with
 * every change of a policy.
 */
let permissions: Permissions = new WeakMap();
let remembered = 0;
/** Some 20 MB. */
const mostRemembered = 100_000;

type Permissions = WeakMap<object, WeakMap<Principal, Map<string, Permission>>>;

/** What judgeKey would find, where nothing has to be looked at again. Resource control policies are not asked: there must be none. */
export function rememberedPermission(
  { caller, action }: Pick<Wish, 'caller' | 'action'>,
  { record }: PolicedKey,
): Permission | undefined {
  return permissions.get(record)?.get(caller)?.get(action);
}

function remember({ caller, action }: Wish, record: object, permission: Permission): void {
  if (++remembered > mostRemembered) {
    permissions = new WeakMap();
    remembered = 1;
  }
  const byCaller = permissions.get(record) ?? new WeakMap<Principal, Map<string, Permission>>();
  const byAction = byCaller.get(caller) ?? new Map<string, Permission>();
  permissions.set(record, byCaller.set(caller, byAction.set(action, permission)));
}

/** Whether every request of this caller for this action would be decided alike. */
function isSettled({ caller, action, resourceControl }: Wish, keyPolicy: CompiledPolicy): boolean {
  if (resourceControl !== undefined) return false;
  const { identity, boundary, session = [] } = ownPoliciesOf(caller);
  const own = [...identity, ...session, ...(guardrailsOf(caller)?.serviceControl?.flat() ?? [])];
  const policies = [
    keyPolicy,
    ...own.map(({ policy }) => policy),
    ...(boundary === undefined ? [] : [boundary.policy]),
  ];
  return policies.every((policy) => policy.statementsFor(action).every(({ isUnconditional }) => isUnconditional));
}

/** A key of the caller's own account, named only to narrow an answer. */
export function allowAsFilter<K extends PolicedKey>(key: K): Allowed<K> {
  return key as Allowed<K>;
}

/** The verdict on what has no policy of its own: an alias, another resource, or none (`arn:aws:kms:us-west-2:111122223333:*`). */
export function judgeWithoutKey(wish: Pick<Wish, 'caller' | 'action' | 'context'>, resource: string): Verdict {
  const { caller, action, context } = wish;
  return decideWithoutKey({ caller, action, context, resource, ...sidesOf(caller) });
}

/** Throws AccessDeniedException, whose reason says which statement it was. `shown` is the resource as the text names it. */
export function requireAllowed(
  verdict: Verdict,
  { caller, action }: Pick<Wish, 'caller' | 'action'>,
  shown: string | undefined,
): asserts verdict is Permission {
  if (verdict.isAllowed) return;
  throw accessDenied(denialText(verdict, { callerArn: caller.arn, action, resource: shown }), verdict);
}

/**
 * The lockout safety check: whoever puts a policy must be one whom it lets put the next one, by itself or by leaving that to
 * the account. What the caller's own policies say may change at any time, and is not asked. Throws
 * MalformedPolicyDocumentException. Source: AWS KMS API Reference, BypassPolicyLockoutSafetyCheck; Developer Guide, Key
 * policies, "the root statement".
 */
// Diverges: lockout-check
export function requireNoLockout(
  { caller, context }: Pick<Wish, 'caller' | 'context'>,
  { place, arn }: Pick<PolicedKey, 'place' | 'arn'>,
  policy: CompiledPolicy,
): void {
  const { allows, denies } = evaluate(policy, { caller, action: 'kms:PutKeyPolicy', resource: arn, context });
  if (caller.accountId !== place.accountId || denies.length > 0 || allows.length === 0) throw lockedOut();
}

/** AWS Organizations User Guide, Resource control policies: AWS managed keys and kms:RetireGrant are left out. */
export function bindsControl(action: string, { managedFor }: Pick<PolicedRecord, 'managedFor'>): boolean {
  return managedFor === undefined && action !== 'kms:RetireGrant';
}

function keyWish(
  { resourceControl, ...wish }: Wish,
  { place, arn, record }: PolicedKey,
  keyPolicy: CompiledPolicy,
  grants: () => Iterable<GrantMatch>,
) {
  const control = bindsControl(wish.action, record) ? resourceControl : undefined;
  return { ...wish, resource: arn, keyAccountId: place.accountId, keyPolicy, ...sidesOf(wish.caller, control), grants };
}
