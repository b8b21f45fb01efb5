/**
 * The end of a key: a window in which it can be called back, then destruction. Destroying removes the key, all of its
 * material, its aliases, tags and policy in one transaction, and wipes them from the medium. Its grants, of which there may
 * be many, follow in further transactions; the date of deletion stays noted until none is left.
 * Source: AWS KMS Developer Guide, Delete an AWS KMS key; API Reference, ScheduleKeyDeletion.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { dayMs } from '#base/clock.ts';
import { type KeyArn, keyArn } from '#model/arn.ts';
import { invalid } from '#model/errors.ts';
import type { Entry, RecordKey, Transaction } from '#storage/store.ts';
import { removeAliasesOf } from './aliases.ts';
import { type GrantedKey, removeGrantsOf } from './grants.ts';
import { countKey } from './key-counts.ts';
import { changeKey, type Keyring, keyPath, placeOf } from './keyring.ts';
import { isMaterialThere } from './material-facts.ts';
import { keyDeleted } from './notices.ts';
import type { UsableKey } from './require.ts';

export const deletionWindow = { minDays: 7, maxDays: 30, defaultDays: 30 } as const;

const grantsAtOnce = 1000;

/** Starts the window; returns when it ends, in milliseconds. Throws ValidationException or the refusal of the state. */
export async function scheduleDeletion(keyring: Keyring, key: UsableKey, windowDays: number): Promise<number> {
  const { minDays, maxDays } = deletionWindow;
  if (windowDays < minDays || windowDays > maxDays) {
    // Diverges: deletion-window-text
    throw invalid(`PendingWindowInDays must be between ${minDays} and ${maxDays}, inclusive.`);
  }
  const deletionDateMs = keyring.vault.clock.now() + windowDays * dayMs;
  await changeKey(keyring, key, (record, transaction) => {
    const { accountId, region, keyId } = record;
    transaction.put('deletions', deletionPath(deletionDateMs, key), { accountId, region, keyId });
    return { ...record, state: { name: 'PendingDeletion', deletionDateMs } };
  });
  return deletionDateMs;
}

/** Calls a deletion off; the key is disabled afterwards. Throws the refusal of the state. */
export async function cancelDeletion(keyring: Keyring, key: UsableKey): Promise<void> {
  await changeKey(keyring, key, (record, transaction) => {
    if (record.state.name === 'PendingDeletion') {
      transaction.delete('deletions', deletionPath(record.state.deletionDateMs, key));
    }
    return { ...record, state: { name: isMaterialThere(record) ? 'Disabled' : 'PendingImport' } };
  });
}

/** Destroys every key whose window has ended; returns their ARNs. */
export async function destroyDueKeys(keyring: Keyring): Promise<readonly KeyArn[]> {
  const now = keyring.vault.clock.now();
  const scheduled = await keyring.vault.store.list('deletions', { within: [], limit: 1000 });
  const due = scheduled.filter(({ key: [date] }) => Number(date) <= now);
  const destroyed: KeyArn[] = [];
  for (const entry of due) {
    const arn = await destroy(keyring, entry);
    if (arn !== undefined) destroyed.push(arn);
    await turn(); // requests are waiting
  }
  return destroyed;
}

async function destroy(keyring: Keyring, { key: path, record: due }: Entry<'deletions'>): Promise<KeyArn | undefined> {
  const key = placeOf(due);
  let areGrantsLeft = true;
  let isFirst = true;
  while (areGrantsLeft) {
    const removed = await keyring.vault.store.write((transaction) => remove(keyring, transaction, path, key), {
      scrub: isFirst,
    });
    if (removed === undefined) return undefined;
    if (removed.notice !== undefined) keyring.notices.tell(removed.notice);
    keyring.snapshots.dropKey(key.place, key.keyId);
    for (const name of removed.aliases) keyring.snapshots.dropAlias(key.place, name);
    for (const granteeId of removed.granteeIds) keyring.grantees.drop(keyPath(key.place, key.keyId), granteeId);
    areGrantsLeft = removed.areLeft;
    isFirst = false;
    if (areGrantsLeft) await turn(); // requests are waiting
  }
  return keyArn(key.place, key.keyId);
}

/** Removes a key, and its first grants; of one that has gone already, more grants. Undefined if it was called off, or done. */
async function remove({ vault, notices }: Keyring, transaction: Transaction, path: RecordKey, key: GrantedKey) {
  if ((await transaction.get('deletions', path)) === undefined) return undefined;
  const within = keyPath(key.place, key.keyId);
  const isThere = (await transaction.get('keys', within))?.state.name === 'PendingDeletion';
  const aliases = isThere ? await removeAliasesOf(transaction, key.place, key.keyId) : [];
  if (isThere) {
    await countKey(transaction, key.place, -1);
    transaction.delete('keys', within);
    transaction.delete('keyUses', within);
    const materials = await transaction.list('materials', { within, limit: Number.MAX_SAFE_INTEGER });
    for (const { key: at } of materials) transaction.delete('materials', at);
  }
  const notice = isThere ? keyDeleted(key, vault.clock.now()) : undefined;
  if (notice !== undefined) notices.put(transaction, notice);
  const grants = await removeGrantsOf(transaction, key, grantsAtOnce);
  if (!grants.areLeft) transaction.delete('deletions', path);
  return { aliases, notice, ...grants };
}

/** Ordered by date: fifteen digits of milliseconds last until the year 33658. */
function deletionPath(deletionDateMs: number, key: UsableKey): RecordKey {
  return [String(deletionDateMs).padStart(15, '0'), ...keyPath(key.place, key.keyId)];
}
