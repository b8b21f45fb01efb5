/**
 * All policies and grants put together into one verdict. Source: IAM User Guide, Policy evaluation logic; AWS KMS Developer
 * Guide, Troubleshooting key access. Where several policies refuse, AWS does not say which one it names; the order
 * here is ours.
 */
import type { AccountId } from '#model/arn.ts';
import type { CompiledPolicy } from './compile.ts';
import { evaluate, type Match } from './evaluate.ts';
import { consultGuardrails, type Guardrails } from './guardrails.ts';
import { consultOwn, type OwnPolicies } from './own-policies.ts';
import type { Strength } from './principals.ts';
import type { PolicyRequest } from './request.ts';
import { type Cause, type Decider, deniedBy, lacking, type Permission, type Refusal, type Verdict } from './verdict.ts';

/** Something asked of what has no policy of its own: an alias, or no resource at all. */
export interface Wish extends PolicyRequest {
  readonly own: OwnPolicies;
  readonly guardrails?: Guardrails;
}

/** Something asked of a key, or of a role, whose trust policy is to it what a key policy is to a key; `resource` is its ARN. */
export interface KeyWish extends Wish {
  readonly keyAccountId: AccountId;
  readonly keyPolicy: CompiledPolicy;
  /** Whether the operation works on keys of other accounts at all. */
  readonly isCrossAccountCapable: boolean;
  /** The grants that cover the request in all but policies. Called at most once, and only if the key policy does not allow. */
  grants(): Iterable<GrantMatch>;
}

export interface GrantMatch {
  readonly grantId: string;
  /** How closely the grant names the caller. */
  readonly strength: Strength;
}

export function decideOnKey(wish: KeyWish): Verdict {
  const { caller, keyAccountId } = wish;
  const isCrossAccount = 'accountId' in caller && caller.accountId !== keyAccountId;
  const keyPolicy = evaluate(wish.keyPolicy, wish);
  const guardrails = consultGuardrails(wish.guardrails, wish);
  const own = consultOwn(wish.own, wish);

  // 1. A deny anywhere is final, whatever grants say. 2. Guardrails must let the request through.
  const [keyDeny] = keyPolicy.denies;
  const refused =
    guardrails.denied ??
    (keyDeny && deniedBy('resource-based policy', deciderOf(keyDeny, wish))) ??
    own.denied ??
    (guardrails.lacking && lacking(guardrails.lacking)) ??
    (isCrossAccount && !wish.isCrossAccountCapable ? lacking('operation') : undefined);
  if (refused !== undefined) return refusal(refused, isCrossAccount);

  // 3. How far being named carries. What names the caller's account leaves the decision to the caller's own policies.
  const suffices = (strength: Strength): boolean => {
    if (strength === 'account') return own.lacking === undefined;
    return strength === 'direct' || own.lackingForRole === undefined;
  };

  // 4, 5. The key policy comes first: who has no more than a grant may not hand on more than that. A key policy of another
  // account needs the agreement of the caller's own policies however closely it names the caller; a grant does not.
  const allow = closest(keyPolicy.allows.filter(({ strength }) => suffices(isCrossAccount ? 'account' : strength)));
  if (allow !== undefined) {
    const identityStatement = isCrossAccount || allow.strength === 'account' ? own.statement : undefined;
    return permission({ by: byStrength[allow.strength], keyStatement: deciderOf(allow, wish), identityStatement });
  }
  for (const { grantId, strength } of wish.grants()) {
    const identityStatement = strength === 'account' ? own.statement : undefined;
    if (suffices(strength)) return permission({ by: 'grant', grantId, identityStatement });
  }

  const best = closest(keyPolicy.allows);
  const lacks = best?.strength === 'role' && !isCrossAccount ? own.lackingForRole : own.lacking;
  return refusal(lacking((best && lacks) ?? 'resource-based policy'), isCrossAccount);
}

export function decideWithoutKey(wish: Wish): Verdict {
  const guardrails = consultGuardrails(wish.guardrails, wish);
  const own = consultOwn(wish.own, wish);
  const lacks = guardrails.lacking ?? own.lacking;
  const refused = guardrails.denied ?? own.denied ?? (lacks && lacking(lacks));
  if (refused !== undefined) return refusal(refused, false);
  return permission({ by: 'identity policy', identityStatement: own.statement });
}

const byStrength = {
  direct: 'key policy direct',
  role: 'key policy role',
  account: 'account delegation',
} as const satisfies Record<Strength, Permission['by']>;

/** The match that names the caller most closely; the first of several. */
function closest(matches: readonly Match[]): Match | undefined {
  const first = (wanted: Strength) => matches.find(({ strength }) => strength === wanted);
  return first('direct') ?? first('role') ?? first('account');
}

function deciderOf({ statement }: Match, { keyPolicy }: KeyWish): Decider {
  return { policy: `${keyPolicy.kind} policy`, ...statement };
}

function refusal(cause: Cause, isCrossAccount: boolean): Refusal {
  return { isAllowed: false, ...cause, isCrossAccount };
}

function permission(how: Partial<Permission> & Pick<Permission, 'by'>): Permission {
  return { isAllowed: true, keyStatement: undefined, identityStatement: undefined, grantId: undefined, ...how };
}
