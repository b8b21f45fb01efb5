/**
 * The end of imported material that has a date for it. From then on nobody can use it (recordAt in material-facts.ts); the
 * next round removes it and wipes it from the medium. Source: AWS KMS Developer Guide, Importing key material, "Setting an
 * expiration time".
 */
import { type KeyArn, keyArn } from '#model/arn.ts';
import type { Entry, KeyName, MaterialFacts, RecordKey, Transaction } from '#storage/store.ts';
import { datePart, forEachDue } from './due.ts';
import { type Keyring, keyPath, placeOf } from './keyring.ts';
import { recordAt } from './material-facts.ts';

/** Enters the date of a material's expiry as part of a transaction. */
export function putExpiry(transaction: Transaction, name: KeyName, materialId: string, validToMs: number): void {
  const { accountId, region, keyId } = name;
  transaction.put('expiries', expiryPath(name, materialId, validToMs), { accountId, region, keyId, materialId });
}

/** Takes the date of a material's expiry back, if it has one. */
export function dropExpiry(transaction: Transaction, name: KeyName, { materialId, imported }: MaterialFacts): void {
  if (imported?.validToMs === undefined) return;
  transaction.delete('expiries', expiryPath(name, materialId, imported.validToMs));
}

function expiryPath({ accountId, region, keyId }: KeyName, materialId: string, validToMs: number): RecordKey {
  return [datePart(validToMs), accountId, region, keyId, materialId];
}

/** Removes every material whose date has come; returns the ARNs of their keys. */
export async function removeExpiredMaterials(keyring: Keyring): Promise<readonly KeyArn[]> {
  const removed: KeyArn[] = [];
  await forEachDue(keyring.vault, 'expiries', async (entry) => {
    if (await removeExpired(keyring, entry)) {
      const { place, keyId } = placeOf(entry.record);
      removed.push(keyArn(place, keyId));
    }
  });
  return removed;
}

async function removeExpired(
  { vault, snapshots }: Keyring,
  { key: path, record: { materialId, ...name } }: Entry<'expiries'>,
): Promise<boolean> {
  const { place, keyId } = placeOf(name);
  const at = keyPath(place, keyId);
  const work = async (transaction: Transaction) => {
    if ((await transaction.get('expiries', path)) === undefined) return false; // done since the list was read
    transaction.delete('expiries', path);
    const stored = await transaction.get('keys', at);
    if (stored === undefined) return false; // destroyed, with all of its material
    const record = recordAt(stored, vault.clock.now());
    const isThere = record.materials?.some((facts) => facts.materialId === materialId && facts.imported?.isPresent);
    if (isThere) return false; // imported anew since
    transaction.delete('materials', [...at, materialId]);
    transaction.put('keys', at, record);
    return true;
  };
  try {
    return await vault.store.write(work, { scrub: true });
  } finally {
    snapshots.dropKey(place, keyId);
  }
}
