/** Roles: made and deleted. Source: IAM API Reference, CreateRole, UpdateAssumeRolePolicy, DeleteRole. */

import { changeAccount, type Identities } from '#identity/identities.ts';
import type { Realm } from '#identity/names.ts';
import type { AccountId } from '#model/arn.ts';
import { quotaExceeded } from '#model/iam-errors.ts';
import type { PrincipalIds, Reader, RoleRecord, TagPairs } from '#storage/store.ts';
import { changeEntity, newUniqueId, requireEntity } from './entities.ts';
import { addEntity, removeEntity } from './entity-changes.ts';
import { requireAttachable } from './policies.ts';

/** Characters of a trust policy, white space not counted. */
export const trustPolicySize = 2048;

/** A trust policy that is to be put. */
export interface NewTrust {
  readonly text: string;
  /** Whom it names at this moment, by id. Throws MalformedPolicyDocument. */
  read(reader: Reader): Promise<{ readonly principals: PrincipalIds }>;
}

export interface NewRole {
  readonly name: string;
  readonly path: string;
  readonly trust: NewTrust;
  readonly description: string;
  readonly maxSessionSeconds: number;
  /** The ARN of a managed policy. */
  readonly boundary?: string | undefined;
  readonly tags: TagPairs;
}

/** Throws EntityAlreadyExists, LimitExceeded, MalformedPolicyDocument, and NoSuchEntity for the boundary. */
export function createRole(identities: Identities, realm: Realm, role: NewRole): Promise<RoleRecord> {
  const { accountId } = realm;
  return changeAccount(identities, accountId, async (transaction) => {
    const { trust, boundary, ...described } = role;
    return addEntity(transaction, 'role', {
      accountId,
      ...described,
      ...(await readTrust(transaction, trust)),
      roleId: newUniqueId('AROA'),
      createdAtMs: identities.vault.clock.now(),
      inlinePolicies: [],
      attachedPolicies: [],
      ...(boundary === undefined ? {} : { boundary: await requireAttachable(transaction, realm, boundary) }),
    });
  });
}

/** Throws NoSuchEntity, MalformedPolicyDocument and LimitExceeded. */
export async function putTrustPolicy(
  identities: Identities,
  role: { readonly accountId: AccountId; readonly name: string },
  trust: NewTrust,
): Promise<void> {
  await changeEntity(identities, 'role', role, async (record, transaction) => ({
    ...record,
    ...(await readTrust(transaction, trust)),
  }));
}

/** Throws NoSuchEntity, and DeleteConflict while the role has policies. */
export function deleteRole(identities: Identities, accountId: AccountId, name: string): Promise<void> {
  return changeAccount(identities, accountId, async (transaction) => {
    removeEntity(transaction, 'role', await requireEntity(transaction, 'role', accountId, name));
  });
}

async function readTrust(
  reader: Reader,
  trust: NewTrust,
): Promise<Pick<RoleRecord, 'trustPolicy' | 'trustPrincipals'>> {
  if (trust.text.replace(/\s/g, '').length > trustPolicySize) throw quotaExceeded('ACLSizePerRole', trustPolicySize);
  const { principals } = await trust.read(reader);
  return { trustPolicy: trust.text, trustPrincipals: principals };
}
