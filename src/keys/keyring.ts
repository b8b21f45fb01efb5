/** All the keys of a server, and the one way in which a key's record changes. */
import type { WrappingKey } from '#crypto/wrap.ts';
import { openServiceKey, type Vault } from '#custody/vault.ts';
import { type KeyId, type Place, parseAccountId, parseKeyId, parseRegion, type Region } from '#model/arn.ts';
import { keyNotFound } from '#model/errors.ts';
import { type Journal, noJournal } from '#storage/journal.ts';
import type { KeyName, KeyRecord, RecordKey, Transaction, WriteOptions } from '#storage/store.ts';
import { Grantees } from './grantees.ts';
import { type Happening, type KeyEvents, noKeyEvents, putHappening, tellHappening } from './key-events.ts';
import { recordAt } from './material-facts.ts';
import { Notices } from './notices.ts';
import type { UsableKey } from './require.ts';
import { Snapshots } from './snapshots.ts';
import { requireState } from './states.ts';
import { KeyUsage } from './usage.ts';

export interface KeyringSettings {
  /** Whether SM2 keys are served outside of the China Regions too. */
  readonly hasSm2Everywhere: boolean;
  /** Every Region of the partition with a well-formed name unless given. */
  readonly regions?: ReadonlySet<Region> | undefined;
}

export interface Keyring {
  readonly vault: Vault;
  readonly settings: KeyringSettings;
  readonly snapshots: Snapshots;
  readonly grantees: Grantees;
  readonly usage: KeyUsage;
  readonly notices: Notices;
  /** What the audit trail is told. */
  readonly events: KeyEvents;
  /** Seals pagination markers. */
  readonly markerKey: WrappingKey;
  /** Seals grant tokens. */
  readonly grantTokenKey: WrappingKey;
  /** Seals import tokens. */
  readonly importTokenKey: WrappingKey;
}

/** What a keyring writes to besides the store. */
export interface KeyringOutlets {
  /** What uses of keys are noted in; without one, the end of the process may take the last few seconds' along. */
  readonly journal?: Journal;
  /** Takes the place of one with that journal. */
  readonly usage?: KeyUsage;
  readonly events?: KeyEvents;
}

export async function openKeyring(
  vault: Vault,
  settings: KeyringSettings = { hasSm2Everywhere: false },
  { journal = noJournal, events = noKeyEvents, usage }: KeyringOutlets = {},
): Promise<Keyring> {
  return {
    vault,
    settings,
    snapshots: new Snapshots(vault),
    grantees: new Grantees(vault),
    usage: usage ?? (await KeyUsage.open(vault, journal)),
    notices: new Notices(),
    events,
    markerKey: await openServiceKey(vault, 'markers'),
    grantTokenKey: await openServiceKey(vault, 'grant tokens'),
    importTokenKey: await openServiceKey(vault, 'import tokens'),
  };
}

/** Whether requests can be made to a Region of the partition. */
export function servesRegion({ settings }: Pick<Keyring, 'settings'>, region: Region): boolean {
  return settings.regions?.has(region) ?? true;
}

/**
 * Changes a key's record in one transaction. The key's state is checked there again, by the rule that it was found
 * usable with, because it may have changed since. Throws that rule's refusal, or NotFoundException if the key is gone.
 */
export async function changeKey({ vault, snapshots }: Keyring, key: UsableKey, change: Change): Promise<KeyRecord> {
  try {
    return await vault.store.write(async (transaction) => {
      const record = await currentRecord(vault, transaction, key);
      const changed = await change(record, transaction);
      transaction.put('keys', keyPath(key.place, key.keyId), changed);
      return changed;
    });
  } finally {
    snapshots.dropKey(key.place, key.keyId);
  }
}

/** Makes the next record of a key as part of a transaction. */
export type Change = (record: KeyRecord, transaction: Transaction) => KeyRecord | Promise<KeyRecord>;

