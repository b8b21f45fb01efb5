/** Users: made, renamed, moved, deleted. Source: IAM API Reference, CreateUser, UpdateUser, DeleteUser. */

import { changeAccount, type Identities } from '#identity/identities.ts';
import type { Realm } from '#identity/names.ts';
import type { AccountId } from '#model/arn.ts';
import { deleteConflict } from '#model/iam-errors.ts';
import type { TagPairs, UserRecord } from '#storage/store.ts';
import { newUniqueId, requireEntity } from './entities.ts';
import { addEntity, removeEntity, replaceEntity, requireFreeName } from './entity-changes.ts';
import { requireAttachable } from './policies.ts';

export interface NewUser {
  readonly name: string;
  readonly path: string;
  /** The ARN of a managed policy. */
  readonly boundary?: string | undefined;
  readonly tags: TagPairs;
}

/** Throws EntityAlreadyExists, LimitExceeded, and NoSuchEntity for the boundary. */
export function createUser(identities: Identities, realm: Realm, user: NewUser): Promise<UserRecord> {
  const { accountId } = realm;
  return changeAccount(identities, accountId, async (transaction) => {
    const { name, path, tags, boundary } = user;
    return addEntity(transaction, 'user', {
      accountId,
      name,
      path,
      userId: newUniqueId('AIDA'),
      createdAtMs: identities.vault.clock.now(),
      inlinePolicies: [],
      attachedPolicies: [],
      groups: [],
      tags,
      ...(boundary === undefined ? {} : { boundary: await requireAttachable(transaction, realm, boundary) }),
    });
  });
}

/** A new name, a new path, or both; what is undefined stays. Throws NoSuchEntity and EntityAlreadyExists. */
export function updateUser(
  identities: Identities,
  accountId: AccountId,
  name: string,
  to: { readonly name?: string | undefined; readonly path?: string | undefined },
): Promise<void> {
  return changeAccount(identities, accountId, async (transaction) => {
    const user = await requireEntity(transaction, 'user', accountId, name);
    const renamed = { ...user, name: to.name ?? user.name, path: to.path ?? user.path };
    const isSameName = renamed.name.toLowerCase() === user.name.toLowerCase();
    if (!isSameName) await requireFreeName(transaction, 'user', accountId, renamed.name);
    replaceEntity(transaction, 'user', user, renamed);
  });
}

/** Throws NoSuchEntity, and DeleteConflict while the user has access keys, groups or policies. */
export function deleteUser(identities: Identities, accountId: AccountId, name: string): Promise<void> {
  return changeAccount(identities, accountId, async (transaction) => {
    const user = await requireEntity(transaction, 'user', accountId, name);
    const accessKeys = await transaction.list('accessKeysOf', { within: [user.userId], limit: 1 });
    if (accessKeys.length > 0) throw deleteConflict('Cannot delete entity, must delete access keys first.');
    if (user.groups.length > 0) throw deleteConflict('Cannot delete entity, must remove users from group first.');
    removeEntity(transaction, 'user', user);
  });
}
