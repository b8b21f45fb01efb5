/**
 * The end of a key: a window in which it can be called back, then destruction. Destroying removes the key, all of its
 * material, its aliases, tags and policy in one transaction, and wipes them from the medium.
 * Source: AWS KMS Developer Guide, Delete an AWS KMS key; API Reference, ScheduleKeyDeletion.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { dayMs } from '#base/clock.ts';
import {
  type AliasName,
  type KeyArn,
  keyArn,
  type Place,
  parseAccountId,
  parseKeyId,
  parseRegion,
} from '#model/arn.ts';
import { invalid } from '#model/errors.ts';
import type { Entry, RecordKey } from '#storage/store.ts';
import { removeAliasesOf } from './aliases.ts';
import { changeKey, type Keyring, keyPath } from './keyring.ts';
import type { UsableKey } from './require.ts';

export const deletionWindow = { minDays: 7, maxDays: 30, defaultDays: 30 } as const;

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
    return { ...record, state: { name: 'Disabled' } };
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
  const accountId = parseAccountId(due.accountId);
  const region = parseRegion(due.region);
  const keyId = parseKeyId(due.keyId);
  if (accountId === undefined || region === undefined || keyId === undefined) {
    throw new Error(`The deletion ${path.join(' ')} names no key.`);
  }
  const place: Place = { accountId, region };
  const aliases = await keyring.vault.store.write(
    async (transaction): Promise<AliasName[] | undefined> => {
      // Called off, or done, since the list was read.
      if ((await transaction.get('deletions', path)) === undefined) return undefined;
      transaction.delete('deletions', path);
      transaction.delete('keys', keyPath(place, keyId));
      const materials = await transaction.list('materials', {
        within: keyPath(place, keyId),
        limit: Number.MAX_SAFE_INTEGER,
      });
      for (const { key } of materials) transaction.delete('materials', key);
      return removeAliasesOf(transaction, place, keyId);
    },
    { scrub: true },
  );
  keyring.snapshots.dropKey(place, keyId);
  for (const name of aliases ?? []) keyring.snapshots.dropAlias(place, name);
  return aliases === undefined ? undefined : keyArn(place, keyId);
}

/** Ordered by date: fifteen digits of milliseconds last until the year 33658. */
function deletionPath(deletionDateMs: number, key: UsableKey): RecordKey {
  return [String(deletionDateMs).padStart(15, '0'), ...keyPath(key.place, key.keyId)];
}
