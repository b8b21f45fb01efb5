/** All users, groups, roles and policies of an account, with all that they have. Source: IAM API Reference, GetAccountAuthorizationDetails. */
import { queryOperation } from '#call/query/operation.ts';
import { findEntity } from '#identity/entities.ts';
import type { Identities } from '#identity/identities.ts';
import type { Realm } from '#identity/names.ts';
import { readIamPage } from '#identity/paging.ts';
import { awsPolicyRecords, referenceOf } from '#identity/policies.ts';
import { type PolicyUse, readPolicyUses } from '#identity/policy-uses.ts';
import { list, optional, structure } from '#model/schema.ts';
import type {
  EntityRecord,
  GroupRecord,
  PolicyRecord,
  Reader,
  RecordKey,
  RoleRecord,
  UserRecord,
} from '#storage/store.ts';
import { asksInGeneral, realmOf } from './ask.ts';
import * as policies from './policy-shapes.ts';
import { attachedPolicy, shownPolicy, shownVersion } from './policy-shown.ts';
import * as shapes from './shapes.ts';
import { percentEncoded, shownGroup, shownRole, shownUser } from './shown.ts';

type Section = 'users' | 'groups' | 'roles' | 'policies' | 'aws';

/** In the order in which pages have them. */
const sections: readonly (readonly [section: Section, filter: string])[] = [
  ['users', 'User'],
  ['groups', 'Group'],
  ['roles', 'Role'],
  ['policies', 'LocalManagedPolicy'],
  ['aws', 'AWSManagedPolicy'],
];

type Found =
  | { readonly section: 'users'; readonly record: UserRecord }
  | { readonly section: 'groups'; readonly record: GroupRecord }
  | { readonly section: 'roles'; readonly record: RoleRecord }
  | { readonly section: 'policies' | 'aws'; readonly record: PolicyRecord };

type Item = Found & { readonly key: RecordKey };

export const detailOperations = [
  queryOperation({
    name: 'GetAccountAuthorizationDetails',
    input: structure({ Filter: optional(list(policies.entityType)), ...shapes.pageWish }),
    output: structure({
      UserDetailList: optional(list(policies.userDetail)),
      GroupDetailList: optional(list(policies.groupDetail)),
      RoleDetailList: optional(list(policies.roleDetail)),
      Policies: optional(list(policies.policyDetail)),
      ...shapes.pageEnd,
    }),
    errors: ['InvalidInput'],
    asks: asksInGeneral,
    async run(call, identities) {
      const { Filter = [] } = call.input;
      const { accountId } = call.place;
      const realm = realmOf(call);
      const { store } = identities.vault;
      const uses = await readPolicyUses(store, accountId);
      const wanted = sections.filter(([, filter]) => Filter.length === 0 || Filter.some((one) => one === filter));
      const names = wanted.map(([section]) => section);
      const { items, ...end } = await readIamPage<Item>(
        identities,
        ['GetAccountAuthorizationDetails', accountId, ...names],
        call.input,
        (after, limit) => readFrom({ identities, realm, uses }, names, { after, limit }),
      );
      return {
        UserDetailList: await Promise.all(
          items.flatMap((item) => (item.section === 'users' ? [userDetail(store, realm, item.record)] : [])),
        ),
        GroupDetailList: items.flatMap((item) => (item.section === 'groups' ? [groupDetail(realm, item.record)] : [])),
        RoleDetailList: await Promise.all(
          items.flatMap((item) => (item.section === 'roles' ? [roleDetail(identities, realm, item.record)] : [])),
        ),
        Policies: items.flatMap((item) =>
          item.section === 'policies' || item.section === 'aws' ? [policyDetail(realm, item.record, uses)] : [],
        ),
        ...end,
      };
    },
  }),
];

interface Reading {
  readonly identities: Identities;
  readonly realm: Realm;
  readonly uses: readonly PolicyUse[];
}

/** Up to `limit` items of the sections, one section after the other. Keys are the section, then the record's own. */
async function readFrom(
  reading: Reading,
  names: readonly Section[],
  { after, limit }: { readonly after: RecordKey | undefined; readonly limit: number },
): Promise<readonly Item[]> {
  const found: Item[] = [];
  const first = after === undefined ? 0 : names.indexOf(after[0] as Section);
  for (const [index, section] of names.slice(first).entries()) {
    if (found.length >= limit) break;
    const within = index === 0 && after !== undefined ? after.slice(1) : undefined;
    found.push(...(await readSection(reading, section, { after: within, limit: limit - found.length })));
  }
  return found;
}

async function readSection(
  { identities, realm: { accountId }, uses }: Reading,
  section: Section,
  range: { readonly after: RecordKey | undefined; readonly limit: number },
): Promise<readonly Item[]> {
  if (section !== 'aws') {
    const entries = await identities.vault.store.list(section, { within: [accountId], ...range });
    return entries.map(({ key, record }) => ({ section, record, key: [section, ...key] }) as Item); // of its collection
  }
  // Of AWS's, those that the account uses.
  const used = awsPolicyRecords().filter((one) => uses.some(({ reference }) => reference === referenceOf(one)));
  const ordered = used.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const [from = ''] = range.after ?? [];
  const rest = ordered.filter(({ name }) => name > from).slice(0, range.limit);
  return rest.map((record) => ({ section, record, key: [section, record.name] }));
}

const inlineOf = ({ inlinePolicies }: EntityRecord) =>
  inlinePolicies.map(([PolicyName, document]) => ({ PolicyName, PolicyDocument: percentEncoded(document) }));

const attachedOf = (realm: Realm, { attachedPolicies }: EntityRecord) =>
  attachedPolicies.map((reference) => attachedPolicy(realm, reference));

async function userDetail(store: Reader, realm: Realm, record: UserRecord) {
  const groups = await Promise.all(record.groups.map((name) => findEntity(store, 'group', realm.accountId, name)));
  return {
    ...shownUser(realm, record),
    UserPolicyList: inlineOf(record),
    GroupList: groups.flatMap((group) => (group === undefined ? [] : [group.name])),
    AttachedManagedPolicies: attachedOf(realm, record),
  };
}

function groupDetail(realm: Realm, record: GroupRecord) {
  return {
    ...shownGroup(realm, record),
    GroupPolicyList: inlineOf(record),
    AttachedManagedPolicies: attachedOf(realm, record),
  };
}

async function roleDetail(identities: Identities, realm: Realm, record: RoleRecord) {
  return {
    ...(await shownRole(identities, realm, record)),
    InstanceProfileList: [],
    RolePolicyList: inlineOf(record),
    AttachedManagedPolicies: attachedOf(realm, record),
  };
}

function policyDetail(realm: Realm, record: PolicyRecord, uses: readonly PolicyUse[]) {
  const newestFirst = record.versions.toReversed();
  return {
    ...shownPolicy(realm, record, uses),
    PolicyVersionList: newestFirst.map((version) => shownVersion(record, version)),
  };
}
