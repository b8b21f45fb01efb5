/**
 * Multi-Region keys: keys in several Regions with one key id and the same material. One of them is the primary, which alone
 * can be replicated; the others are its replicas. What they share changes for all of them in one transaction.
 * Source: AWS KMS Developer Guide, Multi-Region keys in AWS KMS; API Reference, ReplicateKey, UpdatePrimaryRegion.
 */
import type { Vault } from '#custody/vault.ts';
import { type KeyArn, type KeyId, keyArn, type Place, parseRegion, partitionOf, type Region } from '#model/arn.ts';
import { keyExists, keyNotFound, notPrimary, regionOfPrimary, regionUnserved } from '#model/errors.ts';
import type { KeyRecord, Transaction } from '#storage/store.ts';
import { putMaterial } from './create.ts';
import { countKey } from './key-counts.ts';
import { changeRelated, type Keyring, keyPath, placeOf, relatedPlaces, servesRegion } from './keyring.ts';
import { factsOf, withoutMaterial } from './material-facts.ts';
import type { UsableKey } from './require.ts';
import { moveRotationDate } from './rotation.ts';
import { type KeySnapshot, materialPlace } from './snapshots.ts';
import { requireState } from './states.ts';

/** What related keys have in common. Source: Developer Guide, How multi-Region keys work, Shared properties. */
export const sharedProperties = [
  'accountId',
  'keyId',
  'spec',
  'usage',
  'origin',
  'currentMaterialId',
  'publicKey',
  'multiRegion',
  'rotation',
] as const satisfies readonly (keyof KeyRecord)[];

type Shared = Pick<KeyRecord, (typeof sharedProperties)[number]>;

/** What is decided about a replica by whoever makes it. */
export type NewReplica = Required<Pick<KeyRecord, 'description' | 'policy' | 'policyPrincipals' | 'tags'>>;

/** The related key in another Region, or undefined where there is none. */
export async function relatedKey(
  { snapshots }: Keyring,
  { place, keyId, record }: Pick<KeySnapshot, 'place' | 'keyId' | 'record'>,
  regionText: string,
): Promise<KeySnapshot | undefined> {
  const region = parseRegion(regionText);
  const there = relatedPlaces(record).find((one) => one.region === region);
  return there === undefined || there.region === place.region ? undefined : snapshots.key(there, keyId);
}

/** Throws UnsupportedOperationException for a replica, and for a key of a single Region. */
export function requirePrimary({ multiRegion, region }: KeyRecord, arn: KeyArn): void {
  if (multiRegion?.primaryRegion !== region) throw notPrimary(arn);
}

/** Where a primary may have a replica. Throws ValidationException and UnsupportedOperationException. */
export function requireReplicaRegion(
  keyring: Keyring,
  { place }: Pick<KeySnapshot, 'place'>,
  regionText: string,
): Region {
  const region = parseRegion(regionText);
  // Diverges: replica-regions
  if (region === place.region) throw regionOfPrimary(region);
  const isServed =
    region !== undefined && partitionOf(region) === partitionOf(place.region) && servesRegion(keyring, region);
  if (!isServed) throw regionUnserved(regionText);
  return region;
}

/**
 * Makes a replica of a primary. Throws UnsupportedOperationException, AlreadyExistsException, LimitExceededException, or the
 * refusal of the primary's state.
 */
export async function replicateKey(
  keyring: Keyring,
  key: UsableKey,
  region: Region,
  wanted: NewReplica,
): Promise<KeySnapshot> {
  const { vault, snapshots } = keyring;
  const { keyId } = key;
  const place = { ...key.place, region };
  try {
    await changeRelated(keyring, key, async (record, transaction) => {
      const isOwn = record.region === key.place.region;
      if (isOwn) await requireVacant(transaction, record, { key, place });
      const joined = { ...record, ...withReplicas(record, (regions) => [...regions, region]) };
      if (isOwn) await putReplica(vault, transaction, { primary: joined, region, wanted });
      return joined;
    });
  } finally {
    snapshots.dropKey(place, keyId);
  }
  const made = await snapshots.key(place, keyId);
  if (made === undefined) throw new Error(`The new replica ${keyArn(place, keyId)} is not in the store.`);
  return made;
}

