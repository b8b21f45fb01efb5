/**
 * The grants of keys: made, found, listed and ended. Each is kept under its key, with an index by grantee, one by retiring
 * principal and one by name; all change in one transaction. Source: AWS KMS Developer Guide, Grants in AWS KMS; API
 * Reference, CreateGrant, RetireGrant, RevokeGrant.
 */
import { sha256Hex } from '#crypto/digest.ts';
import { randomBytes } from '#crypto/random.ts';
import { resourceQuota } from '#limits/settings.ts';
import type { KeyId, Place, Region } from '#model/arn.ts';
import { dryRun, grantNotFound, invalidGrantId, limitExceeded } from '#model/errors.ts';
import type { GrantRecord, Range, Reader, RecordKey, Transaction } from '#storage/store.ts';
import type { Granted } from './grantees.ts';
import { currentRecord, type Keyring, keyPath } from './keyring.ts';
import type { UsableKey } from './require.ts';

/** What the caller decides about a grant. */
export type NewGrant = Omit<GrantRecord, 'grantId' | 'createdAtMs'>;

/** Which key it is. */
export interface GrantedKey {
  readonly place: Place;
  readonly keyId: KeyId;
}

/** One grant in a list. It has no record if it goes while the list is read. */
export interface ListedGrant {
  readonly key: RecordKey;
  readonly place: Place;
  readonly keyId: KeyId;
  readonly grant: GrantRecord | undefined;
}

type PageRange = Pick<Range, 'after' | 'limit'>;

/** Throws InvalidGrantIdException. */
export function requireGrantId(text: string): string {
  if (!/^[0-9a-f]{64}$/.test(text)) throw invalidGrantId(text);
  return text;
}

/** The grants of a key whose grantee has this id. */
export function grantsOfGrantee(
  { grantees }: Keyring,
  { place, keyId }: GrantedKey,
  granteeId: string,
): Promise<readonly Granted[]> {
  return grantees.of(keyPath(place, keyId), granteeId);
}

export function findGrant(
  reader: Reader,
  { place, keyId }: GrantedKey,
  grantId: string,
): Promise<GrantRecord | undefined> {
  return reader.get('grants', [...keyPath(place, keyId), grantId]);
}

/**
 * Makes a grant and returns its id, or the id of the one that has the same name and says the same. `draft` reads what it
 * is to say inside the transaction. Throws LimitExceededException, the refusal of the key's state, whatever `draft` throws,
 * and DryRunOperationException where nothing else refuses a dry run.
 */
export async function createGrant(
  { vault, grantees }: Keyring,
  key: UsableKey,
  draft: (reader: Reader) => Promise<NewGrant>,
  { isDryRun }: { readonly isDryRun: boolean },
): Promise<string> {
  const path = keyPath(key.place, key.keyId);
  let granteeId: string | undefined;
  try {
    return await vault.store.write(async (transaction) => {
      const { managedFor } = await currentRecord(vault, transaction, key);
      const wanted = await draft(transaction);
      granteeId = wanted.grantee.id;
      const namesake =
        wanted.name === '' ? undefined : await transaction.get('grantNames', [...path, ...uniqueName(wanted)]);
      // AWS managed keys have no quota.
      if (namesake === undefined && managedFor === undefined) await requireRoom(transaction, key);
      if (isDryRun) throw dryRun();
      if (namesake !== undefined) return namesake.grantId;
      const grantId = randomBytes(32).toString('hex');
      await putGrant(transaction, key, { ...wanted, grantId, createdAtMs: vault.clock.now() });
      return grantId;
    });
  } finally {
    if (granteeId !== undefined) grantees.drop(path, granteeId);
  }
}

/** Ends a grant. Throws NotFoundException, and DryRunOperationException where nothing else refuses a dry run. */
export async function removeGrant(
  { vault, grantees }: Keyring,
  key: GrantedKey,
  grantId: string,
  { isDryRun }: { readonly isDryRun: boolean },
): Promise<void> {
  let granteeId: string | undefined;
  try {
    await vault.store.write(async (transaction) => {
      const grant = await findGrant(transaction, key, grantId);
      if (grant === undefined) throw grantNotFound(grantId);
      if (isDryRun) throw dryRun();
      granteeId = grant.grantee.id;
      deleteGrant(transaction, key, grant);
      await changeCount(transaction, key, -1);
    });
  } finally {
    if (granteeId !== undefined) grantees.drop(keyPath(key.place, key.keyId), granteeId);
  }
}

/**
 * Removes up to `limit` grants of a key that is destroyed, as part of a transaction: says whose lists to drop, and whether
 * grants are left.
 */
export async function removeGrantsOf(
  transaction: Transaction,
  key: GrantedKey,
  limit: number,
): Promise<{ readonly granteeIds: ReadonlySet<string>; readonly areLeft: boolean }> {
  const path = keyPath(key.place, key.keyId);
  const entries = await transaction.list('grants', { within: path, limit });
  for (const { record } of entries) deleteGrant(transaction, key, record);
  transaction.delete('grantCounts', path);
  return { granteeIds: new Set(entries.map(({ record }) => record.grantee.id)), areLeft: entries.length === limit };
}

