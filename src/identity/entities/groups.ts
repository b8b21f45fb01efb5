/** Groups and who is in them. Source: IAM API Reference, CreateGroup, UpdateGroup, DeleteGroup, AddUserToGroup. */

import { changeAccount, type Identities } from '#identity/identities.ts';
import type { AccountId } from '#model/arn.ts';
import { deleteConflict, quotaExceeded } from '#model/iam-errors.ts';
import type { GroupRecord, Transaction } from '#storage/store.ts';
import { newUniqueId, requireEntity } from './entities.ts';
import { addEntity, membersOf, removeEntity, replaceEntity, requireFreeName } from './entity-changes.ts';

export const groupsPerUser = 10;

/** Throws EntityAlreadyExists and LimitExceeded. */
export function createGroup(
  identities: Identities,
  accountId: AccountId,
  { name, path }: { readonly name: string; readonly path: string },
): Promise<GroupRecord> {
  return changeAccount(identities, accountId, (transaction) =>
    addEntity(transaction, 'group', {
      accountId,
      name,
      path,
      groupId: newUniqueId('AGPA'),
      createdAtMs: identities.vault.clock.now(),
      inlinePolicies: [],
      attachedPolicies: [],
    }),
  );
}

/** A new name, a new path, or both; what is undefined stays. Throws NoSuchEntity and EntityAlreadyExists. */
export function updateGroup(
  identities: Identities,
  accountId: AccountId,
  name: string,
  to: { readonly name?: string | undefined; readonly path?: string | undefined },
): Promise<void> {
  return changeAccount(identities, accountId, async (transaction) => {
    const group = await requireEntity(transaction, 'group', accountId, name);
    const renamed = { ...group, name: to.name ?? group.name, path: to.path ?? group.path };
    const [earlier, later] = [group.name.toLowerCase(), renamed.name.toLowerCase()];
    if (earlier !== later) {
      await requireFreeName(transaction, 'group', accountId, renamed.name);
      for (const member of await membersOf(transaction, group)) {
        await regroup(transaction, { accountId, name: member }, (groups) =>
          groups.map((one) => (one === earlier ? later : one)),
        );
      }
    }
    replaceEntity(transaction, 'group', group, renamed);
  });
}

/** Throws NoSuchEntity, and DeleteConflict while the group has users or policies. */
export function deleteGroup(identities: Identities, accountId: AccountId, name: string): Promise<void> {
  return changeAccount(identities, accountId, async (transaction) => {
    const group = await requireEntity(transaction, 'group', accountId, name);
    const members = await membersOf(transaction, group);
    if (members.length > 0) throw deleteConflict('Cannot delete entity, must remove users from group first.');
    removeEntity(transaction, 'group', group);
  });
}

export interface Membership {
  readonly accountId: AccountId;
  readonly group: string;
  readonly user: string;
}

/** Adding whom the group has already is no error. Throws NoSuchEntity and LimitExceeded. */
export function addToGroup(identities: Identities, { accountId, group, user }: Membership): Promise<void> {
  return changeAccount(identities, accountId, async (transaction) => {
    const added = (await requireEntity(transaction, 'group', accountId, group)).name.toLowerCase();
    await regroup(transaction, { accountId, name: user }, (groups) => {
      if (groups.includes(added)) return groups;
      if (groups.length >= groupsPerUser) throw quotaExceeded('GroupsPerUser', groupsPerUser);
      return [...groups, added];
    });
  });
}

// Diverges: not-a-member
/** Removing whom the group does not have is no error. Throws NoSuchEntity where there is no such group or user. */
export function removeFromGroup(identities: Identities, { accountId, group, user }: Membership): Promise<void> {
  return changeAccount(identities, accountId, async (transaction) => {
    const removed = (await requireEntity(transaction, 'group', accountId, group)).name.toLowerCase();
    await regroup(transaction, { accountId, name: user }, (groups) => groups.filter((one) => one !== removed));
  });
}

async function regroup(
  transaction: Transaction,
  { accountId, name }: { readonly accountId: AccountId; readonly name: string },
  change: (groups: readonly string[]) => readonly string[],
): Promise<void> {
  const user = await requireEntity(transaction, 'user', accountId, name);
  replaceEntity(transaction, 'user', user, { ...user, groups: change(user.groups) });
}
