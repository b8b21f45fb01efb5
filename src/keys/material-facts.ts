/** What a key's record says of its materials, which outlasts the material itself. */
import type { KeyRecord, MaterialFacts, Reader } from '#storage/store.ts';

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

/** Whether all is there that the key needs: imported material may be deleted, expire, or not have come yet. */
export function isMaterialThere({ origin, materials = [] }: KeyRecord): boolean {
  if (origin === 'AWS_KMS') return true;
  const needed = materials.filter(({ pending }) => pending === undefined);
  return needed.length > 0 && needed.every(({ imported }) => imported?.isPresent === true);
}
