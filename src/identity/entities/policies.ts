/**
 * Managed policies: made, versioned, deleted. Those of AWS are here as records too, so that whoever reads need not tell them
 * apart. Source: IAM User Guide, Managed policies and inline policies, Versioning IAM policies; IAM and AWS STS quotas.
 */

import { changeAccount, type Identities } from '#identity/identities.ts';
import { parsePolicyArn, policyArn, policyReference, type Realm } from '#identity/names.ts';
import type { AccountId } from '#model/arn.ts';
import {
  deleteConflict,
  invalidInput,
  invalidPolicyArn,
  noSuchManagedPolicy,
  noSuchPolicyVersion,
  policyExists,
  policyNotFound,
  quotaExceeded,
  tooManyPolicyVersions,
} from '#model/iam-errors.ts';
import { listInSteps } from '#storage/steps.ts';
import type {
  PolicyRecord,
  PolicyReference,
  PolicyVersionRecord,
  Reader,
  TagPairs,
  Transaction,
} from '#storage/store.ts';
import { type AwsManagedPolicy, awsManagedPolicies } from './aws-managed-policies.ts';
import { newUniqueId } from './entities.ts';
import { requireManagedSize } from './policy-documents.ts';
import { countUses, readPolicyUses } from './policy-uses.ts';

export type { PolicyRecord, PolicyReference, PolicyVersionRecord };

export const policiesPerAccount = 1500;
export const versionsPerPolicy = 5;

export interface NewPolicy {
  readonly name: string;
  readonly path: string;
  readonly description: string;
  /** Read as a policy already. */
  readonly document: string;
  readonly tags: TagPairs;
}

/** Undefined where neither AWS nor the account has it. Throws InvalidInput for what is no ARN of a managed policy. */
export async function findPolicy(reader: Reader, realm: Realm, arn: string): Promise<PolicyRecord | undefined> {
  const parsed = parsePolicyArn(arn);
  if (parsed === undefined) throw invalidPolicyArn(arn);
  if (policyArn(realm.partition, parsed.reference) !== arn) return undefined;
  const ofAws = awsManagedPolicies.get(parsed.reference);
  if (ofAws !== undefined) return asRecord(ofAws);
  if (parsed.owner !== realm.accountId) return undefined;
  const record = await reader.get('policies', pathOf(realm.accountId, parsed.name));
  return record !== undefined && referenceOf(record) === parsed.reference ? record : undefined;
}

/** Throws InvalidInput and NoSuchEntity. */
export async function requirePolicy(reader: Reader, realm: Realm, arn: string): Promise<PolicyRecord> {
  const record = await findPolicy(reader, realm, arn);
  if (record === undefined) throw policyNotFound(arn);
  return record;
}

/** What a user, role or group may be given, as a policy or as its boundary. Throws InvalidInput and NoSuchEntity. */
export async function requireAttachable(reader: Reader, realm: Realm, arn: string): Promise<PolicyReference> {
  const record = await findPolicy(reader, realm, arn);
  if (record === undefined) throw noSuchManagedPolicy(arn);
  return referenceOf(record);
}

/** Throws NoSuchEntity. */
export function requireVersion(record: PolicyRecord, arn: string, versionId: string): PolicyVersionRecord {
  const version = record.versions.find((one) => one.versionId === versionId);
  if (version === undefined) throw noSuchPolicyVersion(arn, versionId);
  return version;
}

export function referenceOf({ accountId, path, name }: PolicyRecord): string {
  return policyReference(accountId, path, name);
}

/** Throws EntityAlreadyExists and LimitExceeded. */
export function createPolicy(identities: Identities, realm: Realm, policy: NewPolicy): Promise<PolicyRecord> {
  const { name, document, ...rest } = policy;
  requireManagedSize(document);
  const { accountId } = realm;
  return changeAccount(identities, accountId, async (transaction) => {
    if ((await transaction.get('policies', pathOf(accountId, name))) !== undefined) throw policyExists(name);
    const limit = policiesPerAccount;
    const present = await listInSteps(transaction, 'policies', [accountId], limit);
    if (present.length >= limit) throw quotaExceeded('PoliciesPerAccount', limit);
    const createdAtMs = identities.vault.clock.now();
    const record = {
      ...rest,
      accountId,
      name,
      policyId: newUniqueId('ANPA'),
      createdAtMs,
      updatedAtMs: createdAtMs,
      defaultVersionId: 'v1',
      versions: [{ versionId: 'v1', document, createdAtMs }],
      nextVersion: 2,
    };
    transaction.put('policies', pathOf(accountId, name), record);
    return record;
  });
}

