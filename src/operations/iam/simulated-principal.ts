/**
 * Whose requests are simulated: a user, role or group with its policies, those that are given besides, and whoever is to
 * make the calls. Source: IAM API Reference, SimulatePrincipalPolicy, SimulateCustomPolicy.
 */
import { parseIamDocument } from '#authorization/iam-document.ts';
import { parseEntityArn, requireEntityByArn } from '#identity/entities/entity-arns.ts';
import type { Identities } from '#identity/identities.ts';
import { entityArn } from '#identity/names.ts';
import { principalIdOf } from '#identity/principal-ids.ts';
import type { AccountId } from '#model/arn.ts';
import { invalidInput, noSuchEntity } from '#model/iam-errors.ts';
import type { AttachedPolicies, PolicyText, Principal } from '#model/principal.ts';
import { type AnyCall, realmOf } from './ask.ts';

export interface Given {
  readonly PolicySourceArn?: string | undefined;
  readonly PolicyInputList?: readonly string[] | undefined;
  readonly PermissionsBoundaryPolicyInputList?: readonly string[] | undefined;
  readonly ResourcePolicy?: string | undefined;
  readonly CallerArn?: string | undefined;
  readonly OrderedOrganizationPolicyInputList?: readonly unknown[] | undefined;
  readonly PolicyExclusionList?: readonly unknown[] | undefined;
}

/** Throws InvalidInput and NoSuchEntity. */
export async function simulatedPrincipal(call: AnyCall, identities: Identities, given: Given): Promise<Principal> {
  const { PolicySourceArn, CallerArn, ResourcePolicy, PermissionsBoundaryPolicyInputList: boundaries = [] } = given;
  // Diverges: simulation-parameters
  for (const parameter of ['OrderedOrganizationPolicyInputList', 'PolicyExclusionList'] as const) {
    if (given[parameter] !== undefined) throw invalidInput(`${parameter} is not supported.`);
  }
  const source =
    PolicySourceArn === undefined ? nobody(call) : await sourcePrincipal(call, identities, PolicySourceArn);
  const [boundary, ...more] = givenPolicies('PermissionsBoundaryPolicyInputList', boundaries);
  if (more.length > 0) throw invalidInput('Only one permissions boundary can be simulated.');
  const policies: AttachedPolicies = {
    ...source.policies,
    identity: [...source.policies.identity, ...givenPolicies('PolicyInputList', given.PolicyInputList ?? [])],
    ...(boundary === undefined ? {} : { boundary }),
  };
  const isUser = PolicySourceArn !== undefined && parseEntityArn(PolicySourceArn)?.kind === 'user';
  if (ResourcePolicy !== undefined && CallerArn === undefined && !isUser) {
    throw invalidInput('CallerArn is required with a ResourcePolicy.');
  }
  if (CallerArn !== undefined) return otherCaller(call, identities, { arn: CallerArn, policies });
  return withPolicies(source, policies);
}

/** Policies of the request, by the place that each has in its list. Throws InvalidInput. */
export function givenPolicies(list: string, documents: readonly string[]): readonly PolicyText[] {
  return documents.map((document, index) => {
    parseIamDocument(document, 'identity', invalidInput);
    return { name: `${list}.${index + 1}`, document };
  });
}

/** Throws InvalidInput and NoSuchEntity. */
export async function sourcePrincipal(call: AnyCall, identities: Identities, arn: string): Promise<Principal> {
  const realm = realmOf(call);
  const { accountId, partition } = realm;
  const { principals, vault } = identities;
  const { kind, record } = await requireEntityByArn(vault.store, realm, arn);
  if (kind === 'group') {
    const identity = await principals.policiesIn(kind, record);
    return user({ arn, accountId, uniqueId: record.groupId, name: record.name, policies: { identity } });
  }
  const principal = kind === 'user' ? record.userId : record.roleId;
  const found = await principals.principalFor({ accountId, principal }, partition);
  if (found === undefined) throw noSuchEntity(`The entity ${arn} cannot be found.`); // deleted meanwhile
  return found;
}

/** A caller that only has what is given. Its name is nobody's: an identity policy cannot ask for one. */
function nobody(call: AnyCall): Principal {
  const { accountId } = call.place;
  const arn = entityArn(realmOf(call), 'user', { path: '/', name: '' });
  return user({ arn, accountId, uniqueId: arn, name: '', policies: { identity: [] } });
}

/** A user who calls as if it had these policies; it need not exist. */
async function otherCaller(
  call: AnyCall,
  { vault }: Identities,
  { arn, policies }: { readonly arn: string; readonly policies: AttachedPolicies },
): Promise<Principal> {
  const { partition } = realmOf(call);
  const parsed = parseEntityArn(arn);
  if (parsed?.kind !== 'user' || parsed.partition !== partition) {
    throw invalidInput('CallerArn must be the ARN of an IAM user.');
  }
  const uniqueId = (await principalIdOf(vault.store, arn, partition)) ?? arn;
  return user({ arn, accountId: parsed.accountId, uniqueId, name: parsed.name, policies });
}

interface UserParts {
  readonly arn: string;
  readonly accountId: AccountId;
  readonly uniqueId: string;
  readonly name: string;
  readonly policies: AttachedPolicies;
}

function user({ name, uniqueId, ...parts }: UserParts): Principal {
  const hasBoundary = parts.policies.boundary !== undefined;
  return { kind: 'user', ...parts, uniqueId, userId: uniqueId, userName: name, tags: [], hasBoundary };
}

function withPolicies(source: Principal, policies: AttachedPolicies): Principal {
  const changed = { ...source, policies };
  return changed.kind === 'root' ? changed : { ...changed, hasBoundary: policies.boundary !== undefined };
}
