/** Roles. Source: IAM API Reference, CreateRole, GetRole, DeleteRole, ListRoles, UpdateRole, UpdateAssumeRolePolicy. */
import { queryOperation } from '#call/query/operation.ts';
import { changeEntity, requireEntity } from '#identity/entities/entities.ts';
import { withIamTags } from '#identity/entities/iam-tags.ts';
import { createRole, deleteRole, putTrustPolicy } from '#identity/entities/roles.ts';
import { entityArn } from '#identity/names.ts';
import { list, optional, structure } from '#model/schema.ts';
import { asksInGeneral, asksOfRole, asksToMake, realmOf } from './ask.ts';
import { pageByPath } from './page-by-path.ts';
import * as shapes from './shapes.ts';
import { listedRole, shownRole } from './shown.ts';
import { tagPairs } from './tagging.ts';
import { newTrust } from './trust.ts';

const defaultSessionSeconds = 3600;

export const roleOperations = [
  queryOperation({
    name: 'CreateRole',
    input: structure({
      Path: optional(shapes.path),
      RoleName: shapes.roleName,
      AssumeRolePolicyDocument: shapes.policyDocument,
      Description: optional(shapes.roleDescription),
      MaxSessionDuration: optional(shapes.maxSessionDuration),
      PermissionsBoundary: optional(shapes.arn),
      Tags: optional(shapes.tags),
    }),
    output: structure({ Role: shapes.role }),
    errors: [
      'ConcurrentModification',
      'EntityAlreadyExists',
      'InvalidInput',
      'LimitExceeded',
      'MalformedPolicyDocument',
      'NoSuchEntity',
    ],
    asks(call) {
      const { RoleName: name, Path: path = '/' } = call.input;
      return asksToMake(entityArn(realmOf(call), 'role', { path, name }), 'TagRole', call.input);
    },
    async run(call, identities) {
      const { input, place } = call;
      const record = await createRole(identities, realmOf(call), {
        name: input.RoleName,
        path: input.Path ?? '/',
        trust: newTrust(input.AssumeRolePolicyDocument, place),
        description: input.Description ?? '',
        maxSessionSeconds: input.MaxSessionDuration ?? defaultSessionSeconds,
        boundary: input.PermissionsBoundary,
        tags: withIamTags([], tagPairs(input.Tags)),
      });
      return { Role: await shownRole(identities, realmOf(call), record) };
    },
  }),
  queryOperation({
    name: 'GetRole',
    input: structure({ RoleName: shapes.roleName }),
    output: structure({ Role: shapes.role }),
    errors: ['NoSuchEntity'],
    asks: asksOfRole,
    async run(call, identities) {
      const { store } = identities.vault;
      const record = await requireEntity(store, 'role', call.place.accountId, call.input.RoleName);
      // Diverges: last-used
      return { Role: { ...(await shownRole(identities, realmOf(call), record)), RoleLastUsed: {} } };
    },
  }),
  queryOperation({
    name: 'UpdateRole',
    input: structure({
      RoleName: shapes.roleName,
      Description: optional(shapes.roleDescription),
      MaxSessionDuration: optional(shapes.maxSessionDuration),
    }),
    output: structure({}),
    errors: ['NoSuchEntity', 'UnmodifiableEntity'],
    asks: asksOfRole,
    async run({ input, place: { accountId } }, identities) {
      await changeEntity(identities, 'role', { accountId, name: input.RoleName }, (record) => ({
        ...record,
        description: input.Description ?? record.description,
        maxSessionSeconds: input.MaxSessionDuration ?? record.maxSessionSeconds,
      }));
      return {};
    },
  }),
  queryOperation({
    name: 'UpdateRoleDescription',
    input: structure({ RoleName: shapes.roleName, Description: shapes.roleDescription }),
    output: structure({ Role: optional(shapes.role) }),
    errors: ['NoSuchEntity', 'UnmodifiableEntity'],
    asks: asksOfRole,
    async run(call, identities) {
      const { RoleName: name, Description: description } = call.input;
      const entity = { accountId: call.place.accountId, name };
      const record = await changeEntity(identities, 'role', entity, (present) => ({ ...present, description }));
      return { Role: await shownRole(identities, realmOf(call), record) };
    },
  }),
  queryOperation({
    name: 'UpdateAssumeRolePolicy',
    input: structure({ RoleName: shapes.roleName, PolicyDocument: shapes.policyDocument }),
    errors: ['LimitExceeded', 'MalformedPolicyDocument', 'NoSuchEntity', 'UnmodifiableEntity'],
    asks: asksOfRole,
    async run({ input, place }, identities) {
      const role = { accountId: place.accountId, name: input.RoleName };
      await putTrustPolicy(identities, role, newTrust(input.PolicyDocument, place));
      return {};
    },
  }),
  queryOperation({
    name: 'DeleteRole',
    input: structure({ RoleName: shapes.roleName }),
    errors: ['ConcurrentModification', 'DeleteConflict', 'LimitExceeded', 'NoSuchEntity', 'UnmodifiableEntity'],
    asks: asksOfRole,
    async run({ input, place }, identities) {
      await deleteRole(identities, place.accountId, input.RoleName);
      return {};
    },
  }),
  queryOperation({
    name: 'ListRoles',
    input: structure({ PathPrefix: optional(shapes.pathPrefix), ...shapes.pageWish }),
    output: structure({ Roles: list(shapes.role), ...shapes.pageEnd }),
    errors: [],
    asks: asksInGeneral,
    async run(call, identities) {
      const { items, ...page } = await pageByPath(call, identities, 'roles');
      const realm = realmOf(call);
      return { Roles: await Promise.all(items.map(({ record }) => listedRole(identities, realm, record))), ...page };
    },
  }),
];
