/**
 * The policies of a user, role or group: inline ones, attached ones, the permissions boundary. Source: IAM API Reference,
 * PutUserPolicy, AttachUserPolicy, PutUserPermissionsBoundary; IAM and AWS STS quotas.
 */

import { changeAccount, type Identities } from '#identity/identities.ts';
import { parsePolicyArn, policyArn, type Realm } from '#identity/names.ts';
import {
  inlinePoliciesTooLong,
  invalidPolicyArn,
  noSuchEntity,
  noSuchInlinePolicy,
  policyNotFound,
  quotaExceeded,
} from '#model/iam-errors.ts';
import type { Transaction } from '#storage/store.ts';
import { type EntityKind, type RecordOf, requireEntity } from './entities.ts';
import { replaceEntity } from './entity-changes.ts';
import { requireAttachable } from './policies.ts';
import { inlinePolicySizes, policySize } from './policy-documents.ts';

export const attachedPerEntity = 10;

export interface EntityName<K extends EntityKind = EntityKind> {
  readonly kind: K;
  readonly name: string;
}

/** Writes the record and its index entries. Throws NoSuchEntity, and whatever `change` does. */
async function changeEntityPolicies<K extends EntityKind>(
  identities: Identities,
  { accountId }: Realm,
  { kind, name }: EntityName<K>,
  change: (record: RecordOf<K>, transaction: Transaction) => RecordOf<K> | Promise<RecordOf<K>>,
): Promise<void> {
  await changeAccount(identities, accountId, async (transaction) => {
    const record = await requireEntity(transaction, kind, accountId, name);
    const changed = await change(record, transaction);
    if (changed !== record) replaceEntity(transaction, kind, record, changed);
  });
}

// --- Inline policies -------------------------------------------------------------------------------------------------

/** Puts a policy that has been read, in the place of one of the same name. Throws NoSuchEntity and LimitExceeded. */
export function putInlinePolicy(
  identities: Identities,
  realm: Realm,
  entity: EntityName,
  { name, document }: { readonly name: string; readonly document: string },
): Promise<void> {
  return changeEntityPolicies(identities, realm, entity, (record) => {
    const inlinePolicies = [...new Map(record.inlinePolicies).set(name, document)];
    const limit = inlinePolicySizes[entity.kind];
    const size = inlinePolicies.reduce((sum, [, text]) => sum + policySize(text), 0);
    if (size > limit) throw inlinePoliciesTooLong(entity.kind, record.name, limit);
    return { ...record, inlinePolicies };
  });
}

/** Throws NoSuchEntity. */
export function deleteInlinePolicy(
  identities: Identities,
  realm: Realm,
  entity: EntityName,
  name: string,
): Promise<void> {
  return changeEntityPolicies(identities, realm, entity, (record) => {
    requireInlinePolicy(record, entity.kind, name);
    return { ...record, inlinePolicies: record.inlinePolicies.filter(([present]) => present !== name) };
  });
}

/** Its text. Throws NoSuchEntity. */
export function requireInlinePolicy(record: RecordOf<EntityKind>, kind: EntityKind, name: string): string {
  const found = record.inlinePolicies.find(([present]) => present === name);
  if (found === undefined) throw noSuchInlinePolicy(kind, name);
  return found[1];
}

// --- Managed policies ------------------------------------------------------------------------------------------------

const nouns = { user: 'User', role: 'Role', group: 'Group' } as const;

/** Nothing happens if it is attached already. Throws NoSuchEntity, InvalidInput and LimitExceeded. */
export function attachPolicy(identities: Identities, realm: Realm, entity: EntityName, arn: string): Promise<void> {
  return changeEntityPolicies(identities, realm, entity, async (record, transaction) => {
    const { attachedPolicies } = record;
    const reference = await requireAttachable(transaction, realm, arn);
    if (attachedPolicies.includes(reference)) return record;
    if (attachedPolicies.length >= attachedPerEntity) {
      throw quotaExceeded(`PoliciesPer${nouns[entity.kind]}`, attachedPerEntity);
    }
    return { ...record, attachedPolicies: [...attachedPolicies, reference] };
  });
}

/** Throws NoSuchEntity and InvalidInput. */
export function detachPolicy(identities: Identities, realm: Realm, entity: EntityName, arn: string): Promise<void> {
  return changeEntityPolicies(identities, realm, entity, (record) => {
    if (parsePolicyArn(arn) === undefined) throw invalidPolicyArn(arn);
    const attachedPolicies = record.attachedPolicies.filter((one) => policyArn(realm.partition, one) !== arn);
    if (attachedPolicies.length === record.attachedPolicies.length) throw policyNotFound(arn);
    return { ...record, attachedPolicies };
  });
}

/** Throws NoSuchEntity and InvalidInput. */
export function putBoundary(
  identities: Identities,
  realm: Realm,
  entity: EntityName<'user' | 'role'>,
  arn: string,
): Promise<void> {
  return changeEntityPolicies(identities, realm, entity, async (record, transaction) => ({
    ...record,
    boundary: await requireAttachable(transaction, realm, arn),
  }));
}

/** Throws NoSuchEntity, also where there is none. */
export function deleteBoundary(
  identities: Identities,
  realm: Realm,
  entity: EntityName<'user' | 'role'>,
): Promise<void> {
  return changeEntityPolicies(identities, realm, entity, ({ boundary, ...rest }) => {
    // Diverges: no-boundary
    if (boundary === undefined) throw noSuchEntity(`The ${entity.kind} ${rest.name} has no permissions boundary.`);
    return rest;
  });
}
