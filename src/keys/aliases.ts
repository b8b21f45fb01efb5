/** Aliases: names for keys, one key each. Source: AWS KMS Developer Guide, Aliases in AWS KMS. */
import { specRow } from '#crypto/specs.ts';
import { resourceQuota } from '#limits/settings.ts';
import { type AliasName, aliasArn, isAliasName, isPossibleAlias, type KeyId, type Place } from '#model/arn.ts';
import {
  aliasExists,
  aliasKindChange,
  aliasNotFound,
  aliasPrefixMissing,
  aliasUsageChange,
  invalidAliasName,
  limitExceeded,
  reservedAlias,
} from '#model/errors.ts';
import type { AliasRecord, Range, RecordKey, Transaction } from '#storage/store.ts';
import { currentRecord, type Keyring, keyPath } from './keyring.ts';
import type { UsableKey } from './require.ts';

/** More than a key can have, whatever its quota. */
const allAliases = 100_000_000;

/** Throws ValidationException or InvalidAliasNameException for what cannot be the name of a customer's alias. */
export function parseAliasName(text: string): AliasName {
  if (!isAliasName(text)) throw aliasPrefixMissing();
  // The model's pattern lets a colon pass, the service does not.
  if (!isPossibleAlias(text)) throw invalidAliasName(text);
  // Diverges: reserved-alias
  if (text.startsWith('alias/aws/')) throw reservedAlias(text);
  return text;
}

/** Throws AlreadyExistsException, LimitExceededException, or the refusal of the target's state. */
export async function createAlias(keyring: Keyring, name: AliasName, target: UsableKey): Promise<void> {
  const { place } = target;
  await changeAlias(keyring, place, name, async (transaction) => {
    await currentRecord(keyring.vault, transaction, target);
    if ((await transaction.get('aliases', aliasPath(place, name))) !== undefined)
      throw aliasExists(aliasArn(place, name));
    await requireRoom(transaction, target);
    const now = keyring.vault.clock.now();
    putAlias(transaction, place, { name, keyId: target.keyId, createdAtMs: now, updatedAtMs: now });
    return [target.keyId];
  });
}

/**
 * Points an alias at another key. Throws NotFoundException, LimitExceededException, the refusal of the new target's
 * state, and ValidationException where the two keys differ in usage or kind.
 */
export async function updateAlias(keyring: Keyring, name: AliasName, target: UsableKey): Promise<void> {
  const { place } = target;
  await changeAlias(keyring, place, name, async (transaction) => {
    const record = await transaction.get('aliases', aliasPath(place, name));
    if (record === undefined) throw aliasNotFound(aliasArn(place, name));
    const wanted = await currentRecord(keyring.vault, transaction, target);
    const current = await transaction.get('keys', [place.accountId, place.region, record.keyId]);
    if (current !== undefined && current.usage !== wanted.usage) {
      throw aliasUsageChange(name, current.usage, wanted.usage);
    }
    if (current !== undefined && specRow(current.spec).form !== specRow(wanted.spec).form) {
      throw aliasKindChange(name, current.spec, wanted.spec);
    }
    if (record.keyId !== target.keyId) await requireRoom(transaction, target);
    transaction.delete('aliasesOfKey', [place.accountId, place.region, record.keyId, name]);
    putAlias(transaction, place, { ...record, keyId: target.keyId, updatedAtMs: keyring.vault.clock.now() });
    return [record.keyId, target.keyId];
  });
}

/** Throws NotFoundException. The key behind the alias is not touched, whatever its state. */
export async function deleteAlias(keyring: Keyring, place: Place, name: AliasName): Promise<void> {
  await changeAlias(keyring, place, name, async (transaction) => {
    const record = await transaction.get('aliases', aliasPath(place, name));
    if (record === undefined) throw aliasNotFound(aliasArn(place, name));
    removeAlias(transaction, place, record);
    return [record.keyId];
  });
}

/** The aliases of a key, or of a whole place, in the order of their names; one that goes in between has no record. */
export async function listAliasRecords(
  { vault: { store } }: Keyring,
  of: { readonly place: Place; readonly keyId?: KeyId },
  page: Pick<Range, 'after' | 'limit'>,
): Promise<readonly { readonly key: RecordKey; readonly record: AliasRecord | undefined }[]> {
  const { place, keyId } = of;
  if (keyId === undefined) return store.list('aliases', { within: [place.accountId, place.region], ...page });
  const names = await store.list('aliasesOfKey', { within: keyPath(place, keyId), ...page });
  return Promise.all(
    names.map(async ({ key, record }) => ({ key, record: await store.get('aliases', aliasPath(place, record.name)) })),
  );
}

/** Removes every alias of a key as part of a transaction, and says which they were. */
export async function removeAliasesOf(transaction: Transaction, place: Place, keyId: KeyId): Promise<AliasName[]> {
  const entries = await transaction.list('aliasesOfKey', { within: keyPath(place, keyId), limit: allAliases });
  const names = entries.map(({ record }) => record.name);
  for (const name of names) removeAlias(transaction, place, { name, keyId });
  return names;
}

/** `change` says which keys have other aliases after it. */
async function changeAlias(
  { vault, snapshots }: Keyring,
  place: Place,
  name: AliasName,
  change: (transaction: Transaction) => Promise<readonly string[]>,
): Promise<void> {
  let keyIds: readonly string[] = [];
  try {
    await vault.store.write(async (transaction) => {
      keyIds = await change(transaction);
    });
  } finally {
    snapshots.dropAlias(place, name);
    for (const keyId of keyIds) snapshots.dropKey(place, keyId as KeyId); // stored as parsed
  }
}

async function requireRoom(transaction: Transaction, target: UsableKey): Promise<void> {
  const within = keyPath(target.place, target.keyId);
  const most = await resourceQuota(transaction, target.place, 'aliases-per-key');
  const present = await transaction.list('aliasesOfKey', { within, limit: most });
  // Diverges: limit-texts
  if (present.length >= most)
    throw limitExceeded(`The key ${target.arn} has as many aliases as a key may have, ${most}.`);
}

/** Puts an alias into a transaction, with its index. */
export function putAlias(transaction: Transaction, place: Place, record: AliasRecord): void {
  transaction.put('aliases', aliasPath(place, record.name), record);
  transaction.put('aliasesOfKey', [place.accountId, place.region, record.keyId, record.name], { name: record.name });
}

function removeAlias(
  transaction: Transaction,
  place: Place,
  { name, keyId }: Pick<AliasRecord, 'name' | 'keyId'>,
): void {
  transaction.delete('aliases', aliasPath(place, name));
  transaction.delete('aliasesOfKey', [place.accountId, place.region, keyId, name]);
}

function aliasPath(place: Place, name: AliasName): RecordKey {
  return [place.accountId, place.region, name];
}
