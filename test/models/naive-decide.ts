/** The verdict of several policies, as plainly as naive-policy.ts reads one. Expects that there are no guardrails. */
import { type Kind, type NaivePolicy, type NaiveRequest, naiveEvaluate, type Strength } from './naive-policy.ts';

export interface NaiveWish {
  request: NaiveRequest;
  keyAccount: string;
  keyPolicy: NaivePolicy;
  identity: NaivePolicy[];
  boundary: NaivePolicy | undefined;
  session: NaivePolicy | undefined;
  crossAccountCapable: boolean;
  grant: Strength | undefined;
}

/** The algorithm of the two guides, for one key. The answer: what allows, or whose refusal is named. */
export function naiveDecide(wish: NaiveWish): string {
  const { caller } = wish.request;
  const said = (policy: NaivePolicy, kind: Kind, effect: string) =>
    naiveEvaluate(policy, kind, wish.request).filter((one) => one.effect === effect);
  // The root user has everything that IAM could give it.
  const identityAllows =
    caller.kind === 'root' || wish.identity.some((one) => said(one, 'identity', 'Allow').length > 0);
  const boundaryAllows = wish.boundary === undefined || said(wish.boundary, 'identity', 'Allow').length > 0;
  const sessionAllows =
    wish.session === undefined ? caller.kind !== 'federated-user' : said(wish.session, 'identity', 'Allow').length > 0;
  if (said(wish.keyPolicy, 'key', 'Deny').length > 0) return 'explicit deny: resource-based policy';
  if (wish.boundary && said(wish.boundary, 'identity', 'Deny').length > 0) return 'explicit deny: permissions boundary';
  if (wish.session && said(wish.session, 'identity', 'Deny').length > 0) return 'explicit deny: session policy';
  if (wish.identity.some((one) => said(one, 'identity', 'Deny').length > 0))
    return 'explicit deny: identity-based policy';

  const strengths = said(wish.keyPolicy, 'key', 'Allow').map(({ strength }) => strength);
  const limits = boundaryAllows && sessionAllows;
  const ownAllows = identityAllows && limits;
  const whyNot = !identityAllows
    ? 'identity-based policy'
    : !boundaryAllows
      ? 'permissions boundary'
      : 'session policy';
  const names = { direct: 'key policy direct', role: 'key policy role', account: 'account delegation' };
  const strongest = (['direct', 'role', 'account'] as const).find((one) => strengths.includes(one));
  const grantAllows =
    wish.grant === 'direct' || (wish.grant === 'role' && limits) || (wish.grant === 'account' && ownAllows);

  if (caller.kind !== 'service' && caller.account !== wish.keyAccount) {
    if (!wish.crossAccountCapable) return 'refused: operation';
    if (strongest && ownAllows) return names[strongest];
    if (grantAllows) return 'grant';
    return `refused: ${strongest ? whyNot : 'resource-based policy'}`;
  }
  if (strengths.includes('direct')) return names.direct;
  if (strengths.includes('role') && limits) return names.role;
  if (strengths.includes('account') && ownAllows) return names.account;
  if (grantAllows) return 'grant';
  if (strengths.includes('role')) return `refused: ${boundaryAllows ? 'session policy' : 'permissions boundary'}`;
  return `refused: ${strengths.includes('account') ? whyNot : 'resource-based policy'}`;
}
