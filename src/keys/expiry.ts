/**
 * The end of imported material that has a date for it. From then on nobody can use it (recordAt in material-facts.ts); the
 * next round removes it and wipes it from the medium. Days before, there are notices of it. Source: AWS KMS Developer Guide,
 * Importing key material, "Setting an expiration time".
 */
import { type KeyArn, keyArn } from '#model/arn.ts';
import type { Entry, KeyName, KeyRecord, MaterialFacts, RecordKey, Transaction } from '#storage/store.ts';
import { datePart, forEachDue } from './due.ts';
import { type Happening, putHappening, tellHappening } from './key-events.ts';
import { type Keyring, keyPath, placeOf } from './keyring.ts';
import { recordAt } from './material-facts.ts';
import { expiryNoticesMs, materialExpired, materialExpiring } from './notices.ts';

export interface Expiry {
  readonly materialId: string;
  readonly validToMs: number;
}

/** Enters the date of a material's expiry, and those of the notices that are still to come, as part of a transaction. */
export function putExpiry(transaction: Transaction, name: KeyName, expiry: Expiry, nowMs: number): void {
  const { accountId, region, keyId } = name;
  for (const path of pathsOf(name, expiry)) {
    if (Number(path[0]) > nowMs) transaction.put('expiries', path, { accountId, region, keyId, ...expiry });
  }
}

/** Takes the dates of a material's expiry back, if it has any. */
export function dropExpiry(transaction: Transaction, name: KeyName, { materialId, imported }: MaterialFacts): void {
  const { validToMs } = imported ?? {};
  if (validToMs === undefined) return;
  for (const path of pathsOf(name, { materialId, validToMs })) transaction.delete('expiries', path);
}

function pathsOf({ accountId, region, keyId }: KeyName, { materialId, validToMs }: Expiry): RecordKey[] {
  const dates = [0, ...expiryNoticesMs].map((before) => validToMs - before);
  return dates.map((date) => [datePart(date), accountId, region, keyId, materialId]);
}

/** Removes every material whose date has come, and gives the notices that are due; returns the ARNs of the keys that lost one. */
export async function removeExpiredMaterials(keyring: Keyring): Promise<readonly KeyArn[]> {
  const removed: KeyArn[] = [];
  await forEachDue(keyring.vault, 'expiries', async (entry) => {
    const isNotice = Number(entry.key[0]) < entry.record.validToMs;
    const happening = await fallDue(keyring, entry, isNotice);
    if (happening === undefined) return;
    tellHappening(keyring, happening);
    const { place, keyId } = placeOf(entry.record);
    if (!isNotice) removed.push(keyArn(place, keyId));
  });
  return removed;
}

/** Undefined where there is nothing to tell: called off, done, or destroyed with the whole key. */
async function fallDue(
  keyring: Keyring,
  { key: path, record: expiry }: Entry<'expiries'>,
  isNotice: boolean,
): Promise<Happening | undefined> {
  const { vault, snapshots } = keyring;
  const key = placeOf(expiry);
  const at = keyPath(key.place, key.keyId);
  const work = async (transaction: Transaction) => {
    if ((await transaction.get('expiries', path)) === undefined) return undefined;
    transaction.delete('expiries', path);
    const nowMs = vault.clock.now();
    const stored = await transaction.get('keys', at);
    const isLate = isNotice && expiry.validToMs <= nowMs;
    if (stored === undefined || isLate || !isOf(stored, expiry)) return undefined;
    if (!isNotice) {
      transaction.delete('materials', [...at, expiry.materialId]);
      transaction.put('keys', at, recordAt(stored, nowMs));
    }
    const { materialId } = expiry;
    if (isNotice) return putHappening(keyring, transaction, { notice: materialExpiring(key, expiry, nowMs) });
    return putHappening(keyring, transaction, {
      notice: materialExpired(key, materialId, nowMs),
      event: { name: 'DeleteExpiredKeyMaterial', ...key, atMs: nowMs },
    });
  };
  try {
    return await vault.store.write(work, { scrub: !isNotice });
  } finally {
    snapshots.dropKey(key.place, key.keyId);
  }
}

/** Whether the material still has that date, or is not there. */
function isOf({ materials = [] }: KeyRecord, { materialId, validToMs }: Expiry): boolean {
  const imported = materials.find((facts) => facts.materialId === materialId)?.imported;
  return imported?.isPresent !== true || imported.validToMs === validToMs;
}
