/** A new key: its record and its first backing key, stored in one transaction. */
import { SecretBytes } from '#base/secret-bytes.ts';
import { materialIdOf } from '#crypto/envelope.ts';
import { randomBytes, randomUUID } from '#crypto/random.ts';
import { type KeyId, type Place, parseKeyId } from '#model/arn.ts';
import type { KeyRecord } from '#storage/store.ts';
import { type Keyring, keyPath } from './keyring.ts';
import { type KeySnapshot, materialPlace } from './snapshots.ts';

/** What the caller decides about a key. */
export interface NewKey
  extends Pick<KeyRecord, 'description' | 'spec' | 'usage' | 'policy' | 'policyPrincipals' | 'tags'> {
  readonly materialBytes: number;
}

export async function createKey(keyring: Keyring, place: Place, wanted: NewKey): Promise<KeySnapshot> {
  const { store, domainKeys, clock } = keyring.vault;
  const { materialBytes, ...own } = wanted;
  const keyId = newKeyId();
  using material = new SecretBytes(randomBytes(materialBytes));
  const materialId = materialIdOf(keyId, material);
  const createdAtMs = clock.now();
  await store.write(async (transaction) => {
    const materialPath = [...keyPath(place, keyId), materialId];
    const holder = { keyId, materialId, spec: own.spec, createdAtMs };
    const wrapped = domainKeys.wrap(material, materialPlace(materialPath, holder));
    transaction.put('materials', materialPath, { ...holder, wrapped });
    transaction.put('keys', keyPath(place, keyId), {
      ...own,
      accountId: place.accountId,
      region: place.region,
      keyId,
      createdAtMs,
      origin: 'AWS_KMS',
      state: { name: 'Enabled' },
      currentMaterialId: materialId,
    });
  });
  const created = await keyring.snapshots.key(place, keyId);
  if (created === undefined) throw new Error(`The new key ${keyId} is not in the store.`);
  return created;
}

function newKeyId(): KeyId {
  const keyId = parseKeyId(randomUUID());
  if (keyId === undefined) throw new Error('A random UUID is always a key id.');
  return keyId;
}