/**
 * Changes what a key shares with its related keys in other Regions: `change` is called for each record of them, the key's own
 * first, in one transaction. The key's state is checked as in changeKey; the others' are not. Returns the key's own record.
 */
export async function changeRelated(
  keyring: Keyring,
  key: UsableKey,
  change: Change,
  options: WriteOptions = {},
): Promise<KeyRecord> {
  const { vault, snapshots } = keyring;
  let places = [key.place];
  try {
    const { changed, happening } = await vault.store.write(async (transaction) => {
      const own = await currentRecord(vault, transaction, key);
      places = relatedPlaces(own);
      const changed = await putRelated(vault, transaction, own, change);
      return { changed, happening: synchronized(keyring, transaction, changed) };
    }, options);
    tellHappening(keyring, happening);
    return changed;
  } finally {
    for (const place of places) snapshots.dropKey(place, key.keyId);
  }
}

/** The same as part of a transaction, for a record as that sees it. */
export async function putRelated(
  { clock }: Vault,
  transaction: Transaction,
  own: KeyRecord,
  change: Change,
): Promise<KeyRecord> {
  const changed = [];
  for (const { place, keyId } of relatedPlaces(own).map((there) => placeOf({ ...there, keyId: own.keyId }))) {
    const path = keyPath(place, keyId);
    const record = place.region === own.region ? own : await transaction.get('keys', path);
    if (record === undefined)
      throw new Error(`The related key of ${own.keyId} in ${place.region} is not in the store.`);
    const next = await change(recordAt(record, clock.now()), transaction);
    transaction.put('keys', path, next);
    changed.push(next);
  }
  return changed[0] ?? own;
}

/** That what related keys share has been changed for all of them; nothing for a key that has none. It is told of the primary. */
export function synchronized(keyring: Keyring, transaction: Transaction, record: KeyRecord): Happening {
  if (relatedPlaces(record).length < 2) return {};
  const { place, keyId } = placeOf({ ...record, region: record.multiRegion?.primaryRegion ?? record.region });
  const event = { name: 'SynchronizeMultiRegionKey', place, keyId, atMs: keyring.vault.clock.now() } as const;
  return putHappening(keyring, transaction, { event });
}

/** Where a key and its related keys are, its own place first. */
export function relatedPlaces(record: KeyRecord): Place[] {
  const { primaryRegion, replicaRegions } = record.multiRegion ?? { primaryRegion: record.region, replicaRegions: [] };
  const regions = new Set([record.region, primaryRegion, ...replicaRegions]);
  return [...regions].map((region) => placeOf({ ...record, region }).place);
}

/** Whether it is for a key to decide about what related keys share: a key of a single Region has only itself to ask. */
export function isPrimary({ region, multiRegion }: KeyRecord): boolean {
  return multiRegion === undefined || multiRegion.primaryRegion === region;
}

/** Whose name a record carries. Throws for what is none. */
export function placeOf(name: KeyName): { readonly place: Place; readonly keyId: KeyId } {
  const accountId = parseAccountId(name.accountId);
  const region = parseRegion(name.region);
  const keyId = parseKeyId(name.keyId);
  if (accountId === undefined || region === undefined || keyId === undefined) {
    throw new Error(`${name.accountId} ${name.region} ${name.keyId} names no key.`);
  }
  return { place: { accountId, region }, keyId };
}

/** The key's record as the transaction sees it at this moment, in a state that the key's rule still accepts. */
export async function currentRecord({ clock }: Vault, transaction: Transaction, key: UsableKey): Promise<KeyRecord> {
  const stored = await transaction.get('keys', keyPath(key.place, key.keyId));
  if (stored === undefined) throw keyNotFound(key.arn);
  const record = recordAt(stored, clock.now());
  requireState(key.rule, record, key.arn);
  return record;
}

export function keyPath(place: Place, keyId: KeyId): RecordKey {
  return [place.accountId, place.region, keyId];
}
