/**
 * Rotation by the calendar: a fresh backing key for new ciphertexts, while the old ones go on opening theirs. Source: AWS KMS
 * Developer Guide, Rotate AWS KMS keys.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { dayMs } from '#base/clock.ts';
import { type KeyArn, type KeyId, keyArn, type Place, parseAccountId, parseKeyId, parseRegion } from '#model/arn.ts';
import type { Entry, KeyName, KeyRecord, RecordKey, Transaction } from '#storage/store.ts';
import { putNewMaterial } from './create.ts';
import { type Keyring, keyPath } from './keyring.ts';

/** Enters the date of a key's next rotation as part of a transaction. */
export function putRotationDate(transaction: Transaction, name: KeyName, nextAtMs: number): void {
  transaction.put('rotations', rotationPath(nextAtMs, name), {
    accountId: name.accountId,
    region: name.region,
    keyId: name.keyId,
  });
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
  keyring: Keyring,
  { key: path, record: name }: Entry<'rotations'>,
): Promise<KeyArn | undefined> {
  const { place, keyId } = parsed(name);
  try {
    return await keyring.vault.store.write(async (transaction) => {
      // Done, or its key destroyed, since the list was read.
      if ((await transaction.get('rotations', path)) === undefined) return undefined;
      transaction.delete('rotations', path);
      const record = await transaction.get('keys', keyPath(place, keyId));
      if (record?.rotation === undefined) return undefined;
      await putRotated(keyring, transaction, { record, place, keyId, rotation: record.rotation });
      return keyArn(place, keyId);
    });
  } finally {
    keyring.snapshots.dropKey(place, keyId);
  }
}

interface Rotating {
  readonly record: KeyRecord;
  readonly place: Place;
  readonly keyId: KeyId;
  readonly rotation: NonNullable<KeyRecord['rotation']>;
}

async function putRotated(
  { vault }: Keyring,
  transaction: Transaction,
  { record, place, keyId, rotation }: Rotating,
): Promise<void> {
  const createdAtMs = vault.clock.now();
  const material = { place, keyId, spec: record.spec, createdAtMs };
  const nextAtMs = createdAtMs + rotation.periodDays * dayMs;
  putRotationDate(transaction, record, nextAtMs);
  transaction.put('keys', keyPath(place, keyId), {
    ...record,
    currentMaterialId: await putNewMaterial(vault, transaction, material),
    rotation: { ...rotation, nextAtMs },
  });
}

function parsed({ accountId: account, region: regionText, keyId: id }: KeyName) {
  const accountId = parseAccountId(account);
  const region = parseRegion(regionText);
  const keyId = parseKeyId(id);
  if (accountId === undefined || region === undefined || keyId === undefined) {
    throw new Error(`The rotation of ${account} ${regionText} ${id} names no key.`);
  }
  return { place: { accountId, region }, keyId };
}

/** Ordered by date: fifteen digits of milliseconds last until the year 33658. */
function rotationPath(nextAtMs: number, { accountId, region, keyId }: KeyName): RecordKey {
  return [String(nextAtMs).padStart(15, '0'), accountId, region, keyId];
}
