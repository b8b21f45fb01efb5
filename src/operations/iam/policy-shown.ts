/** Managed policies as answers show them. Source: IAM API Reference, Policy, PolicyVersion, AttachedPolicy. */

import {
  type PolicyRecord,
  type PolicyReference,
  type PolicyVersionRecord,
  referenceOf,
} from '#identity/entities/policies.ts';
import type { UseCount } from '#identity/entities/policy-uses.ts';
import { policyArn, type Realm } from '#identity/names.ts';
import { percentEncoded } from './shown.ts';
import { shownTags } from './tagging.ts';

/** Lists leave out description and tags, as AWS's do. */
export function listedPolicy({ partition }: Realm, record: PolicyRecord, count: UseCount) {
  return {
    PolicyName: record.name,
    PolicyId: record.policyId,
    Arn: policyArn(partition, referenceOf(record)),
    Path: record.path,
    DefaultVersionId: record.defaultVersionId,
    AttachmentCount: count.attachments,
    PermissionsBoundaryUsageCount: count.boundaries,
    IsAttachable: true,
    CreateDate: record.createdAtMs,
    UpdateDate: record.updatedAtMs,
  };
}

export function shownPolicy(realm: Realm, record: PolicyRecord, count: UseCount) {
  const { description, tags } = record;
  return {
    ...listedPolicy(realm, record, count),
    Description: description === '' ? undefined : description,
    Tags: tags.length === 0 ? undefined : shownTags(tags),
  };
}

export function listedVersion({ defaultVersionId }: PolicyRecord, version: PolicyVersionRecord) {
  return {
    VersionId: version.versionId,
    IsDefaultVersion: version.versionId === defaultVersionId,
    CreateDate: version.createdAtMs,
  };
}

export function shownVersion(record: PolicyRecord, version: PolicyVersionRecord) {
  return { ...listedVersion(record, version), Document: percentEncoded(version.document) };
}

export function attachedPolicy({ partition }: Realm, reference: PolicyReference) {
  return { PolicyName: nameOf(reference), PolicyArn: policyArn(partition, reference) };
}

export function nameOf(reference: PolicyReference): string {
  return reference.slice(reference.lastIndexOf('/') + 1);
}

/** `/team/` of `111122223333:policy/team/Read`. */
export function pathOf(reference: PolicyReference): string {
  return reference.slice(reference.indexOf('/'), reference.lastIndexOf('/') + 1);
}