/**
 * Makes a replica the primary, and the primary a replica. Throws UnsupportedOperationException, NotFoundException, or the
 * refusal of either key's state.
 */
export async function changePrimary(keyring: Keyring, key: UsableKey, replica: UsableKey): Promise<void> {
  const [from, to] = [key.place.region, replica.place.region];
  await changeRelated(keyring, key, (record, transaction) => {
    if (record.region === from) {
      requirePrimary(record, key.arn);
      if (record.multiRegion?.replicaRegions.includes(to) !== true) throw keyNotFound(replica.arn);
      moveRotationDate(transaction, record, { ...record, region: to });
    }
    if (record.region === to) requireState(replica.rule, record, replica.arn);
    const { multiRegion } = withReplicas(record, (regions) => regions.map((region) => (region === to ? from : region)));
    return { ...record, multiRegion: { ...multiRegion, primaryRegion: to } };
  });
}

/** The regions of a key's replicas, changed. */
export function withReplicas(record: KeyRecord, change: (regions: readonly string[]) => readonly string[]) {
  const { primaryRegion, replicaRegions } = record.multiRegion ?? { primaryRegion: record.region, replicaRegions: [] };
  return { multiRegion: { primaryRegion, replicaRegions: change(replicaRegions) } };
}

interface Vacancy {
  readonly key: UsableKey;
  readonly place: Place;
}

async function requireVacant(transaction: Transaction, record: KeyRecord, { key, place }: Vacancy): Promise<void> {
  requirePrimary(record, key.arn);
  const path = keyPath(place, key.keyId);
  // Those of a replica that was destroyed there are removed by its key id, which is the new one's as well.
  const [grantOfOld] = await transaction.list('grants', { within: path, limit: 1 });
  const isTaken = relatedPlaces(record).some(({ region }) => region === place.region);
  if (isTaken || grantOfOld !== undefined) throw keyExists(keyArn(place, key.keyId));
}

interface ReplicaToPut {
  readonly primary: KeyRecord;
  readonly region: Region;
  readonly wanted: NewReplica;
}

async function putReplica(vault: Vault, transaction: Transaction, { primary, region, wanted }: ReplicaToPut) {
  const { keyId, place: from } = placeOf(primary);
  const place = { ...from, region };
  const facts = await factsOf(transaction, primary);
  const isImported = primary.origin === 'EXTERNAL';
  await countKey(transaction, place, 1);
  if (!isImported) await copyMaterials(vault, transaction, { keyId, from, to: place });
  transaction.put('keys', keyPath(place, keyId), {
    ...sharedOf(primary),
    ...wanted,
    region,
    createdAtMs: vault.clock.now(),
    state: { name: isImported ? 'PendingImport' : 'Enabled' },
    materials: isImported ? facts.map(withoutMaterial) : facts,
  });
}

function sharedOf(record: KeyRecord): Shared {
  const pairs = sharedProperties.map((name) => [name, record[name]]).filter(([, value]) => value !== undefined);
  return Object.fromEntries(pairs); // the very properties that Shared picks
}

interface Copying {
  readonly keyId: KeyId;
  readonly from: Place;
  readonly to: Place;
}

/** What wraps a material is bound to its place, so it is wrapped anew. */
async function copyMaterials(vault: Vault, transaction: Transaction, { keyId, from, to }: Copying): Promise<void> {
  const within = keyPath(from, keyId);
  const found = await transaction.list('materials', { within, limit: Number.MAX_SAFE_INTEGER });
  for (const { key: at, record } of found) {
    using material = vault.domainKeys.unwrap(record.wrapped, materialPlace(at, record));
    const { spec, createdAtMs } = record;
    putMaterial(vault, transaction, { place: to, keyId, spec, material, createdAtMs });
  }
}
