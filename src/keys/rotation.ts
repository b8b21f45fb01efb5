/**
 * Rotation by the calendar: a fresh backing key for new ciphertexts, while the old ones go on opening theirs. Source: AWS KMS
 * Developer Guide, Rotate AWS KMS keys.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { dayMs } from '#base/clock.ts';
import { generateMaterial } from '#crypto/key-material.ts';
import type { Vault } from '#custody/vault.ts';
import { type KeyArn, keyArn } from '#model/arn.ts';
import type { Entry, KeyName, KeyRecord, RecordKey, Transaction } from '#storage/store.ts';
import { putMaterial } from './create.ts';
import { type Keyring, keyPath, placeOf } from './keyring.ts';
import { factsOf } from './material-facts.ts';
import { keyRotated } from './notices.ts';

/** Enters the date of a key's next rotation as part of a transaction. */
export function putRotationDate(transaction: Transaction, name: KeyName, nextAtMs: number): void {
  transaction.put('rotations', rotationPath(nextAtMs, name), {
    accountId: name.accountId,
    region: name.region,
    keyId: name.keyId,
  });
}

/** Hands the date of a primary's next rotation on to the key that is to be the primary. */
export function moveRotationDate(transaction: Transaction, from: KeyRecord, to: KeyName): void {
  if (from.rotation === undefined) return;
  transaction.delete('rotations', rotationPath(from.rotation.nextAtMs, from));
  putRotationDate(transaction, to, from.rotation.nextAtMs);
}

/** Rotates every key whose date has come, each once however long ago that was; returns their ARNs. */
export async function rotateDueKeys(keyring: Keyring): Promise<readonly KeyArn[]> {
  const now = keyring.vault.clock.now();
  const dated = await keyring.vault.store.list('rotations', { within: [], limit: 1000 });
  const rotated: KeyArn[] = [];
  for (const entry of dated.filter(({ key: [date] }) => Number(date) <= now)) {
    const arn = await rotateDue(keyring, entry);
    if (arn !== undefined) rotated.push(arn);
    await turn(); // requests are waiting
  }
  return rotated;
}

async function rotateDue(
  { vault, snapshots, notices }: Keyring,
  { key: path, record: name }: Entry<'rotations'>,
): Promise<KeyArn | undefined> {
  const { place, keyId } = placeOf(name);
  try {
    const notice = await vault.store.write(async (transaction) => {
      // Done, or its key destroyed, since the list was read.
      if ((await transaction.get('rotations', path)) === undefined) return undefined;
      transaction.delete('rotations', path);
      const record = await transaction.get('keys', keyPath(place, keyId));
      if (record?.rotation === undefined) return undefined;
      const nextAtMs = vault.clock.now() + record.rotation.periodDays * dayMs;
      putRotationDate(transaction, record, nextAtMs);
      const rotated = await putRotated(vault, transaction, record);
      transaction.put('keys', keyPath(place, keyId), { ...rotated, rotation: { ...record.rotation, nextAtMs } });
      const { origin, currentMaterialId: previousMaterialId = '' } = record;
      const { currentMaterialId = '' } = rotated;
      const type = 'AUTOMATIC';
      const told = keyRotated(
        { place, keyId },
        { type, origin, previousMaterialId, currentMaterialId },
        vault.clock.now(),
      );
      notices.put(transaction, told);
      return told;
    });
    if (notice === undefined) return undefined;
    notices.tell(notice);
    return keyArn(place, keyId);
  } finally {
    snapshots.dropKey(place, keyId);
  }
}

/** Puts a fresh material into a transaction; returns the record of the key with it as the current one. */
async function putRotated(vault: Vault, transaction: Transaction, record: KeyRecord): Promise<KeyRecord> {
  const createdAtMs = vault.clock.now();
  const materials = await factsOf(transaction, record);
  using material = await generateMaterial(record.spec);
  const materialId = putMaterial(vault, transaction, { ...placeOf(record), spec: record.spec, material, createdAtMs });
  const facts = { materialId, createdAtMs, rotated: { atMs: createdAtMs, type: 'AUTOMATIC' } } as const;
  return { ...record, currentMaterialId: materialId, materials: [...materials, facts] };
}

/** Ordered by date: fifteen digits of milliseconds last until the year 33658. */
function rotationPath(nextAtMs: number, { accountId, region, keyId }: KeyName): RecordKey {
  return [String(nextAtMs).padStart(15, '0'), accountId, region, keyId];
}
