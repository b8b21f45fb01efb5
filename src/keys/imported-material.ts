/**
 * Imported key material: taken in, and deleted on request. A symmetric key can have several. The first one is current at once;
 * a new one waits until the key is rotated to it. Related keys know of the same materials, and each needs its own import.
 * Source: AWS KMS Developer Guide, Importing key material; API Reference, ImportKeyMaterial, DeleteImportedKeyMaterial.
 */
import type { SecretBytes } from '#base/secret-bytes.ts';
import { materialIdOf } from '#crypto/envelope.ts';
import { publicKeyOf } from '#crypto/key-material.ts';
import { incorrectMaterial, materialNotFound, notPrimary, otherMaterialPending } from '#model/errors.ts';
import type { KeyRecord, MaterialFacts, Transaction } from '#storage/store.ts';
import { putMaterial } from './create.ts';
import { dropExpiry, putExpiry } from './expiry.ts';
import { changeRelated, isPrimary, type Keyring, keyPath, placeOf } from './keyring.ts';
import { withMaterials, withoutMaterial } from './material-facts.ts';
import type { UsableKey } from './require.ts';

export interface Import {
  /** In its stored form. */
  readonly material: SecretBytes;
  /** Undefined for material that does not expire. */
  readonly validToMs: number | undefined;
  /** New for the first material, existing for later ones, unless given. */
  readonly type: 'NEW_KEY_MATERIAL' | 'EXISTING_KEY_MATERIAL' | undefined;
  /** Which material it is expected to be. */
  readonly materialId: string | undefined;
  /** As it was before unless given. */
  readonly description: string | undefined;
}

/** Returns the id of the material. Throws IncorrectKeyMaterialException, KMSInvalidStateException or UnsupportedOperationException. */
export async function importMaterial(keyring: Keyring, key: UsableKey, wanted: Import): Promise<string> {
  const { vault } = keyring;
  const { material } = wanted;
  const { spec } = key.record;
  const materialId = materialIdOf(key.keyId, material);
  const publicKey = publicKeyOf(spec, material)?.toString('base64');
  await changeRelated(keyring, key, (record, transaction) => {
    const { materials = [] } = record;
    const isOwn = record.region === key.place.region;
    if (isOwn) requireExpected(record, materialId, { key, wanted });
    const known = materials.find((facts) => facts.materialId === materialId);
    const createdAtMs = known?.createdAtMs ?? vault.clock.now();
    const facts = known ?? { materialId, createdAtMs, ...(materials.length > 0 ? { isPending: true } : {}) };
    if (isOwn) {
      putMaterial(vault, transaction, { ...placeOf(record), spec, material, createdAtMs });
      dropExpiry(transaction, record, facts);
      const { validToMs } = wanted;
      if (validToMs !== undefined) putExpiry(transaction, record, { materialId, validToMs }, vault.clock.now());
    }
    const imported = isOwn
      ? importedAs(wanted, known)
      : { isPresent: false, ...known?.imported, ...descriptionOf(wanted) };
    const described: MaterialFacts = { ...facts, imported };
    const next = known ? materials.map((one) => (one === known ? described : one)) : [...materials, described];
    const first = materials.length > 0 ? {} : { currentMaterialId: materialId, ...(publicKey && { publicKey }) };
    return withMaterials({ ...record, ...first }, next);
  });
  return materialId;
}

interface Expectation {
  readonly key: UsableKey;
  readonly wanted: Import;
}

function requireExpected(record: KeyRecord, materialId: string, { key, wanted }: Expectation): void {
  const { materials = [] } = record;
  const isKnown = materials.some((facts) => facts.materialId === materialId);
  const isFirst = materials.length === 0 && wanted.materialId === undefined;
  const { type = isFirst ? 'NEW_KEY_MATERIAL' : 'EXISTING_KEY_MATERIAL' } = wanted;
  if (type === 'EXISTING_KEY_MATERIAL') {
    if (!isKnown) throw incorrectMaterial('not a material of this key');
    if ((wanted.materialId ?? materialId) !== materialId) throw incorrectMaterial('not the material that was named');
    return;
  }
  if (materials.at(-1)?.materialId === materialId) return; // the same import once more: its answer may have been lost
  if (isKnown) throw incorrectMaterial('already a material of this key');
  if (!isPrimary(record)) throw notPrimary(key.arn);
  const pending = materials.find(({ isPending }) => isPending);
  if (pending !== undefined) throw otherMaterialPending(key.keyId, materialId, pending.materialId);
}

function importedAs(wanted: Import, known: MaterialFacts | undefined): NonNullable<MaterialFacts['imported']> {
  const { validToMs, description = known?.imported?.description } = wanted;
  return { isPresent: true, ...(validToMs === undefined ? {} : { validToMs }), ...descriptionOf({ description }) };
}

function descriptionOf({ description }: Pick<Import, 'description'>) {
  return description === undefined ? {} : { description };
}

/**
 * Deletes a material, the current one unless another is named, and wipes it from the medium; returns its id, or undefined
 * where there never was one. What only waits for a rotation is forgotten, of a primary with its replicas. Throws
 * NotFoundException.
 */
export async function deleteMaterial(
  keyring: Keyring,
  key: UsableKey,
  wantedId: string | undefined,
): Promise<string | undefined> {
  let deletedId: string | undefined;
  let isForgotten = false;
  const change = (record: KeyRecord, transaction: Transaction) => {
    const isOwn = record.region === key.place.region;
    if (isOwn) deletedId = wantedId ?? record.currentMaterialId;
    const { materials = [] } = record;
    const facts = materials.find(({ materialId }) => materialId === deletedId);
    if (isOwn && deletedId !== undefined && facts === undefined) throw materialNotFound(key.arn, deletedId);
    if (isOwn) isForgotten = facts?.isPending === true && isPrimary(record);
    if (facts === undefined || !(isOwn || isForgotten)) return record;
    const { place, keyId } = placeOf(record);
    transaction.delete('materials', [...keyPath(place, keyId), facts.materialId]);
    dropExpiry(transaction, record, facts);
    const rest = isForgotten ? [] : [withoutMaterial(facts)];
    return withMaterials(
      record,
      materials.flatMap((one) => (one === facts ? rest : [one])),
    );
  };
  await changeRelated(keyring, key, change, { scrub: true });
  return deletedId;
}
