/** The alias of an account: a name that no other account has. Source: IAM API Reference, CreateAccountAlias. */
import type { AccountId } from '#model/arn.ts';
import { entityExists, noSuchEntity } from '#model/iam-errors.ts';
import type { AccountRecord, Reader } from '#storage/store.ts';
import { changeAccount, type Identities } from './identities.ts';

/** Takes the place of the account's earlier alias. Throws EntityAlreadyExists. */
export function createAccountAlias(identities: Identities, accountId: AccountId, alias: string): Promise<void> {
  return changeAccount(identities, accountId, async (transaction) => {
    const accounts = await transaction.list('accounts', { within: [], limit: Number.MAX_SAFE_INTEGER });
    const isTaken = accounts.some(({ record }) => record.alias === alias);
    if (isTaken) throw entityExists('An account alias', alias);
    transaction.put('accounts', [accountId], { ...(await requireAccount(transaction, accountId)), alias });
  });
}

/** Throws NoSuchEntity. */
export function deleteAccountAlias(identities: Identities, accountId: AccountId, alias: string): Promise<void> {
  return changeAccount(identities, accountId, async (transaction) => {
    const { alias: present, ...account } = await requireAccount(transaction, accountId);
    if (present !== alias) throw noSuchEntity(`The account alias with name ${alias} cannot be found.`);
    transaction.put('accounts', [accountId], account);
  });
}

/** Of an account that someone has signed for, so it is there. */
export async function requireAccount(reader: Reader, accountId: AccountId): Promise<AccountRecord> {
  const record = await reader.get('accounts', [accountId]);
  if (record === undefined) throw new Error(`The account ${accountId} is not in the store.`);
  return record;
}