/** Changes one of the account's own in a transaction. Throws InvalidInput and NoSuchEntity, and whatever `change` does. */
export function changePolicy(
  identities: Identities,
  realm: Realm,
  arn: string,
  change: (record: PolicyRecord) => PolicyRecord,
): Promise<PolicyRecord> {
  return changeAccount(identities, realm.accountId, async (transaction) => {
    const changed = change(await requireOwnPolicy(transaction, realm, arn));
    transaction.put('policies', pathOf(realm.accountId, changed.name), changed);
    return changed;
  });
}

/** Throws LimitExceeded, besides what changePolicy does. */
export async function addVersion(
  identities: Identities,
  realm: Realm,
  { arn, document, isDefault }: { readonly arn: string; readonly document: string; readonly isDefault: boolean },
): Promise<PolicyVersionRecord> {
  requireManagedSize(document);
  const createdAtMs = identities.vault.clock.now();
  const changed = await changePolicy(identities, realm, arn, (record) => {
    const { versions, nextVersion, defaultVersionId } = record;
    if (versions.length >= versionsPerPolicy) throw tooManyPolicyVersions(versionsPerPolicy);
    const versionId = `v${nextVersion}`;
    return {
      ...record,
      updatedAtMs: createdAtMs,
      versions: [...versions, { versionId, document, createdAtMs }],
      nextVersion: nextVersion + 1,
      defaultVersionId: isDefault ? versionId : defaultVersionId,
    };
  });
  return requireVersion(changed, arn, `v${changed.nextVersion - 1}`);
}

/** Throws DeleteConflict for the default one, besides what changePolicy does. */
export async function deleteVersion(
  identities: Identities,
  realm: Realm,
  { arn, versionId }: { readonly arn: string; readonly versionId: string },
): Promise<void> {
  await changePolicy(identities, realm, arn, (record) => {
    const version = requireVersion(record, arn, versionId);
    if (versionId === record.defaultVersionId) throw deleteConflict('Cannot delete the default version of a policy.');
    return { ...record, versions: record.versions.filter((one) => one !== version) };
  });
}

export async function setDefaultVersion(
  identities: Identities,
  realm: Realm,
  { arn, versionId }: { readonly arn: string; readonly versionId: string },
): Promise<void> {
  await changePolicy(identities, realm, arn, (record) => {
    requireVersion(record, arn, versionId);
    return { ...record, defaultVersionId: versionId };
  });
}

/** Throws DeleteConflict while it is in use or has versions besides the default one; InvalidInput and NoSuchEntity. */
export function deletePolicy(identities: Identities, realm: Realm, arn: string): Promise<void> {
  return changeAccount(identities, realm.accountId, async (transaction) => {
    const record = await requireOwnPolicy(transaction, realm, arn);
    const reference = referenceOf(record);
    const uses = countUses(await readPolicyUses(transaction, realm.accountId, reference))(reference);
    if (uses.attachments > 0) throw deleteConflict('Cannot delete a policy attached to entities.');
    if (uses.boundaries > 0) throw deleteConflict('Cannot delete a policy that is used as a permissions boundary.');
    if (record.versions.length > 1) {
      throw deleteConflict(
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. The default version is deleted with the policy.",
      );
    }
    transaction.delete('policies', pathOf(realm.accountId, record.name));
  });
}

async function requireOwnPolicy(transaction: Transaction, realm: Realm, arn: string): Promise<PolicyRecord> {
  const record = await requirePolicy(transaction, realm, arn);
  // Diverges: aws-managed-policies
  if (record.accountId !== realm.accountId)
    throw invalidInput(`Policy ${arn} is managed by AWS and cannot be changed.`);
  return record;
}

function pathOf(accountId: AccountId, name: string) {
  return [accountId, name.toLowerCase()];
}

/** When AWS made the first of its managed policies. */
const firstOfAws = Date.UTC(2015, 1, 6, 18, 39, 46);

/** All of AWS's, in the form of the account's own. Their `accountId` is `aws`. */
export const awsPolicyRecords = (): readonly PolicyRecord[] => [...awsManagedPolicies.values()].map(asRecord);

function asRecord({ name, path, policyId, description, document }: AwsManagedPolicy): PolicyRecord {
  return {
    accountId: 'aws',
    name,
    path,
    policyId,
    description,
    createdAtMs: firstOfAws,
    updatedAtMs: firstOfAws,
    tags: [],
    defaultVersionId: 'v1',
    versions: [{ versionId: 'v1', document, createdAtMs: firstOfAws }],
    nextVersion: 2,
  };
}
