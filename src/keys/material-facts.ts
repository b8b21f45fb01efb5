/** What a key's record says of its materials, which outlasts the material itself. */
import { keySpecs } from '#crypto/specs.ts';
import type { KeyRecord, KeyStateRecord, MaterialFacts, Reader } from '#storage/store.ts';

/**
 * Of every material that the key ever had, in the order in which they came. The records of version 0.1 do not say; all their
 * materials are there, and all but the first came by the calendar.
 */
export async function factsOf(reader: Reader, record: KeyRecord): Promise<readonly MaterialFacts[]> {
  if (record.materials !== undefined) return record.materials;
  const { accountId, region, keyId } = record;
  const found = await reader.list('materials', { within: [accountId, region, keyId], limit: Number.MAX_SAFE_INTEGER });
  return found
    .map(({ record: { materialId, createdAtMs } }) => ({ materialId, createdAtMs }))
    .sort((a, b) => a.createdAtMs - b.createdAtMs)
    .map((facts, index) =>
      index === 0 ? facts : { ...facts, rotated: { atMs: facts.createdAtMs, type: 'AUTOMATIC' } },
    );
}

/** Whether it is a symmetric encryption key: the only kind that can have more than one material. */
export function isSymmetric({ spec }: Pick<KeyRecord, 'spec'>): boolean {
  return keySpecs.get(spec)?.form === 'envelope';
}

/** Whether all is there that the key needs: imported material may be deleted, expire, or not have come yet. */
export function isMaterialThere({ origin, materials = [] }: KeyRecord): boolean {
  if (origin === 'AWS_KMS') return true;
  const needed = materials.filter(({ isPending }) => !isPending);
  return needed.length > 0 && needed.every(({ imported }) => imported?.isPresent === true);
}

/** The record with other facts of its materials, in the state that follows from them. */
export function withMaterials(record: KeyRecord, materials: readonly MaterialFacts[]): KeyRecord {
  const changed = { ...record, materials };
  return { ...changed, state: stateOf(changed) };
}

/** Whether a deletion has been scheduled: nobody waits for material of such a key. */
export function isEnding({ state }: KeyRecord): boolean {
  return state.name === 'PendingDeletion' || state.name === 'PendingReplicaDeletion';
}

function stateOf(record: KeyRecord): KeyStateRecord {
  const { state } = record;
  if (isEnding(record)) return state;
  if (!isMaterialThere(record)) return { name: 'PendingImport' };
  // Diverges: import-into-disabled
  return state.name === 'PendingImport' ? { name: 'Enabled' } : state;
}

/** What is left of imported material that is no longer there. */
export function withoutMaterial({ imported, ...facts }: MaterialFacts): MaterialFacts {
  const { description } = imported ?? {};
  return { ...facts, imported: { isPresent: false, ...(description === undefined ? {} : { description }) } };
}

/**
 * The record as it is at a moment: imported material is of no use from its date on, whether or not it has been removed yet.
 * Every reader of records and every change of one sees this.
 */
export function recordAt(record: KeyRecord, nowMs: number): KeyRecord {
  const { materials = [] } = record;
  const hasExpired = ({ imported }: MaterialFacts) => imported?.validToMs !== undefined && imported.validToMs <= nowMs;
  if (!materials.some(hasExpired)) return record;
  return withMaterials(
    record,
    materials.map((facts) => (hasExpired(facts) ? withoutMaterial(facts) : facts)),
  );
}

/** When the next material of the key expires. */
export function nextExpiryMs({ materials = [] }: KeyRecord): number | undefined {
  const dates = materials.map(({ imported }) => imported?.validToMs).filter((date) => date !== undefined);
  return dates.length === 0 ? undefined : Math.min(...dates);
}

/** Whether a material that is in the store may be used. */
export function isUsable({ materials = [] }: KeyRecord, materialId: string): boolean {
  const imported = materials.find((facts) => facts.materialId === materialId)?.imported;
  return imported === undefined || imported.isPresent;
}
