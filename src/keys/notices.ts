/**
 * Notices of what happens to keys without anybody asking for it at that moment, in the form of Amazon EventBridge. Source: AWS
 * KMS Developer Guide, Monitor KMS keys with Amazon EventBridge; EventBridge User Guide, Event structure.
 */
import { dayMs } from '#base/clock.ts';
import { randomUUID } from '#crypto/random.ts';
import { type KeyId, keyArn, type Place } from '#model/arn.ts';
import type { KeyRecord, NoticeRecord, Transaction } from '#storage/store.ts';
import { datePart } from './due.ts';

export type Notice = NoticeRecord;

interface NoticedKey {
  readonly place: Place;
  readonly keyId: KeyId;
}

export function keyDeleted(key: NoticedKey, atMs: number): Notice {
  return notice('KMS CMK Deletion', key, atMs);
}

export interface NoticedRotation {
  readonly type: 'AUTOMATIC' | 'ON_DEMAND';
  readonly origin: KeyRecord['origin'];
  readonly previousMaterialId: string;
  readonly currentMaterialId: string;
}

export function keyRotated(key: NoticedKey, rotation: NoticedRotation, atMs: number): Notice {
  return notice('KMS CMK Rotation', key, atMs, {
    'key-origin': rotation.origin,
    'rotation-type': rotation.type,
    'previous-key-material-id': rotation.previousMaterialId,
    'current-key-material-id': rotation.currentMaterialId,
  });
}

// Diverges: material-notices
export function materialExpired(key: NoticedKey, materialId: string, atMs: number): Notice {
  return notice('KMS Imported Key Material Expiration', key, atMs, { 'key-material-id': materialId });
}

/** How long before material expires there is a notice of it. */
export const expiryNoticesMs = [7 * dayMs, dayMs] as const;

export interface ExpiringMaterial {
  readonly materialId: string;
  readonly validToMs: number;
}

export function materialExpiring(key: NoticedKey, { materialId, validToMs }: ExpiringMaterial, atMs: number): Notice {
  return notice('KMS Imported Key Material Expiring', key, atMs, {
    'key-material-id': materialId,
    'valid-to': wholeSeconds(validToMs),
  });
}

function notice(
  detailType: string,
  { place, keyId }: NoticedKey,
  atMs: number,
  details: Readonly<Record<string, string>> = {},
): Notice {
  const event = {
    version: '0',
    id: randomUUID(),
    'detail-type': detailType,
    source: 'aws.kms',
    account: place.accountId,
    time: wholeSeconds(atMs),
    region: place.region,
    resources: [keyArn(place, keyId)],
    detail: { 'key-id': keyId, ...details },
  } as const;
  return { atMs, event };
}

function wholeSeconds(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

/**
 * Where notices go. Whoever changes a key puts the notice of it into the same transaction, and tells it once that has been
 * committed: a notice that was put reaches its receiver, if there is one, whatever happens to the process in between.
 */
export class Notices {
  readonly #listeners: ((notice: Notice) => void)[] = [];
  #isKept = false;

  /** From now on notices are kept until somebody deletes them from the store. */
  keep(): void {
    this.#isKept = true;
  }

  /** `listener` must not throw. */
  listen(listener: (notice: Notice) => void): void {
    this.#listeners.push(listener);
  }

  put(transaction: Transaction, notice: Notice): void {
    const path = [datePart(notice.atMs), notice.event.id];
    if (this.#isKept) transaction.put('notices', path, notice);
  }

  tell(notice: Notice): void {
    for (const listener of this.#listeners) listener(notice);
  }
}
