/** The account: its alias, and how much of what it has. Source: IAM API Reference, GetAccountSummary, CreateAccountAlias. */
import { queryOperation } from '#call/query/operation.ts';
import { accessKeysPerUser, listAccessKeys } from '#identity/access-keys.ts';
import { createAccountAlias, deleteAccountAlias, requireAccount } from '#identity/account-aliases.ts';
import { entityQuotas } from '#identity/entities/entity-changes.ts';
import { groupsPerUser } from '#identity/entities/groups.ts';
import { listWhole } from '#identity/entities/listing.ts';
import { trustPolicySize } from '#identity/entities/roles.ts';
import type { Identities } from '#identity/identities.ts';
import { readIamPageOf } from '#identity/paging.ts';
import type { AccountId } from '#model/arn.ts';
import { list, numberMap, optional, structure } from '#model/schema.ts';
import { asksInGeneral } from './ask.ts';
import * as shapes from './shapes.ts';

export const accountOperations = [
  queryOperation({
    name: 'GetAccountSummary',
    input: structure({}),
    output: structure({ SummaryMap: optional(numberMap) }),
    errors: [],
    asks: asksInGeneral,
    async run({ place }, { vault }) {
      return { SummaryMap: await summaryOf(vault, place.accountId) };
    },
  }),
  queryOperation({
    name: 'CreateAccountAlias',
    input: structure({ AccountAlias: shapes.accountAlias }),
    errors: ['ConcurrentModification', 'EntityAlreadyExists', 'LimitExceeded'],
    asks: asksInGeneral,
    async run({ input, place }, identities) {
      await createAccountAlias(identities, place.accountId, input.AccountAlias);
      return {};
    },
  }),
  queryOperation({
    name: 'DeleteAccountAlias',
    input: structure({ AccountAlias: shapes.accountAlias }),
    errors: ['ConcurrentModification', 'LimitExceeded', 'NoSuchEntity'],
    asks: asksInGeneral,
    async run({ input, place }, identities) {
      await deleteAccountAlias(identities, place.accountId, input.AccountAlias);
      return {};
    },
  }),
  queryOperation({
    name: 'ListAccountAliases',
    input: structure(shapes.pageWish),
    output: structure({ AccountAliases: list(shapes.accountAlias), ...shapes.pageEnd }),
    errors: [],
    asks: asksInGeneral,
    async run({ input, place: { accountId } }, identities) {
      const { alias } = await requireAccount(identities.vault.store, accountId);
      const aliases = alias === undefined ? [] : [[alias, alias] as const];
      const { items, ...page } = await readIamPageOf(identities, ['ListAccountAliases', accountId], input, aliases);
      return { AccountAliases: items.map(({ item }) => item), ...page };
    },
  }),
];

// Diverges: account-summary
/** IAM User Guide, IAM and AWS STS quotas. What there is none of here has a quota of 0. */
const quotas = {
  UsersQuota: entityQuotas.user,
  GroupsQuota: entityQuotas.group,
  RolesQuota: entityQuotas.role,
  PoliciesQuota: 1500,
  GroupsPerUserQuota: groupsPerUser,
  AccessKeysPerUserQuota: accessKeysPerUser,
  AttachedPoliciesPerUserQuota: 10,
  AttachedPoliciesPerGroupQuota: 10,
  AttachedPoliciesPerRoleQuota: 10,
  VersionsPerPolicyQuota: 5,
  PolicyVersionsInUseQuota: 10_000,
  PolicySizeQuota: 6144,
  UserPolicySizeQuota: 2048,
  GroupPolicySizeQuota: 5120,
  RolePolicySizeQuota: 10_240,
  AssumeRolePolicySizeQuota: trustPolicySize,
  InstanceProfilesQuota: 0,
  ServerCertificatesQuota: 0,
  SigningCertificatesPerUserQuota: 0,
};

const absent = {
  InstanceProfiles: 0,
  ServerCertificates: 0,
  MFADevices: 0,
  MFADevicesInUse: 0,
  AccountMFAEnabled: 0,
  AccountPasswordPresent: 0,
  AccountSigningCertificatesPresent: 0,
};

async function summaryOf({ store }: Identities['vault'], accountId: AccountId): Promise<ReadonlyMap<string, number>> {
  const policies = await listWhole(store, 'policies', accountId);
  const rootAccessKeys = await listAccessKeys(store, { accountId, principal: 'root' });
  const present = {
    Users: (await listWhole(store, 'users', accountId)).length,
    Groups: (await listWhole(store, 'groups', accountId)).length,
    Roles: (await listWhole(store, 'roles', accountId)).length,
    Policies: policies.length,
    PolicyVersionsInUse: policies.reduce((sum, { record }) => sum + record.versions.length, 0),
    Providers: (await listWhole(store, 'openIdProviders', accountId)).length,
    AccountAccessKeysPresent: Math.min(rootAccessKeys.length, 1),
    GlobalEndpointTokenVersion: 2,
  };
  return new Map(Object.entries({ ...present, ...quotas, ...absent }));
}
