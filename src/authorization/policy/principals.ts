/**
 * Whom a statement means. Source: IAM User Guide, IAM JSON policy elements: Principal, NotPrincipal; Policy evaluation
 * logic, on which kind of name is limited by boundaries and session policies.
 */
import type { Caller, Entity, WebIdentityCaller } from '#model/principal.ts';
import type { Principals } from './document.ts';

/**
 * How closely a statement names the caller. `direct`: the user, the session or everyone. `role`: the role of a session, or
 * the user behind a federated one. `account`: the caller's account, which leaves the decision to that account's policies.
 */
export type Strength = 'direct' | 'role' | 'account';

/** Undefined if the statement does not mean the caller. */
export type PrincipalMatcher = (caller: Caller) => Strength | undefined;

/**
 * `uniqueIds` gives the id that the bearer of an ARN had when the policy was written. Such an ARN stands for that one
 * bearer, and for nobody once that one is deleted.
 */
export function compilePrincipals(
  { isExcept, isEveryone, names, federated = [] }: Principals,
  uniqueIds: ReadonlyMap<string, string>,
): PrincipalMatcher {
  const forPrincipals = compileNames({ isExcept, isEveryone, names }, uniqueIds);
  const providers = new Set(federated);
  return (caller) =>
    caller.kind === 'web-identity'
      ? forWebIdentity(providers.has(caller.provider), { isExcept, isEveryone })
      : forPrincipals(caller);
}

/** `*` does not let in whoever has a token of some provider, but a deny of everyone is meant for them as well. */
function forWebIdentity(isListed: boolean, { isExcept, isEveryone }: Omit<Principals, 'names'>): Strength | undefined {
  if (isExcept) return isEveryone || isListed ? undefined : 'direct';
  if (isListed) return 'direct';
  return isEveryone ? 'account' : undefined;
}

function compileNames(
  { isExcept, isEveryone, names }: Principals,
  uniqueIds: ReadonlyMap<string, string>,
): (caller: PrincipalCaller) => Strength | undefined {
  const listed = new Set(names.map((name) => uniqueIds.get(name) ?? name));
  if (isExcept)
    return (caller) => ((isEveryone ? isBounded(caller) : !isExempt(caller, listed)) ? 'direct' : undefined);
  if (isEveryone) return () => 'direct';
  return (caller) => strengthOf(caller, listed);
}

type PrincipalCaller = Exclude<Caller, WebIdentityCaller>;

function strengthOf(caller: PrincipalCaller, listed: ReadonlySet<string>): Strength | undefined {
  if (caller.kind === 'service') return caller.names.some((name) => listed.has(name)) ? 'direct' : undefined;
  if (caller.kind === 'user' && isListed(caller, listed)) return 'direct';
  if (isSession(caller)) {
    if (listed.has(caller.arn) || listed.has(sessionId(caller))) return 'direct';
    if (isListed(behind(caller), listed)) return 'role';
  }
  return listed.has(caller.accountId) ? 'account' : undefined;
}

/**
 * NotPrincipal spares a caller only if every name of it is listed, its account's included: the list is of who may be let
 * through, and each name is checked on its own.
 */
function isExempt(caller: PrincipalCaller, listed: ReadonlySet<string>): boolean {
  if (isBounded(caller)) return false;
  if (caller.kind === 'service') return caller.names.some((name) => listed.has(name));
  if (!listed.has(caller.accountId)) return false;
  if (caller.kind === 'user') return isListed(caller, listed);
  return (
    !isSession(caller) ||
    ((listed.has(caller.arn) || listed.has(sessionId(caller))) && isListed(behind(caller), listed))
  );
}

/** IAM User Guide, NotPrincipal: with a permissions boundary attached, NotPrincipal and Deny always deny. */
function isBounded(caller: Caller): boolean {
  return 'hasBoundary' in caller && caller.hasBoundary;
}

type Session = Extract<Caller, { readonly kind: 'role-session' | 'federated-user' }>;

function isSession(caller: Caller): caller is Session {
  return caller.kind === 'role-session' || caller.kind === 'federated-user';
}

function behind(session: Session): Entity {
  return session.kind === 'role-session' ? session.role : session.user;
}

/** What stands in `uniqueIds` for the ARN of a session: the id of its role or user, and its own name. */
function sessionId(session: Session): string {
  return `${behind(session).uniqueId}:${session.arn.slice(session.arn.lastIndexOf('/') + 1)}`;
}

function isListed({ arn, uniqueId }: Entity, listed: ReadonlySet<string>): boolean {
  return listed.has(uniqueId) || listed.has(arn);
}