/** The grants of a key, of those one grantee's, of those the one of an id. */
export async function listGrants(
  { vault: { store } }: Keyring,
  key: GrantedKey,
  only: { readonly grantId?: string | undefined; readonly granteeId?: string | undefined },
  page: PageRange,
): Promise<readonly ListedGrant[]> {
  const { place, keyId } = key;
  const path = keyPath(place, keyId);
  const { grantId, granteeId } = only;
  if (grantId !== undefined) {
    const grant = await findGrant(store, key, grantId);
    const isWanted = grant !== undefined && (granteeId === undefined || grant.grantee.id === granteeId);
    return isWanted ? [{ key: [...path, grantId], place, keyId, grant }] : [];
  }
  if (granteeId === undefined) {
    const entries = await store.list('grants', { within: path, ...page });
    return entries.map(({ key: at, record }) => ({ key: at, place, keyId, grant: record }));
  }
  const entries = await store.list('grantsOfGrantee', { within: [...path, granteeId], ...page });
  return Promise.all(
    entries.map(async ({ key: at }) => ({
      key: at,
      place,
      keyId,
      grant: await store.get('grants', [...path, at.at(-1) ?? '']),
    })),
  );
}

/** The grants on keys of any account in a Region that one retiring principal may retire. */
export async function listRetirableGrants(
  { vault: { store } }: Keyring,
  region: Region,
  retirerId: string,
  page: PageRange,
): Promise<readonly ListedGrant[]> {
  const entries = await store.list('grantsOfRetirer', { within: [region, retirerId], ...page });
  return Promise.all(
    entries.map(async ({ key }) => {
      const [, , accountId, keyId, grantId = ''] = key;
      const granted = { place: { accountId, region }, keyId } as GrantedKey; // stored as parsed
      return { ...granted, key, grant: await findGrant(store, granted, grantId) };
    }),
  );
}

async function requireRoom(transaction: Transaction, key: UsableKey): Promise<void> {
  const counted = await transaction.get('grantCounts', keyPath(key.place, key.keyId));
  const most = await resourceQuota(transaction, key.place, 'grants-per-key');
  // Diverges: limit-texts
  if ((counted?.count ?? 0) >= most)
    throw limitExceeded(`The key ${key.arn} has as many grants as a key may have, ${most}.`);
}

async function changeCount(transaction: Transaction, { place, keyId }: GrantedKey, by: 1 | -1): Promise<void> {
  const path = keyPath(place, keyId);
  const count = ((await transaction.get('grantCounts', path))?.count ?? 0) + by;
  transaction.put('grantCounts', path, { count });
}

async function putGrant(transaction: Transaction, key: GrantedKey, grant: GrantRecord): Promise<void> {
  const path = keyPath(key.place, key.keyId);
  const { grantId, name, grantee, retirer } = grant;
  transaction.put('grants', [...path, grantId], grant);
  transaction.put('grantsOfGrantee', [...path, grantee.id, grantId], {});
  if (retirer !== undefined) transaction.put('grantsOfRetirer', retirerPath(key, retirer.id, grantId), {});
  if (name !== '') transaction.put('grantNames', [...path, ...uniqueName(grant)], { grantId });
  await changeCount(transaction, key, 1);
}

/** All but the count. */
function deleteGrant(transaction: Transaction, key: GrantedKey, grant: GrantRecord): void {
  const path = keyPath(key.place, key.keyId);
  const { grantId, name, grantee, retirer } = grant;
  transaction.delete('grants', [...path, grantId]);
  transaction.delete('grantsOfGrantee', [...path, grantee.id, grantId]);
  if (retirer !== undefined) transaction.delete('grantsOfRetirer', retirerPath(key, retirer.id, grantId));
  if (name !== '') transaction.delete('grantNames', [...path, ...uniqueName(grant)]);
}

function retirerPath({ place, keyId }: GrantedKey, retirerId: string, grantId: string): RecordKey {
  return [place.region, retirerId, place.accountId, keyId, grantId];
}

/** A name, and a digest of what a grant of that name says: the order of operations and pairs says nothing. */
function uniqueName({ name, grantee, retirer, issuingAccountId, operations, constraints }: NewGrant): RecordKey {
  const sorted = (pairs: readonly (readonly [string, string])[] = []) => pairs.toSorted(([a], [b]) => (a < b ? -1 : 1));
  const says = [
    [grantee.id, retirer?.id ?? '', issuingAccountId, constraints?.sourceArn ?? ''],
    operations.toSorted(),
    sorted(constraints?.encryptionContextEquals),
    sorted(constraints?.encryptionContextSubset),
  ];
  return [name, sha256Hex(JSON.stringify(says))];
}
