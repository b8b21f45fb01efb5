/**
 * Managed policies. Source: IAM API Reference, CreatePolicy, GetPolicy, DeletePolicy, ListPolicies, ListEntitiesForPolicy.
 */
import { parseIamDocument } from '#authorization/iam-document.ts';
import { queryOperation } from '#call/query/operation.ts';
import { findEntity } from '#identity/entities/entities.ts';
import { withIamTags } from '#identity/entities/iam-tags.ts';
import { listWhole } from '#identity/entities/listing.ts';
import {
  awsPolicyRecords,
  createPolicy,
  deletePolicy,
  referenceOf,
  requirePolicy,
} from '#identity/entities/policies.ts';
import { countUses, readPolicyUses } from '#identity/entities/policy-uses.ts';
import { entityArn } from '#identity/names.ts';
import { readIamPageOf } from '#identity/paging.ts';
import { boolean, enumeration, list, optional, structure } from '#model/schema.ts';
import { asksInGeneral, asksToMake, realmOf } from './ask.ts';
import { asksOfPolicy } from './policy-asks.ts';
import * as policies from './policy-shapes.ts';
import { listedPolicy, shownPolicy } from './policy-shown.ts';
import * as shapes from './shapes.ts';
import { tagPairs } from './tagging.ts';

export const managedPolicyOperations = [
  queryOperation({
    name: 'CreatePolicy',
    input: structure({
      PolicyName: policies.policyName,
      Path: optional(policies.policyPath),
      PolicyDocument: shapes.policyDocument,
      Description: optional(policies.policyDescription),
      Tags: optional(shapes.tags),
    }),
    output: structure({ Policy: optional(policies.policy) }),
    errors: [
      'ConcurrentModification',
      'EntityAlreadyExists',
      'InvalidInput',
      'LimitExceeded',
      'MalformedPolicyDocument',
    ],
    asks(call) {
      const { PolicyName: name, Path: path = '/' } = call.input;
      return asksToMake(entityArn(realmOf(call), 'policy', { path, name }), 'TagPolicy', call.input);
    },
    async run(call, identities) {
      const {
        PolicyName: name,
        Path: path = '/',
        PolicyDocument: document,
        Description: description = '',
      } = call.input;
      parseIamDocument(document, 'identity');
      const tags = withIamTags([], tagPairs(call.input.Tags));
      const record = await createPolicy(identities, realmOf(call), { name, path, document, description, tags });
      return { Policy: shownPolicy(realmOf(call), record, countUses([])(referenceOf(record))) };
    },
  }),
  queryOperation({
    name: 'GetPolicy',
    input: structure({ PolicyArn: shapes.arn }),
    output: structure({ Policy: optional(policies.policy) }),
    errors: ['InvalidInput', 'NoSuchEntity'],
    asks: asksOfPolicy,
    async run(call, { vault: { store } }) {
      const record = await requirePolicy(store, realmOf(call), call.input.PolicyArn);
      const reference = referenceOf(record);
      const uses = await readPolicyUses(store, call.place.accountId, reference);
      return { Policy: shownPolicy(realmOf(call), record, countUses(uses)(reference)) };
    },
  }),
  queryOperation({
    name: 'DeletePolicy',
    input: structure({ PolicyArn: shapes.arn }),
    errors: ['DeleteConflict', 'InvalidInput', 'LimitExceeded', 'NoSuchEntity'],
    asks: asksOfPolicy,
    async run(call, identities) {
      await deletePolicy(identities, realmOf(call), call.input.PolicyArn);
      return {};
    },
  }),
  queryOperation({
    name: 'ListPolicies',
    input: structure({
      Scope: optional(enumeration(['All', 'AWS', 'Local'])),
      OnlyAttached: optional(boolean),
      PathPrefix: optional(policies.policyPath),
      PolicyUsageFilter: optional(policies.usage),
      ...shapes.pageWish,
    }),
    output: structure({ Policies: optional(list(policies.policy)), ...shapes.pageEnd }),
    errors: ['InvalidInput'],
    asks: asksInGeneral,
    async run(call, identities) {
      const { Scope = 'All', OnlyAttached = false, PathPrefix = '/', PolicyUsageFilter: filter } = call.input;
      const { accountId } = call.place;
      const { store } = identities.vault;
      const own = Scope === 'AWS' ? [] : await listWhole(store, 'policies', accountId);
      const records = [...own.map(({ record }) => record), ...(Scope === 'Local' ? [] : awsPolicyRecords())];
      const countOf = countUses(await readPolicyUses(store, accountId));
      const isWanted = (reference: string) => {
        const { attachments, boundaries } = countOf(reference);
        // Diverges: policy-usage-filter
        const isOfUsage = filter === undefined || (filter === 'PermissionsBoundary' ? boundaries : attachments) > 0;
        return isOfUsage && (!OnlyAttached || attachments > 0);
      };
      const wanted = records.filter((one) => one.path.startsWith(PathPrefix) && isWanted(referenceOf(one)));
      const page = await readIamPageOf(
        identities,
        ['ListPolicies', accountId, Scope, String(OnlyAttached), PathPrefix, filter ?? ''],
        call.input,
        wanted.map((record) => [`${record.accountId} ${record.name.toLowerCase()}`, record]),
      );
      const { items, ...end } = page;
      return {
        Policies: items.map(({ item }) => listedPolicy(realmOf(call), item, countOf(referenceOf(item)))),
        ...end,
      };
    },
  }),
  queryOperation({
    name: 'ListEntitiesForPolicy',
    input: structure({
      PolicyArn: shapes.arn,
      EntityFilter: optional(policies.entityType),
      PathPrefix: optional(shapes.path),
      PolicyUsageFilter: optional(policies.usage),
      ...shapes.pageWish,
    }),
    output: structure({ ...policies.entitiesOfPolicy, ...shapes.pageEnd }),
    errors: ['InvalidInput', 'NoSuchEntity'],
    asks: asksOfPolicy,
    async run(call, identities) {
      const { PolicyArn, EntityFilter: entity, PathPrefix = '/', PolicyUsageFilter: filter } = call.input;
      const { accountId } = call.place;
      const { store } = identities.vault;
      const reference = referenceOf(await requirePolicy(store, realmOf(call), PolicyArn));
      const uses = (await readPolicyUses(store, accountId, reference)).filter(
        ({ kind, isBoundary }) =>
          (entity === undefined || entity.toLowerCase() === kind) &&
          (filter === undefined || (filter === 'PermissionsBoundary') === isBoundary),
      );
      const found = await Promise.all(uses.map(({ kind, name }) => findEntity(store, kind, accountId, name)));
      // One that has the policy attached and as its boundary too is listed once.
      const entities = new Map(
        uses.flatMap(({ kind, name }, index) => {
          const record = found[index];
          return record?.path.startsWith(PathPrefix) ? [[`${kind} ${name}`, record] as const] : [];
        }),
      );
      const list = ['ListEntitiesForPolicy', accountId, PolicyArn, entity ?? '', PathPrefix, filter ?? ''];
      const { items, ...end } = await readIamPageOf(identities, list, call.input, [...entities]);
      const records = items.map(({ item }) => item);
      return {
        PolicyGroups: records.flatMap((one) =>
          'groupId' in one ? [{ GroupName: one.name, GroupId: one.groupId }] : [],
        ),
        PolicyUsers: records.flatMap((one) => ('userId' in one ? [{ UserName: one.name, UserId: one.userId }] : [])),
        PolicyRoles: records.flatMap((one) => ('roleId' in one ? [{ RoleName: one.name, RoleId: one.roleId }] : [])),
        ...end,
      };
    },
  }),
];
