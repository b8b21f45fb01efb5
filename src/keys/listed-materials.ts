/** The materials of a key as a list shows them. Source: AWS KMS API Reference, ListKeyRotations, RotationsListEntry. */
import type { MaterialFacts } from '#storage/store.ts';
import { isPrimary, type Keyring, keyPath, relatedPlaces } from './keyring.ts';
import { factsOf, isEnding, recordAt } from './material-facts.ts';
import type { UsableKey } from './require.ts';

export interface ListedMaterial extends MaterialFacts {
  readonly state: 'CURRENT' | 'NON_CURRENT' | 'PENDING_ROTATION' | 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';
}

/** All of them, in the order in which they came. */
export async function listMaterials(keyring: Keyring, key: UsableKey): Promise<readonly ListedMaterial[]> {
  const { store } = keyring.vault;
  const { record } = key;
  const listed: ListedMaterial[] = [];
  for (const facts of await factsOf(store, record)) {
    const settled = facts.materialId === record.currentMaterialId ? 'CURRENT' : 'NON_CURRENT';
    listed.push({ ...facts, state: facts.isPending ? await pendingState(keyring, key, facts) : settled });
  }
  return listed;
}

/** What material waits for that is to become the current one: while replicas lack it, for its import there. */
async function pendingState({ vault }: Keyring, key: UsableKey, { materialId }: MaterialFacts) {
  for (const place of relatedPlaces(key.record)) {
    const stored = await vault.store.get('keys', keyPath(place, key.keyId));
    if (stored === undefined || isPrimary(stored) || isEnding(stored)) continue;
    const { materials = [] } = recordAt(stored, vault.clock.now());
    const facts = materials.find((one) => one.materialId === materialId);
    if (facts?.imported?.isPresent !== true) return 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';
  }
  return 'PENDING_ROTATION';
}
