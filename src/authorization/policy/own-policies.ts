/**
 * What the caller's own side says: the policies attached to it, its permissions boundary, the policies of its session.
 * The latter two only ever take away. Source: IAM User Guide, Permissions boundaries; Session policies.
 */
import { type Consultation, consult, type NamedPolicy } from './consult.ts';
import type { PolicyRequest } from './request.ts';
import { type Cause, type Decider, deniedBy, type PolicyType } from './verdict.ts';

export interface OwnPolicies {
  /** Inline and managed policies of the user and its groups, or of the role. */
  readonly identity: readonly NamedPolicy[];
  /** Where there is one, the caller's hasBoundary says so too. */
  readonly boundary?: NamedPolicy;
  /** Inline and managed session policies, which count as one. Undefined if the session was made without any. */
  readonly session?: readonly NamedPolicy[];
}

export interface OwnSide {
  readonly denied: Cause | undefined;
  /** The statement of an identity policy that allows, whether or not the others let it. */
  readonly statement: Decider | undefined;
  /** The first policy type without which the caller's own policies do not allow. Undefined: they do. */
  readonly lacking: PolicyType | undefined;
  /** The first policy type that keeps a session from what its role, or the user behind it, was allowed elsewhere. */
  readonly lackingForRole: PolicyType | undefined;
}

export function consultOwn(own: OwnPolicies, request: PolicyRequest): OwnSide {
  const { caller } = request;
  const identity = consult(own.identity, request);
  const boundary = own.boundary && consult([own.boundary], request);
  const session = own.session && consult(own.session, request);
  const denied =
    (boundary?.deny && deniedBy('permissions boundary', boundary.deny)) ??
    (session?.deny && deniedBy('session policy', session.deny)) ??
    (identity.deny && deniedBy('identity-based policy', identity.deny));
  const limit = limitOf(boundary, session, request);
  // The root user needs no policy. It has no boundary or session policy either; if it had, they would limit it.
  const lacksIdentity = caller.kind !== 'root' && identity.allow === undefined;
  const lacking = lacksIdentity ? 'identity-based policy' : limit;
  return { denied, statement: identity.allow, lacking, lackingForRole: limit };
}

function limitOf(
  boundary: Consultation | undefined,
  session: Consultation | undefined,
  { caller }: PolicyRequest,
): PolicyType | undefined {
  if (boundary !== undefined && boundary.allow === undefined) return 'permissions boundary';
  // IAM User Guide, GetFederationToken: without session policies the session has no permissions of its user.
  const lacksSession = session === undefined ? caller.kind === 'federated-user' : session.allow === undefined;
  return lacksSession ? 'session policy' : undefined;
}
