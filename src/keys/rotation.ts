/**
 * Rotation: fresh material for new ciphertexts, while the old goes on opening its own. It comes by the calendar, or when
 * someone asks. Related keys in other Regions are rotated together. Source: AWS KMS Developer Guide, Rotate AWS KMS keys; API
 * Reference, EnableKeyRotation, RotateKeyOnDemand.
 */
import { dayMs } from '#base/clock.ts';
import type { SecretBytes } from '#base/secret-bytes.ts';
import { generateMaterial } from '#crypto/key-material.ts';
import type { Vault } from '#custody/vault.ts';
import { type KeyArn, keyArn } from '#model/arn.ts';
import {
  noPendingMaterial,
  notPrimary,
  rotationConflict,
  tooManyRotations,
  unsupported,
  wrongOrigin,
} from '#model/errors.ts';
import { quotas } from '#model/quotas.ts';
import type { Entry, KeyName, KeyRecord, MaterialFacts, RecordKey, Transaction } from '#storage/store.ts';
import { putMaterial } from './create.ts';
import { datePart, forEachDue } from './due.ts';
import { type Happening, putHappening, tellHappening } from './key-events.ts';
import {
  changeRelated,
  isPrimary,
  type Keyring,
  keyPath,
  placeOf,
  putRelated,
  relatedPlaces,
  synchronized,
} from './keyring.ts';
import { factsOf, isEnding, isSymmetric } from './material-facts.ts';
import { keyRotated } from './notices.ts';
import type { UsableKey } from './require.ts';

export const defaultPeriodDays = 365;
const conflictMs = 20 * 60_000;

/** Throws UnsupportedOperationException, without a text, for keys whose material never changes. */
export function requireRotatable({ record }: Pick<UsableKey, 'record'>): void {
  if (!isSymmetric(record)) throw unsupported('');
}

/** Has a key rotated every so many days, from now on. Throws UnsupportedOperationException. */
export async function enableRotation(keyring: Keyring, key: UsableKey, periodDays: number): Promise<void> {
  const nextAtMs = keyring.vault.clock.now() + periodDays * dayMs;
  await schedule(keyring, key, { periodDays, nextAtMs });
}

/** Throws UnsupportedOperationException. */
export async function disableRotation(keyring: Keyring, key: UsableKey): Promise<void> {
  await schedule(keyring, key, undefined);
}

async function schedule(keyring: Keyring, key: UsableKey, rotation: KeyRecord['rotation']): Promise<void> {
  requireRotatable(key);
  if (key.record.origin !== 'AWS_KMS') throw wrongOrigin(key.arn, key.record.origin);
  await changeRelated(keyring, key, (record, transaction) => {
    const { rotation: previous, ...rest } = record;
    if (record.region === key.place.region) {
      refuseReplica(record, key.arn);
      if (previous !== undefined) transaction.delete('rotations', rotationPath(previous.nextAtMs, record));
      if (rotation !== undefined) putRotationDate(transaction, record, rotation.nextAtMs);
    }
    return rotation === undefined ? rest : { ...rest, rotation };
  });
}

// Diverges: rotation-of-replicas
function refuseReplica(record: KeyRecord, arn: KeyArn): void {
  if (!isPrimary(record)) throw notPrimary(arn);
}

/** Enters the date of a key's next rotation as part of a transaction. */
export function putRotationDate(transaction: Transaction, name: KeyName, nextAtMs: number): void {
  const { accountId, region, keyId } = name;
  transaction.put('rotations', rotationPath(nextAtMs, name), { accountId, region, keyId });
}

/** Enters the date again of a key that is in use again: the scheduler lets go of what it cannot rotate. */
export function resumeRotation(transaction: Transaction, record: KeyRecord): void {
  if (record.rotation !== undefined && isPrimary(record)) {
    putRotationDate(transaction, record, record.rotation.nextAtMs);
  }
}

/** Hands the date of a primary's next rotation on to the key that is to be the primary. */
export function moveRotationDate(transaction: Transaction, from: KeyRecord, to: KeyName): void {
  if (from.rotation === undefined) return;
  transaction.delete('rotations', rotationPath(from.rotation.nextAtMs, from));
  putRotationDate(transaction, to, from.rotation.nextAtMs);
}

function rotationPath(nextAtMs: number, { accountId, region, keyId }: KeyName): RecordKey {
  return [datePart(nextAtMs), accountId, region, keyId];
}

/** Rotates every key whose date has come, each once however long ago that was; returns their ARNs. */
export async function rotateDueKeys(keyring: Keyring): Promise<readonly KeyArn[]> {
  const rotated: KeyArn[] = [];
  await forEachDue(keyring.vault, 'rotations', async (entry) => {
    const arn = await rotateDue(keyring, entry);
    if (arn !== undefined) rotated.push(arn);
  });
  return rotated;
}

