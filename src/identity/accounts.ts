/** Accounts and their root access keys. */
import { SecretBytes } from '#base/secret-bytes.ts';
import { randomBytes } from '#crypto/random.ts';
import type { Vault } from '#custody/vault.ts';
import { randomText } from '#identity/entities/entities.ts';
import { type AccountId, parseAccountId } from '#model/arn.ts';
import { listInSteps } from '#storage/steps.ts';
import type { AccessKeyRecord, Transaction } from '#storage/store.ts';

/** An access key in clear: what a client's credentials file holds. */
export interface AccessKey {
  readonly accessKeyId: string;
  readonly accountId: AccountId;
  readonly secretAccessKey: SecretBytes;
}

/** What an operator asked of accounts cannot be done; the text says why. */
export class AccountError extends Error {
  override readonly name = 'AccountError';
}

/** Twelve random digits, for an account whose id nobody cares to choose. */
export function randomAccountId(): AccountId {
  const digits = Array.from({ length: 12 }, () => randomDigit()).join('');
  const accountId = parseAccountId(digits);
  if (accountId === undefined) throw new Error('Twelve digits are always an account id.');
  return accountId;
}

/** Makes an account with a root access key. Throws AccountError where the store has the account already. */
export async function createAccount(vault: Vault, accountId: AccountId): Promise<void> {
  await vault.store.write(async (transaction) => {
    if ((await transaction.get('accounts', [accountId])) !== undefined) {
      throw new AccountError(`The account ${accountId} exists already.`);
    }
    transaction.put('accounts', [accountId], { accountId, createdAtMs: vault.clock.now() });
    using _secret = addAccessKey(vault, transaction, { accountId, principal: 'root' }).secret;
  });
}

/** The one that what belongs to no account is put down to. Throws AccountError for a store without accounts. */
export async function firstAccount({ store }: Vault): Promise<AccountId> {
  const [first] = await store.list('accounts', { within: [], limit: 1 });
  const accountId = parseAccountId(first?.key[0] ?? '');
  if (accountId === undefined) throw new AccountError('The store has no account.');
  return accountId;
}

/** The root access keys of all accounts that can be used, the oldest first. */
export async function listRootAccessKeys({ store, domainKeys }: Vault): Promise<readonly AccessKey[]> {
  const entries = await listInSteps(store, 'accessKeys', []);
  const records = entries
    .map(({ record }) => record)
    .filter(({ principal, isInactive }) => principal === 'root' && isInactive !== true)
    .sort((a, b) => a.createdAtMs - b.createdAtMs);
  return records.map((record) => ({
    accessKeyId: record.accessKeyId,
    accountId: record.accountId as AccountId, // only parsed account ids are ever stored
    secretAccessKey: domainKeys.unwrap(record.wrapped, accessKeyPlace(record)),
  }));
}

/** Makes an access key and stores it. The secret is the caller's to dispose of. */
export function addAccessKey(
  { domainKeys, clock }: Vault,
  transaction: Transaction,
  owner: Pick<AccessKeyRecord, 'accountId' | 'principal'>,
): { readonly record: AccessKeyRecord; readonly secret: SecretBytes } {
  const holder = { accessKeyId: `AKIA${randomText(16)}`, ...owner, createdAtMs: clock.now() };
  const secret = new SecretBytes(Buffer.from(randomBytes(30).toString('base64')));
  const record = { ...holder, wrapped: domainKeys.wrap(secret, accessKeyPlace(holder)) };
  transaction.put('accessKeys', [record.accessKeyId], record);
  return { record, secret };
}

export function accessKeyPlace(holder: Omit<AccessKeyRecord, 'wrapped'>) {
  return { collection: 'accessKeys', key: [holder.accessKeyId], holder } as const;
}

/** All ten equally likely: of the 256 values of a byte, the 250 that ten divides evenly are used. */
function randomDigit(): number {
  for (;;) {
    const [byte = 255] = randomBytes(1);
    if (byte < 250) return byte % 10;
  }
}
