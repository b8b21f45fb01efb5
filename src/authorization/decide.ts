/**
 * Whether a caller may do something with a key: what the key's policy says. For now every caller is an account's root
 * user, which needs no policy of its own; identity policies and grants come with issue #3 and take their places here.
 */
import { type KeyArn, type Place, rootArn } from '#model/arn.ts';
import { accessDenied, lockedOut } from '#model/errors.ts';
import type { Principal } from '#model/principal.ts';
import type { Allowed } from '#model/proofs.ts';
import { policyOf } from './key-policy.ts';
import type { Caller } from './policy/caller.ts';
import type { CompiledPolicy } from './policy/compile.ts';
import { decideOnKey } from './policy/decide.ts';
import type { RequestContext } from './policy/request.ts';
import { denialText, type Verdict } from './policy/verdict.ts';

/** What the caller wants to do. */
export interface Wish {
  readonly caller: Principal;
  /** `kms:Encrypt` */
  readonly action: string;
  readonly context: RequestContext;
  /** Whether the operation works on keys of other accounts at all. */
  readonly isCrossAccountCapable: boolean;
  /** Whether the request itself names the key; a ciphertext alone does not, and its answer must not either. */
  readonly isNamed: boolean;
}

/** What is asked about. */
export interface PolicedKey {
  readonly place: Place;
  readonly arn: KeyArn;
  readonly record: { readonly policy: string };
}

/** Throws AccessDeniedException. */
export function allowOnKey<K extends PolicedKey>(wish: Wish, key: K): Allowed<K> {
  const { caller, action, isNamed } = wish;
  const permission = `${caller.accountId} ${action}`;
  const remembered = permissionsOf(key.record);
  if (remembered.has(permission)) return key as Allowed<K>;
  const policy = policyOf(key.record);
  const verdict = ask(wish, key, policy);
  if (verdict.isAllowed) {
    if (policy.statementsFor(action).every(({ isUnconditional }) => isUnconditional)) remembered.add(permission);
    return key as Allowed<K>;
  }
  const callerArn = rootArn({ ...key.place, accountId: caller.accountId });
  throw accessDenied(denialText(verdict, { callerArn, action, resource: isNamed ? key.arn : undefined }));
}

const permissions = new WeakMap<object, Set<string>>();

/**
 * What a policy was found to permit, by account and action, where no statement about the action looks at the request: the
 * next request gets the same answer. Forgotten with the record, and so with every change of the policy.
 */
function permissionsOf(record: object): Set<string> {
  const known = permissions.get(record);
  if (known !== undefined) return known;
  const none = new Set<string>();
  permissions.set(record, none);
  return none;
}

/** A key of the caller's own account, named only to narrow an answer. */
export function allowAsFilter<K extends PolicedKey>(key: K): Allowed<K> {
  return key as Allowed<K>;
}

/**
 * The lockout safety check: whoever puts a policy must be able to put the next one. Throws
 * MalformedPolicyDocumentException. Source: AWS KMS API Reference, BypassPolicyLockoutSafetyCheck.
 */
export function requireNoLockout(
  wish: Pick<Wish, 'caller' | 'context'>,
  key: Omit<PolicedKey, 'record'>,
  policy: CompiledPolicy,
): void {
  const next = { ...wish, action: 'kms:PutKeyPolicy', isCrossAccountCapable: false, isNamed: true };
  if (!ask(next, key, policy).isAllowed) throw lockedOut();
}

function ask(wish: Wish, { place, arn }: Omit<PolicedKey, 'record'>, keyPolicy: CompiledPolicy): Verdict {
  const { action, context, isCrossAccountCapable } = wish;
  return decideOnKey({
    caller: callerOf(wish.caller, place),
    action,
    context,
    isCrossAccountCapable,
    resource: arn,
    keyAccountId: place.accountId,
    keyPolicy,
    own: { identity: [] },
    grants: () => [],
  });
}

function callerOf({ kind, accountId }: Principal, place: Place): Caller {
  return { kind, accountId, arn: rootArn({ ...place, accountId }) };
}
