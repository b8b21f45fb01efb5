/** The policies that a request passes to a new session. Source: IAM User Guide, Session policies; STS API Reference. */
import { parseIamDocument } from '#authorization/iam-document.ts';
import type { Identities } from '#identity/identities.ts';
import { parsePolicyArn, type Realm } from '#identity/names.ts';
import type { Session } from '#identity/sessions/sessions.ts';
import { iamMalformedPolicy } from '#model/iam-errors.ts';
import { packedPolicyTooLarge } from '#model/sts-errors.ts';

interface PassedPolicies {
  readonly Policy?: string | undefined;
  readonly PolicyArns?: readonly { readonly arn?: string | undefined }[] | undefined;
}

const mostCharacters = 2048;

/**
 * As a session keeps them; no member if none were passed. Throws MalformedPolicyDocument, also for a managed policy that the
 * account does not have, and PackedPolicyTooLarge.
 */
export async function readSessionPolicies(
  { principals }: Identities,
  { partition, accountId }: Realm,
  { Policy, PolicyArns = [] }: PassedPolicies,
): Promise<Pick<Session, 'policies'>> {
  const arns = PolicyArns.map(({ arn = '' }) => arn);
  if (Policy === undefined && arns.length === 0) return {};
  const characters = [Policy ?? '', ...arns].join('').length;
  if (characters > mostCharacters) throw packedPolicyTooLarge(Math.ceil((characters * 100) / mostCharacters));
  if (Policy !== undefined) parseIamDocument(Policy, 'identity');
  const managed: string[] = [];
  for (const arn of arns) {
    const reference = arn.startsWith(`arn:${partition}:`) ? parsePolicyArn(arn)?.reference : undefined;
    const policy = reference === undefined ? undefined : await principals.managedPolicy(accountId, reference);
    // Diverges: session-policy-arns
    if (policy === undefined) throw iamMalformedPolicy(`Policy ${arn} does not exist or is not attachable.`);
    managed.push(policy.name);
  }
  return { policies: { ...(Policy === undefined ? {} : { inline: Policy }), managed } };
}
