/**
 * The access keys of users, and of accounts' root users. Source: IAM API Reference, CreateAccessKey, UpdateAccessKey,
 * DeleteAccessKey; IAM User Guide, Manage access keys for IAM users.
 */
import type { SecretBytes } from '#base/secret-bytes.ts';
import type { ApiError } from '#model/api-error.ts';
import type { AccountId } from '#model/arn.ts';
import { deleteConflict, invalidInput, noSuchAccessKey, noSuchEntity, quotaExceeded } from '#model/iam-errors.ts';
import { listInSteps } from '#storage/steps.ts';
import type { AccessKeyRecord, Reader } from '#storage/store.ts';
import { addAccessKey } from './accounts.ts';
import { changeAccount, type Identities } from './identities.ts';

export type { AccessKeyRecord };

export const accessKeysPerUser = 2;

/** Whose access keys: `root`, or the unique id of a user. */
export interface KeyOwner {
  readonly accountId: AccountId;
  readonly principal: string;
}

/** Throws NoSuchEntity for a user that is gone, and LimitExceeded. The secret is the caller's to dispose of. */
export function createAccessKey(
  identities: Identities,
  { accountId, principal }: KeyOwner,
): Promise<{ readonly record: AccessKeyRecord; readonly secret: SecretBytes }> {
  return changeAccount(identities, accountId, async (transaction) => {
    const isThere = principal === 'root' || (await transaction.get('principals', [principal])) !== undefined;
    if (!isThere) throw noSuchEntity('The user cannot be found.');
    const present = await listAccessKeys(transaction, { accountId, principal });
    if (present.length >= accessKeysPerUser) throw quotaExceeded('AccessKeysPerUser', accessKeysPerUser);
    const made = addAccessKey(identities.vault, transaction, { accountId, principal });
    if (principal !== 'root') transaction.put('accessKeysOf', [principal, made.record.accessKeyId], {});
    return made;
  });
}

/** In the order of their ids. The few root access keys have no index: they are looked for among all. */
export async function listAccessKeys(
  reader: Reader,
  { accountId, principal }: KeyOwner,
): Promise<readonly AccessKeyRecord[]> {
  if (principal === 'root') {
    const all = await listInSteps(reader, 'accessKeys', []);
    return all.map(({ record }) => record).filter((one) => one.accountId === accountId && one.principal === 'root');
  }
  const entries = await listInSteps(reader, 'accessKeysOf', [principal]);
  const records = await Promise.all(entries.map(({ key }) => reader.get('accessKeys', [key.at(-1) ?? ''])));
  return records.filter((record) => record !== undefined);
}

/** Throws NoSuchEntity, and InvalidInput where it would leave the root user without an active access key. */
export function setAccessKeyActive(
  identities: Identities,
  owner: KeyOwner,
  { accessKeyId, isActive }: { readonly accessKeyId: string; readonly isActive: boolean },
): Promise<void> {
  return changeAccount(identities, owner.accountId, async (transaction) => {
    const { isInactive: _, ...record } = await requireAccessKey(transaction, owner, accessKeyId);
    if (!isActive) await keepRootUsable(transaction, record, invalidInput);
    transaction.put('accessKeys', [accessKeyId], isActive ? record : { ...record, isInactive: true });
  });
}

/** Throws NoSuchEntity, and DeleteConflict where it would leave the root user without an active access key. */
export function deleteAccessKey(identities: Identities, owner: KeyOwner, accessKeyId: string): Promise<void> {
  return changeAccount(identities, owner.accountId, async (transaction) => {
    const record = await requireAccessKey(transaction, owner, accessKeyId);
    await keepRootUsable(transaction, record, deleteConflict);
    transaction.delete('accessKeys', [accessKeyId]);
    transaction.delete('accessKeysOf', [record.principal, accessKeyId]);
  });
}

/** Another owner's access key is as good as none. */
async function requireAccessKey(
  reader: Reader,
  { accountId, principal }: KeyOwner,
  accessKeyId: string,
): Promise<AccessKeyRecord> {
  const record = await reader.get('accessKeys', [accessKeyId]);
  const isOwn = record?.accountId === accountId && record.principal === principal;
  if (record === undefined || !isOwn) throw noSuchAccessKey(accessKeyId);
  return record;
}

// Diverges: last-root-access-key
/**
 * Nobody can sign in to an account other than with an access key, so without one for its root user it would be lost. A key
 * that a service uses on behalf of others does not count.
 */
async function keepRootUsable(
  reader: Reader,
  { accessKeyId, accountId, principal }: Omit<AccessKeyRecord, 'isInactive'>,
  refusal: (problem: string) => ApiError,
): Promise<void> {
  if (principal !== 'root') return;
  const all = await listAccessKeys(reader, { accountId: accountId as AccountId, principal }); // stored as parsed
  const isLeft = all.some(
    (one) => one.accessKeyId !== accessKeyId && one.isInactive !== true && one.viaService === undefined,
  );
  if (!isLeft) throw refusal('The last active access key of the root user cannot be deleted or deactivated.');
}
