/**
 * Users, roles and groups coming, changing and going, together with the index entries that say the same of them. Whatever
 * changes one goes through `replaceEntity`, so that record and index cannot part. Source: IAM User Guide, IAM and AWS STS
 * quotas.
 */
import type { AccountId } from '#model/arn.ts';
import { deleteConflict, entityExists, quotaExceeded } from '#model/iam-errors.ts';
import { listInSteps } from '#storage/steps.ts';
import type { GroupRecord, Reader, RecordKey, Transaction } from '#storage/store.ts';
import { collectionOf, type EntityKind, entityPath, findEntity, type RecordOf } from './entities.ts';

const nouns = { user: 'User', role: 'Role', group: 'Group' } as const;

/** The most of each kind that an account may have. */
export const entityQuotas = { user: 5000, role: 1000, group: 300 } as const;

/** Throws EntityAlreadyExists and LimitExceeded. */
export async function addEntity<K extends EntityKind>(
  transaction: Transaction,
  kind: K,
  record: RecordOf<K>,
): Promise<RecordOf<K>> {
  const accountId = record.accountId as AccountId; // stored as parsed
  await requireFreeName(transaction, kind, accountId, record.name);
  const limit = entityQuotas[kind];
  const present = await listInSteps(transaction, collectionOf[kind], [accountId], limit);
  if (present.length >= limit) throw quotaExceeded(`${nouns[kind]}sPerAccount`, limit);
  replaceEntity(transaction, kind, undefined, record);
  return record;
}

/** Throws EntityAlreadyExists. */
export async function requireFreeName(
  reader: Reader,
  kind: EntityKind,
  accountId: AccountId,
  name: string,
): Promise<void> {
  const present = await findEntity(reader, kind, accountId, name);
  if (present !== undefined) throw entityExists(nouns[kind], name);
}

/** Deletes one. Throws DeleteConflict while it has policies. */
export function removeEntity<K extends EntityKind>(transaction: Transaction, kind: K, record: RecordOf<K>): void {
  if (record.attachedPolicies.length > 0) throw deleteConflict('Cannot delete entity, must detach all policies first.');
  if (record.inlinePolicies.length > 0) throw deleteConflict('Cannot delete entity, must delete policies first.');
  replaceEntity(transaction, kind, record, undefined);
}

/** Writes `after` and its index entries in the place of `before` and its own. Undefined stands for none. */
export function replaceEntity<K extends EntityKind>(
  transaction: Transaction,
  kind: K,
  before: RecordOf<K> | undefined,
  after: RecordOf<K> | undefined,
): void {
  if (before !== undefined) {
    transaction.delete(collectionOf[kind], pathOf(before));
    for (const id of uniqueIdOf(before)) transaction.delete('principals', [id]);
    for (const [index, key] of indexEntries(kind, before)) transaction.delete(index, key);
  }
  if (after !== undefined) {
    transaction.put(collectionOf[kind], pathOf(after), after);
    for (const id of uniqueIdOf(after)) {
      const ofPrincipal = kind === 'role' ? 'role' : 'user'; // groups are no principals
      transaction.put('principals', [id], { kind: ofPrincipal, accountId: after.accountId, name: lowerName(after) });
    }
    for (const [index, key] of indexEntries(kind, after)) transaction.put(index, key, {});
  }
}

type Entity = RecordOf<EntityKind>;
type IndexEntry = readonly [index: 'policyUses' | 'groupMembers', key: RecordKey];

function pathOf({ accountId, name }: Entity): RecordKey {
  return entityPath(accountId as AccountId, name); // stored as parsed
}

function lowerName({ name }: Entity): string {
  return name.toLowerCase();
}

/** The unique id of a principal; none for groups. */
function uniqueIdOf(record: Entity): readonly string[] {
  if ('userId' in record) return [record.userId];
  return 'roleId' in record ? [record.roleId] : [];
}

function indexEntries(kind: EntityKind, record: Entity): readonly IndexEntry[] {
  const { accountId, attachedPolicies } = record;
  const name = lowerName(record);
  const groups = 'groups' in record ? record.groups : [];
  const boundary = 'boundary' in record && record.boundary !== undefined ? [record.boundary] : [];
  return [
    ...attachedPolicies.map((reference) => ['policyUses', [accountId, reference, kind, name]] as const),
    ...boundary.map((reference) => ['policyUses', [accountId, reference, `${kind}-boundary`, name]] as const),
    ...groups.map((group) => ['groupMembers', [accountId, group, name]] as const),
  ];
}

/** The names of a group's members, in lower case. */
export async function membersOf(reader: Reader, { accountId, name }: GroupRecord): Promise<readonly string[]> {
  const within = [accountId, name.toLowerCase()];
  const entries = await listInSteps(reader, 'groupMembers', within);
  return entries.map(({ key }) => key.at(-1) ?? '');
}
