/** All users, groups, roles and policies of an account, with all that they have. Source: IAM API Reference, GetAccountAuthorizationDetails. */
import { queryOperation } from '#call/query/operation.ts';
import { type EntityKind, findEntity, type RecordOf } from '#identity/entities/entities.ts';
import { awsPolicyRecords, type PolicyRecord, referenceOf } from '#identity/entities/policies.ts';
import { countUses, readPolicyUses, type UseCount } from '#identity/entities/policy-uses.ts';
import type { Identities } from '#identity/identities.ts';
import type { Realm } from '#identity/names.ts';
import { readIamPage } from '#identity/paging.ts';
import { list, optional, structure } from '#model/schema.ts';
import { asksInGeneral, realmOf } from './ask.ts';
import * as policies from './policy-shapes.ts';
import { attachedPolicy, shownPolicy, shownVersion } from './policy-shown.ts';
import * as shapes from './shapes.ts';
import { percentEncoded, shownGroup, shownRole, shownUser } from './shown.ts';

type RecordKey = readonly string[];
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
  | { readonly section: 'users'; readonly record: RecordOf<'user'> }
  | { readonly section: 'groups'; readonly record: RecordOf<'group'> }
  | { readonly section: 'roles'; readonly record: RecordOf<'role'> }
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
      const countOf = countUses(await readPolicyUses(store, accountId));
      const wanted = sections.filter(([, filter]) => Filter.length === 0 || Filter.some((one) => one === filter));
      const names = wanted.map(([section]) => section);
      const { items, ...end } = await readIamPage<Item>(
        identities,
        ['GetAccountAuthorizationDetails', accountId, ...names],
        call.input,
        (after, limit) => readFrom({ identities, realm, countOf }, names, { after, limit }),
      );
      return {
        UserDetailList: await Promise.all(
          items.flatMap((item) => (item.section === 'users' ? [userDetail(identities, realm, item.record)] : [])),
        ),
        GroupDetailList: items.flatMap((item) => (item.section === 'groups' ? [groupDetail(realm, item.record)] : [])),
        RoleDetailList: await Promise.all(
          items.flatMap((item) => (item.section === 'roles' ? [roleDetail(identities, realm, item.record)] : [])),
        ),
        Policies: items.flatMap((item) =>
          item.section === 'policies' || item.section === 'aws' ? [policyDetail(realm, item.record, countOf)] : [],
        ),
        ...end,
      };
    },
  }),
];

interface Reading {
  readonly identities: Identities;
  readonly realm: Realm;
  countOf(reference: string): UseCount;
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
  { identities, realm: { accountId }, countOf }: Reading,
  section: Section,
  range: { readonly after: RecordKey | undefined; readonly limit: number },
): Promise<readonly Item[]> {
  if (section !== 'aws') {
    const entries = await identities.vault.store.list(section, { within: [accountId], ...range });
    return entries.map(({ key, record }) => ({ section, record, key: [section, ...key] }) as Item); // of its collection
  }
  // Of AWS's, those that the account uses.
  const used = awsPolicyRecords().filter((one) => {
    const { attachments, boundaries } = countOf(referenceOf(one));
    return attachments + boundaries > 0;
  });
  const ordered = used.toSorted((a, b) => (a.name < b.name ? -1 : 1));
  const [from = ''] = range.after ?? [];
  const rest = ordered.filter(({ name }) => name > from).slice(0, range.limit);
  return rest.map((record) => ({ section, record, key: [section, record.name] }));
}

const inlineOf = ({ inlinePolicies }: RecordOf<EntityKind>) =>
  inlinePolicies.map(([PolicyName, document]) => ({ PolicyName, PolicyDocument: percentEncoded(document) }));

const attachedOf = (realm: Realm, { attachedPolicies }: RecordOf<EntityKind>) =>
  attachedPolicies.map((reference) => attachedPolicy(realm, reference));

async function userDetail({ vault }: Identities, realm: Realm, record: RecordOf<'user'>) {
  const groups = await Promise.all(
    record.groups.map((name) => findEntity(vault.store, 'group', realm.accountId, name)),
  );
  return {
    ...shownUser(realm, record),
    UserPolicyList: inlineOf(record),
    GroupList: groups.flatMap((group) => (group === undefined ? [] : [group.name])),
    AttachedManagedPolicies: attachedOf(realm, record),
  };
}

function groupDetail(realm: Realm, record: RecordOf<'group'>) {
  return {
    ...shownGroup(realm, record),
    GroupPolicyList: inlineOf(record),
    AttachedManagedPolicies: attachedOf(realm, record),
  };
}

async function roleDetail(identities: Identities, realm: Realm, record: RecordOf<'role'>) {
  return {
    ...(await shownRole(identities, realm, record)),
    InstanceProfileList: [],
    RolePolicyList: inlineOf(record),
    AttachedManagedPolicies: attachedOf(realm, record),
  };
}

function policyDetail(realm: Realm, record: PolicyRecord, countOf: Reading['countOf']) {
  const newestFirst = record.versions.toReversed();
  return {
    ...shownPolicy(realm, record, countOf(referenceOf(record))),
    PolicyVersionList: newestFirst.map((version) => shownVersion(record, version)),
  };
}