async function rotateDue(
  keyring: Keyring,
  { key: path, record: name }: Entry<'rotations'>,
): Promise<KeyArn | undefined> {
  const { vault, snapshots } = keyring;
  const { place, keyId } = placeOf(name);
  let places = [place];
  try {
    const told = await vault.store.write(async (transaction) => {
      // Done, or called off, since the list was read.
      if ((await transaction.get('rotations', path)) === undefined) return undefined;
      transaction.delete('rotations', path);
      const record = await transaction.get('keys', keyPath(place, keyId));
      if (record?.rotation === undefined) return undefined;
      // A key that is not in use is entered again by resumeRotation.
      if (record.state.name !== 'Enabled' && record.state.name !== 'Updating') return undefined;
      places = relatedPlaces(record);
      const rotation = { ...record.rotation, nextAtMs: vault.clock.now() + record.rotation.periodDays * dayMs };
      putRotationDate(transaction, record, rotation.nextAtMs);
      using material = await generateMaterial(record.spec);
      const happenings: Happening[] = [];
      const rotated = await putRelated(vault, transaction, record, async (related) => {
        const next = { ...(await withFresh(vault, transaction, related, { material, type: 'AUTOMATIC' })), rotation };
        happenings.push(putRotation(keyring, transaction, { previous: related, next, type: 'AUTOMATIC' }));
        return next;
      });
      return [...happenings, synchronized(keyring, transaction, rotated)];
    });
    if (told === undefined) return undefined;
    for (const happening of told) tellHappening(keyring, happening);
    return keyArn(place, keyId);
  } finally {
    for (const there of places) snapshots.dropKey(there, keyId);
  }
}

interface Rotated {
  readonly previous: KeyRecord;
  readonly next: KeyRecord;
  readonly type: RotationType;
}

/** Each of related keys has its own. It is to be told once the transaction has been committed. */
function putRotation(keyring: Keyring, transaction: Transaction, { previous, next, type }: Rotated): Happening {
  const { currentMaterialId: previousMaterialId = '' } = previous;
  const { currentMaterialId = '', origin } = next;
  const [key, atMs] = [placeOf(next), keyring.vault.clock.now()];
  const details = {
    rotationType: type,
    keyOrigin: origin,
    previousKeyMaterialId: previousMaterialId,
    currentKeyMaterialId: currentMaterialId,
  };
  return putHappening(keyring, transaction, {
    notice: keyRotated(key, { type, origin, previousMaterialId, currentMaterialId }, atMs),
    event: { name: 'RotateKey', ...key, atMs, details },
  });
}

/**
 * Rotates a key now: to fresh material, or to what has been imported for it. Throws UnsupportedOperationException,
 * LimitExceededException, ConflictException and KMSInvalidStateException.
 */
export async function rotateOnDemand(keyring: Keyring, key: UsableKey): Promise<void> {
  const { vault } = keyring;
  requireRotatable(key);
  const { spec, origin } = key.record;
  using material = origin === 'AWS_KMS' ? await generateMaterial(spec) : undefined;
  const told: Happening[] = [];
  await changeRelated(keyring, key, async (record, transaction) => {
    const occasion = { arn: key.arn, nowMs: vault.clock.now() };
    if (record.region === key.place.region) {
      refuseReplica(record, key.arn);
      requireOccasion(record, occasion);
    }
    const next = material
      ? await withFresh(vault, transaction, record, { material, type: 'ON_DEMAND' })
      : withPending(record, occasion);
    told.push(putRotation(keyring, transaction, { previous: record, next, type: 'ON_DEMAND' }));
    return next;
  });
  for (const happening of told) tellHappening(keyring, happening);
}

interface Occasion {
  readonly arn: KeyArn;
  readonly nowMs: number;
}

function requireOccasion({ rotation, materials = [] }: KeyRecord, { arn, nowMs }: Occasion): void {
  if (rotation !== undefined && rotation.nextAtMs - nowMs <= conflictMs) throw rotationConflict(arn);
  const onDemand = materials.filter(({ rotated }) => rotated?.type === 'ON_DEMAND');
  if (onDemand.length >= quotas.onDemandRotationsPerKey) throw tooManyRotations(arn);
}

/** The record with imported material that has waited as its current one. */
// Diverges: pending-material-lost
function withPending(record: KeyRecord, { arn, nowMs }: Occasion): KeyRecord {
  const { materials = [] } = record;
  const pending = materials.find(({ isPending, imported }) => isPending && (imported?.isPresent || isEnding(record)));
  if (pending === undefined) throw noPendingMaterial(arn);
  const { isPending: _, ...facts } = pending;
  const current = { ...facts, rotated: { atMs: nowMs, type: 'ON_DEMAND' } } as const;
  return {
    ...record,
    currentMaterialId: pending.materialId,
    materials: materials.map((one) => (one === pending ? current : one)),
  };
}

type RotationType = NonNullable<MaterialFacts['rotated']>['type'];

interface Fresh {
  readonly material: SecretBytes;
  readonly type: RotationType;
}

/** Puts fresh material into a transaction; returns the record of the key with it as the current one. */
async function withFresh(
  vault: Vault,
  transaction: Transaction,
  record: KeyRecord,
  { material, type }: Fresh,
): Promise<KeyRecord> {
  const createdAtMs = vault.clock.now();
  const materials = await factsOf(transaction, record);
  const materialId = putMaterial(vault, transaction, { ...placeOf(record), spec: record.spec, material, createdAtMs });
  const facts = { materialId, createdAtMs, rotated: { atMs: createdAtMs, type } };
  return { ...record, currentMaterialId: materialId, materials: [...materials, facts] };
}
