/** A new key: its record and its first backing key, stored in one transaction. */
import { materialIdOf } from '#crypto/envelope.ts';
import { generateMaterial } from '#crypto/key-material.ts';
import { randomUUID } from '#crypto/random.ts';
import type { Vault } from '#custody/vault.ts';
import { type KeyId, type Place, parseKeyId } from '#model/arn.ts';
import type { KeyRecord, Transaction } from '#storage/store.ts';
import { type Keyring, keyPath } from './keyring.ts';
import { type KeySnapshot, materialPlace } from './snapshots.ts';

/** What is decided about a key by whoever makes it. */
export type NewKey = Pick<
  KeyRecord,
  'description' | 'spec' | 'usage' | 'policy' | 'policyPrincipals' | 'tags' | 'managedFor' | 'rotation'
>;

export async function createKey(keyring: Keyring, place: Place, wanted: NewKey): Promise<KeySnapshot> {
  const keyId = newKeyId();
  await keyring.vault.store.write(async (transaction) => putKey(keyring.vault, transaction, { place, keyId, wanted }));
  const created = await keyring.snapshots.key(place, keyId);
  if (created === undefined) throw new Error(`The new key ${keyId} is not in the store.`);
  return created;
}

/** Puts a new key into a transaction. */
export async function putKey(
  vault: Vault,
  transaction: Transaction,
  { place, keyId, wanted }: { readonly place: Place; readonly keyId: KeyId; readonly wanted: NewKey },
): Promise<void> {
  const createdAtMs = vault.clock.now();
  const material = { place, keyId, spec: wanted.spec, createdAtMs };
  transaction.put('keys', keyPath(place, keyId), {
    ...wanted,
    accountId: place.accountId,
    region: place.region,
    keyId,
    createdAtMs,
    origin: 'AWS_KMS',
    state: { name: 'Enabled' },
    currentMaterialId: await putNewMaterial(vault, transaction, material),
  });
}

interface NewMaterial {
  readonly place: Place;
  readonly keyId: KeyId;
  readonly spec: string;
  readonly createdAtMs: number;
}

/** Puts a fresh backing key into a transaction; returns its id. */
export async function putNewMaterial(
  { domainKeys }: Vault,
  transaction: Transaction,
  { place, keyId, spec, createdAtMs }: NewMaterial,
): Promise<string> {
  using material = await generateMaterial(spec);
  const materialId = materialIdOf(keyId, material);
  const path = [...keyPath(place, keyId), materialId];
  const holder = { keyId, materialId, spec, createdAtMs };
  transaction.put('materials', path, { ...holder, wrapped: domainKeys.wrap(material, materialPlace(path, holder)) });
  return materialId;
}

export function newKeyId(): KeyId {
  const keyId = parseKeyId(randomUUID());
  if (keyId === undefined) throw new Error('A random UUID is always a key id.');
  return keyId;
}
