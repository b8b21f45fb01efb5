/** Users, roles and groups as records: finding one by its name, and changing one. Source: IAM User Guide, IAM identifiers. */
import { randomBytes } from '#crypto/random.ts';
import { changeAccount, type Identities } from '#identity/identities.ts';
import type { AccountId } from '#model/arn.ts';
import { noSuchGroup, noSuchRole, noSuchUser } from '#model/iam-errors.ts';
import type { Collections, Reader, RecordKey, Transaction } from '#storage/store.ts';

export type EntityKind = 'user' | 'role' | 'group';

export const collectionOf = { user: 'users', role: 'roles', group: 'groups' } as const;
export type RecordOf<K extends EntityKind> = Collections[(typeof collectionOf)[K]];

const missing = { user: noSuchUser, role: noSuchRole, group: noSuchGroup } as const;

/** Names that differ in case only are one name. */
export function entityPath(accountId: AccountId, name: string): RecordKey {
  return [accountId, name.toLowerCase()];
}

/** Undefined where there is none. */
export async function findEntity<K extends EntityKind>(
  reader: Reader,
  kind: K,
  accountId: AccountId,
  name: string,
): Promise<RecordOf<K> | undefined> {
  return reader.get(collectionOf[kind], entityPath(accountId, name)) as Promise<RecordOf<K> | undefined>; // by the table
}

/** Throws NoSuchEntity. */
export async function requireEntity<K extends EntityKind>(
  reader: Reader,
  kind: K,
  accountId: AccountId,
  name: string,
): Promise<RecordOf<K>> {
  const record = await findEntity(reader, kind, accountId, name);
  if (record === undefined) throw missing[kind](name);
  return record;
}

/** Changes one in a transaction. Throws NoSuchEntity, and whatever `change` does. */
export function changeEntity<K extends EntityKind>(
  identities: Identities,
  kind: K,
  { accountId, name }: { readonly accountId: AccountId; readonly name: string },
  change: (record: RecordOf<K>, transaction: Transaction) => RecordOf<K> | Promise<RecordOf<K>>,
): Promise<RecordOf<K>> {
  return changeAccount(identities, accountId, async (transaction) => {
    const changed = await change(await requireEntity(transaction, kind, accountId, name), transaction);
    transaction.put(collectionOf[kind], entityPath(accountId, name), changed);
    return changed;
  });
}

/** `AIDA`, `AROA`, `AGPA` or `ANPA`, and 17 random characters of RFC 4648's base 32 alphabet. */
export function newUniqueId(prefix: 'AIDA' | 'AROA' | 'AGPA' | 'ANPA'): string {
  return prefix + randomText(17);
}

/** Random characters of RFC 4648's base 32 alphabet, which AWS's identifiers are made of. */
export function randomText(length: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
  return Array.from(randomBytes(length), (byte) => alphabet.charAt(byte % 32)).join('');
}
