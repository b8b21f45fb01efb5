/** What AssumeRole and AssumeRoleWithWebIdentity have in common, once it is known who asks. Source: STS API Reference. */
import { decideOnTrust, type TrustWish } from '#authorization/trust-policy.ts';
import type { Findings } from '#call/audit.ts';
import type { Values } from '#call/context.ts';
import type { Identities } from '#identity/identities.ts';
import { assumedRoleArn } from '#identity/names.ts';
import { findRole, type RoleArn } from '#identity/sessions/assumable-roles.ts';
import type { SessionTags } from '#identity/sessions/session-tags.ts';
import { invalid } from '#model/errors.ts';
import type { SessionFacts } from '#model/principal.ts';
import { newSession } from './new-session.ts';
import { readSessionPolicies } from './session-policies.ts';

interface Input {
  readonly RoleArn: string;
  readonly RoleSessionName: string;
  readonly DurationSeconds?: number | undefined;
  readonly Policy?: string | undefined;
  readonly PolicyArns?: readonly { readonly arn?: string | undefined }[] | undefined;
}

/** Who asks for which session. */
export interface RoleWish extends Pick<TrustWish, 'caller'> {
  readonly input: Input;
  readonly operation: 'AssumeRole' | 'AssumeRoleWithWebIdentity';
  readonly roleArn: RoleArn;
  readonly tags: SessionTags;
  /** Whether the calling session is a role's own. */
  readonly isChained: boolean;
  readonly facts: Pick<SessionFacts, 'sourceIdentity' | 'federatedProvider' | 'claims'>;
  /** Of the request. */
  readonly findings: Findings;
  contextFor(special: (key: string) => Values): TrustWish['context'];
  /** What the caller is told, whether the role refuses or there is none. */
  refuse(action: string, why?: unknown): Error;
}

const defaultSeconds = 3600;
const mostChainedSeconds = 3600;

/** The members of the answer that both have. */
export async function newRoleSession(identities: Identities, wish: RoleWish) {
  const { input, operation, roleArn, tags, facts, isChained, findings } = wish;
  const { realm } = roleArn;
  const record = await findRole(identities.vault.store, roleArn);
  if (record === undefined) throw wish.refuse(`sts:${operation}`);
  const { accountId } = realm;
  const isControlled = identities.resourceControlled.has(accountId);
  const trust = {
    caller: wish.caller,
    role: { arn: input.RoleArn, accountId, record },
    resourceControl: isControlled ? await identities.principals.guardrails(accountId, 'resource-control') : undefined,
    context: wish.contextFor(specialKeys(wish, record.tags)),
  };
  for (const action of actionsOf(wish)) {
    const verdict = decideOnTrust({ ...trust, action });
    if (!verdict.isAllowed) throw wish.refuse(action, verdict);
    findings.permissions = { ...findings.permissions, [action]: verdict };
  }
  const durationSeconds = input.DurationSeconds ?? defaultSeconds;
  if (durationSeconds > record.maxSessionSeconds) {
    throw invalid('The requested DurationSeconds exceeds the MaxSessionDuration set for this role.');
  }
  if (isChained && durationSeconds > mostChainedSeconds) {
    throw invalid('The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining.');
  }
  const name = input.RoleSessionName;
  const policies = await readSessionPolicies(identities, realm, input);
  const plan = { by: operation, accountId, holder: record.roleId, name, ...tags, ...policies, ...facts };
  return {
    ...newSession(identities, plan, durationSeconds),
    AssumedRoleUser: {
      AssumedRoleId: `${record.roleId}:${name}`,
      Arn: assumedRoleArn(realm, record.name, name),
    },
    ...(facts.sourceIdentity === undefined ? {} : { SourceIdentity: facts.sourceIdentity }),
  };
}

/** IAM User Guide, Passing session tags, and Monitor actions taken with assumed roles: permissions of their own. */
function actionsOf({ operation, tags, facts }: RoleWish): readonly string[] {
  return [
    `sts:${operation}`,
    ...(tags.tags.length > 0 ? ['sts:TagSession'] : []),
    ...(facts.sourceIdentity === undefined ? [] : ['sts:SetSourceIdentity']),
  ];
}

// Diverges: inherited-session-tags
function specialKeys(
  { input, tags: { tags, transitiveTagKeys }, facts }: RoleWish,
  roleTags: SessionTags['tags'],
): (key: string) => Values {
  const keys = new Map<string, Values>([
    ['sts:rolesessionname', input.RoleSessionName],
    ['sts:durationseconds', input.DurationSeconds?.toString()],
    ['sts:sourceidentity', facts.sourceIdentity],
    ['sts:transitivetagkeys', transitiveTagKeys],
    ['aws:tagkeys', tags.map(([key]) => key)],
    ['aws:federatedprovider', facts.federatedProvider],
    ...tags.map(([key, value]) => [`aws:requesttag/${key.toLowerCase()}`, value] as const),
    ...roleTags.map(([key, value]) => [`aws:resourcetag/${key.toLowerCase()}`, value] as const),
  ]);
  return (key) => keys.get(key);
}
