/**
 * The end of a key: a window in which it can be called back, then destruction. Destroying removes the key, all of its
 * material, its aliases, tags and policy in one transaction, and wipes them from the medium. Its grants, of which there may
 * be many, follow in further transactions; the date of deletion stays noted until none is left.
 * Source: AWS KMS Developer Guide, Delete an AWS KMS key; API Reference, ScheduleKeyDeletion.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { dayMs } from '#base/clock.ts';
import { type KeyArn, keyArn, type Place } from '#model/arn.ts';
import { invalid } from '#model/errors.ts';
import type { Entry, KeyName, KeyRecord, KeyStateRecord, RecordKey, Transaction } from '#storage/store.ts';
import { removeAliasesOf } from './aliases.ts';
import { datePart, forEachDue } from './due.ts';
import { dropExpiry } from './expiry.ts';
import { type GrantedKey, removeGrantsOf } from './grants.ts';
import { countKey } from './key-counts.ts';
import { putHappening, tellHappening } from './key-events.ts';
import { changeKey, type Keyring, keyPath, placeOf, relatedPlaces } from './keyring.ts';
import { isMaterialThere } from './material-facts.ts';
import { keyDeleted } from './notices.ts';
import { withReplicas } from './related.ts';
import type { UsableKey } from './require.ts';

export const deletionWindow = { minDays: 7, maxDays: 30, defaultDays: 30 } as const;

const grantsAtOnce = 100;

/** A key's state from when its deletion is scheduled. */
export type EndingState = Extract<KeyStateRecord, { readonly name: 'PendingDeletion' | 'PendingReplicaDeletion' }>;

/**
 * Starts the window; that of a primary with replicas starts when the last of them has gone. Throws ValidationException or the
 * refusal of the state.
 */
export async function scheduleDeletion(keyring: Keyring, key: UsableKey, windowDays: number): Promise<EndingState> {
  const { minDays, maxDays } = deletionWindow;
  if (windowDays < minDays || windowDays > maxDays) {
    // Diverges: deletion-window-text
    throw invalid(`PendingWindowInDays must be between ${minDays} and ${maxDays}, inclusive.`);
  }
  let state: EndingState = { name: 'PendingReplicaDeletion', windowDays };
  await changeKey(keyring, key, (record, transaction) => {
    if (!hasReplicas(record)) state = startWindow(transaction, record, keyring.vault.clock.now() + windowDays * dayMs);
    return { ...record, state };
  });
  return state;
}

function hasReplicas({ multiRegion, region }: KeyRecord): boolean {
  return multiRegion?.primaryRegion === region && multiRegion.replicaRegions.length > 0;
}

function startWindow(transaction: Transaction, record: KeyRecord, deletionDateMs: number): EndingState {
  const { accountId, region, keyId } = record;
  transaction.put('deletions', deletionPath(deletionDateMs, record), { accountId, region, keyId });
  return { name: 'PendingDeletion', deletionDateMs };
}

/** Calls a deletion off; the key is disabled afterwards. Throws the refusal of the state. */
export async function cancelDeletion(keyring: Keyring, key: UsableKey): Promise<void> {
  await changeKey(keyring, key, (record, transaction) => {
    if (record.state.name === 'PendingDeletion') {
      transaction.delete('deletions', deletionPath(record.state.deletionDateMs, record));
    }
    return { ...record, state: { name: isMaterialThere(record) ? 'Disabled' : 'PendingImport' } };
  });
}

/** Destroys every key whose window has ended; returns their ARNs. */
export async function destroyDueKeys(keyring: Keyring): Promise<readonly KeyArn[]> {
  const destroyed: KeyArn[] = [];
  await forEachDue(keyring.vault, 'deletions', async (entry) => {
    const arn = await destroy(keyring, entry);
    if (arn !== undefined) destroyed.push(arn);
  });
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
    if (removed === undefined && isFirst) return undefined;
    if (removed === undefined) break;
    tellHappening(keyring, removed.happening);
    for (const place of removed.places) keyring.snapshots.dropKey(place, key.keyId);
    for (const name of removed.aliases) keyring.snapshots.dropAlias(key.place, name);
    for (const granteeId of removed.granteeIds) keyring.grantees.drop(keyPath(key.place, key.keyId), granteeId);
    areGrantsLeft = removed.areLeft;
    isFirst = false;
    if (areGrantsLeft) await turn(); // requests are waiting
  }
  return keyArn(key.place, key.keyId);
}

/** Removes a key, and its first grants; of one that has gone already, more grants. Undefined if it was called off, or done. */
async function remove(keyring: Keyring, transaction: Transaction, path: RecordKey, key: GrantedKey) {
  if ((await transaction.get('deletions', path)) === undefined) return undefined;
  const within = keyPath(key.place, key.keyId);
  const record = await transaction.get('keys', within);
  if (record !== undefined && !isMeant(record, path)) {
    // A replica that was made anew, with the same id: nothing of the old one is left.
    transaction.delete('deletions', path);
    return undefined;
  }
  const places = record === undefined ? [] : relatedPlaces(record);
  const aliases = record === undefined ? [] : await removeAliasesOf(transaction, key.place, key.keyId);
  const nowMs = keyring.vault.clock.now();
  if (record !== undefined) {
    for (const place of places.slice(1)) await leave(transaction, { key, nowMs }, place);
    await countKey(transaction, key.place, -1);
    for (const facts of record.materials ?? []) dropExpiry(transaction, record, facts);
    transaction.delete('keys', within);
    transaction.delete('keyUses', within);
    const materials = await transaction.list('materials', { within, limit: Number.MAX_SAFE_INTEGER });
    for (const { key: at } of materials) transaction.delete('materials', at);
  }
  const event = { name: 'DeleteKey', ...key, atMs: nowMs } as const;
  const deleted = record === undefined ? {} : { notice: keyDeleted(key, nowMs), event };
  const happening = putHappening(keyring, transaction, deleted);
  const grants = await removeGrantsOf(transaction, key, grantsAtOnce);
  if (!grants.areLeft) transaction.delete('deletions', path);
  return { places, aliases, happening, ...grants };
}

/** Whether it is this deletion that the key waits for. */
function isMeant({ state }: KeyRecord, [date]: RecordKey): boolean {
  return state.name === 'PendingDeletion' && state.deletionDateMs === Number(date);
}

interface Leaving {
  readonly key: GrantedKey;
  readonly nowMs: number;
}

/** Takes a replica that goes out of what a related key knows. A primary that waited for the last one starts its window. */
async function leave(transaction: Transaction, { key, nowMs }: Leaving, place: Place): Promise<void> {
  const path = keyPath(place, key.keyId);
  const record = await transaction.get('keys', path);
  if (record === undefined) return; // no reason to keep what is due
  const left = {
    ...record,
    ...withReplicas(record, (regions) => regions.filter((region) => region !== key.place.region)),
  };
  const { state } = left;
  const isLast = state.name === 'PendingReplicaDeletion' && !hasReplicas(left);
  const next = isLast ? startWindow(transaction, left, nowMs + state.windowDays * dayMs) : state;
  transaction.put('keys', path, { ...left, state: next });
}

function deletionPath(deletionDateMs: number, { accountId, region, keyId }: KeyName): RecordKey {
  return [datePart(deletionDateMs), accountId, region, keyId];
}
