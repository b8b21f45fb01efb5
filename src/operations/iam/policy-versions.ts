/**
 * The versions of managed policies. Source: IAM API Reference, CreatePolicyVersion, GetPolicyVersion, ListPolicyVersions,
 * DeletePolicyVersion, SetDefaultPolicyVersion.
 */
import { parseIamDocument } from '#authorization/iam-document.ts';
import { queryOperation } from '#call/query/operation.ts';
import {
  addVersion,
  deleteVersion,
  requirePolicy,
  requireVersion,
  setDefaultVersion,
} from '#identity/entities/policies.ts';
import { readIamPageOf } from '#identity/paging.ts';
import { boolean, list, optional, structure } from '#model/schema.ts';
import { realmOf } from './ask.ts';
import { asksOfPolicy } from './policy-asks.ts';
import * as policies from './policy-shapes.ts';
import { listedVersion, shownVersion } from './policy-shown.ts';
import * as shapes from './shapes.ts';

export const policyVersionOperations = [
  queryOperation({
    name: 'CreatePolicyVersion',
    input: structure({
      PolicyArn: shapes.arn,
      PolicyDocument: shapes.policyDocument,
      SetAsDefault: optional(boolean),
    }),
    output: structure({ PolicyVersion: optional(policies.policyVersion) }),
    errors: ['InvalidInput', 'LimitExceeded', 'MalformedPolicyDocument', 'NoSuchEntity'],
    asks: asksOfPolicy,
    async run(call, identities) {
      const { PolicyArn: arn, PolicyDocument: document, SetAsDefault: isDefault = false } = call.input;
      parseIamDocument(document, 'identity');
      const version = await addVersion(identities, realmOf(call), { arn, document, isDefault });
      const { versionId: VersionId, createdAtMs: CreateDate } = version;
      return { PolicyVersion: { VersionId, IsDefaultVersion: isDefault, CreateDate } };
    },
  }),
  queryOperation({
    name: 'GetPolicyVersion',
    input: structure({ PolicyArn: shapes.arn, VersionId: policies.versionId }),
    output: structure({ PolicyVersion: optional(policies.policyVersion) }),
    errors: ['InvalidInput', 'NoSuchEntity'],
    asks: asksOfPolicy,
    async run(call, { vault }) {
      const { PolicyArn, VersionId } = call.input;
      const record = await requirePolicy(vault.store, realmOf(call), PolicyArn);
      return { PolicyVersion: shownVersion(record, requireVersion(record, PolicyArn, VersionId)) };
    },
  }),
  queryOperation({
    name: 'ListPolicyVersions',
    input: structure({ PolicyArn: shapes.arn, ...shapes.pageWish }),
    output: structure({ Versions: optional(list(policies.policyVersion)), ...shapes.pageEnd }),
    errors: ['InvalidInput', 'NoSuchEntity'],
    asks: asksOfPolicy,
    async run(call, identities) {
      const { PolicyArn } = call.input;
      const record = await requirePolicy(identities.vault.store, realmOf(call), PolicyArn);
      // The newest first, as AWS's list is: by the number, counted down.
      const counted = record.versions.map((version) => [countdown(version.versionId), version] as const);
      const name = ['ListPolicyVersions', call.place.accountId, PolicyArn];
      const { items, ...end } = await readIamPageOf(identities, name, call.input, counted);
      return { Versions: items.map(({ item }) => listedVersion(record, item)), ...end };
    },
  }),
  queryOperation({
    name: 'DeletePolicyVersion',
    input: structure({ PolicyArn: shapes.arn, VersionId: policies.versionId }),
    errors: ['DeleteConflict', 'InvalidInput', 'LimitExceeded', 'NoSuchEntity'],
    asks: asksOfPolicy,
    async run(call, identities) {
      const { PolicyArn: arn, VersionId: versionId } = call.input;
      await deleteVersion(identities, realmOf(call), { arn, versionId });
      return {};
    },
  }),
  queryOperation({
    name: 'SetDefaultPolicyVersion',
    input: structure({ PolicyArn: shapes.arn, VersionId: policies.versionId }),
    errors: ['InvalidInput', 'LimitExceeded', 'NoSuchEntity'],
    asks: asksOfPolicy,
    async run(call, identities) {
      const { PolicyArn: arn, VersionId: versionId } = call.input;
      await setDefaultVersion(identities, realmOf(call), { arn, versionId });
      return {};
    },
  }),
];

const mostVersions = 10 ** 12;

/** Twelve digits that are the smaller the later the version is. */
function countdown(versionId: string): string {
  return String(mostVersions - Number(versionId.slice(1))).padStart(12, '0');
}
