/** A new key: its record and, unless that is to be imported, its first material, stored in one transaction. */
import type { SecretBytes } from '#base/secret-bytes.ts';
import { materialIdOf } from '#crypto/envelope.ts';
import { generateMaterial, publicKeyOf } from '#crypto/key-material.ts';
import { randomUUID } from '#crypto/random.ts';
import type { Vault } from '#custody/vault.ts';
import { type KeyId, type Place, parseKeyId } from '#model/arn.ts';
import type { KeyRecord, Transaction } from '#storage/store.ts';
import { countKey } from './key-counts.ts';
import { type Keyring, keyPath } from './keyring.ts';
import { type KeySnapshot, materialPlace } from './snapshots.ts';

/** What is decided about a key by whoever makes it. */
export interface NewKey
  extends Pick<
    KeyRecord,
    'description' | 'spec' | 'usage' | 'origin' | 'policy' | 'policyPrincipals' | 'tags' | 'managedFor' | 'rotation'
  > {
  readonly isMultiRegion: boolean;
}

/** Finding primes may take long: `confirm` is asked after it, and nothing is stored if it throws. Throws LimitExceededException. */
export async function createKey(
  keyring: Keyring,
  place: Place,
  wanted: NewKey,
  confirm: () => Promise<void> = async () => undefined,
): Promise<KeySnapshot> {
  const keyId = newKeyId(wanted.isMultiRegion);
  using material = wanted.origin === 'AWS_KMS' ? await generateMaterial(wanted.spec) : undefined;
  const { vault, snapshots } = keyring;
  await confirm();
  await vault.store.write(async (transaction) => putKey(vault, transaction, { place, keyId, wanted, material }));
  const created = await snapshots.key(place, keyId);
  if (created === undefined) throw new Error(`The new key ${keyId} is not in the store.`);
  return created;
}

interface KeyToPut {
  readonly place: Place;
  readonly keyId: KeyId;
  readonly wanted: NewKey;
  /** Undefined for a key whose material will be imported. */
  readonly material: SecretBytes | undefined;
}

/** Puts a new key into a transaction. Throws LimitExceededException. */
export async function putKey(
  vault: Vault,
  transaction: Transaction,
  { place, keyId, wanted, material }: KeyToPut,
): Promise<void> {
  const { isMultiRegion, ...own } = wanted;
  if (own.managedFor === undefined) await countKey(transaction, place, 1);
  const createdAtMs = vault.clock.now();
  transaction.put('keys', keyPath(place, keyId), {
    ...own,
    accountId: place.accountId,
    region: place.region,
    keyId,
    createdAtMs,
    state: { name: material === undefined ? 'PendingImport' : 'Enabled' },
    ...(isMultiRegion ? { multiRegion: { primaryRegion: place.region, replicaRegions: [] } } : {}),
    ...(material && firstMaterial(vault, transaction, { place, keyId, spec: own.spec, material, createdAtMs })),
  });
}

function firstMaterial(vault: Vault, transaction: Transaction, wanted: MaterialToPut) {
  const materialId = putMaterial(vault, transaction, wanted);
  const publicKey = publicKeyOf(wanted.spec, wanted.material)?.toString('base64');
  return {
    currentMaterialId: materialId,
    materials: [{ materialId, createdAtMs: wanted.createdAtMs }],
    ...(publicKey === undefined ? {} : { publicKey }),
  };
}

export interface MaterialToPut {
  readonly place: Place;
  readonly keyId: KeyId;
  readonly spec: string;
  /** As crypto/key-material.ts stores it. */
  readonly material: SecretBytes;
  readonly createdAtMs: number;
}

/** Puts a material, wrapped, into a transaction; returns its id. What the key's record says of it is the caller's to put. */
export function putMaterial(
  { domainKeys }: Vault,
  transaction: Transaction,
  { place, keyId, spec, material, createdAtMs }: MaterialToPut,
): string {
  const materialId = materialIdOf(keyId, material);
  const path = [...keyPath(place, keyId), materialId];
  const holder = { keyId, materialId, spec, createdAtMs };
  transaction.put('materials', path, { ...holder, wrapped: domainKeys.wrap(material, materialPlace(path, holder)) });
  return materialId;
}

/** A fresh one. Source: Developer Guide, How multi-Region keys work: `mrk-` and 32 hexadecimal digits. */
export function newKeyId(isMultiRegion = false): KeyId {
  const uuid = randomUUID();
  const keyId = parseKeyId(isMultiRegion ? `mrk-${uuid.replaceAll('-', '')}` : uuid);
  if (keyId === undefined) throw new Error('A random UUID is always a key id.');
  return keyId;
}
