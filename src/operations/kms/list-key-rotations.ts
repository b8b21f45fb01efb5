/** Lists a key's rotations, or all of its materials. Source: AWS KMS API Reference, ListKeyRotations, RotationsListEntry. */
import { keyById, operation } from '#call/operation.ts';
import { type ListedMaterial, listMaterials } from '#keys/listed-materials.ts';
import { readPage } from '#keys/paging.ts';
import { requireRotatable } from '#keys/rotation.ts';
import { unlessInKeyStore } from '#keys/states.ts';
import { boolean, enumeration, list, optional, structure, timestamp } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

const entry = structure({
  KeyId: optional(shapes.keyId),
  KeyMaterialId: optional(shapes.keyMaterialId),
  KeyMaterialDescription: optional(shapes.keyMaterialDescription),
  ImportState: optional(enumeration(['IMPORTED', 'PENDING_IMPORT'])),
  KeyMaterialState: optional(
    enumeration(['NON_CURRENT', 'CURRENT', 'PENDING_ROTATION', 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION']),
  ),
  ExpirationModel: optional(shapes.expirationModel),
  ValidTo: optional(timestamp),
  RotationDate: optional(timestamp),
  RotationType: optional(enumeration(['AUTOMATIC', 'ON_DEMAND'])),
});

export const listKeyRotations = operation({
  name: 'ListKeyRotations',
  keys: keyById(unlessInKeyStore),
  input: structure({
    KeyId: shapes.keyId,
    IncludeKeyMaterial: optional(enumeration(['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY'])),
    Limit: optional(shapes.limit),
    Marker: optional(shapes.marker),
  }),
  output: structure({ Rotations: list(entry), NextMarker: optional(shapes.marker), Truncated: boolean }),
  errors: [
    'InvalidArnException',
    'InvalidMarkerException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
    'UnsupportedOperationException',
  ],
  async run({ input, keys: { key } }, keyring) {
    requireRotatable(key);
    const { IncludeKeyMaterial: view = 'ROTATIONS_ONLY' } = input;
    const listing = { operation: 'ListKeyRotations', place: key.place, filter: `${key.keyId} ${view}` };
    const materials = (await listMaterials(keyring, key)).map((one, index) => ({ ...one, key: [String(index)] }));
    const { items, ...page } = await readPage(
      { keyring, listing, size: { default: 100, max: 1000 } },
      input,
      async (after, limit) => {
        const rest = materials.slice(after === undefined ? 0 : Number(after[0]) + 1);
        return rest.filter(({ rotated }) => view === 'ALL_KEY_MATERIAL' || rotated !== undefined).slice(0, limit);
      },
    );
    const Rotations = items.map((material) => ({
      KeyId: key.keyId,
      KeyMaterialId: material.materialId,
      ...importFacts(material),
      KeyMaterialState: material.state,
      RotationDate: material.rotated?.atMs,
      RotationType: material.rotated?.type,
    }));
    return { Rotations, ...page };
  },
});

/** What there is to say of imported material alone. */
function importFacts({ imported }: ListedMaterial) {
  if (imported === undefined) return {};
  const { isPresent, validToMs, description } = imported;
  return {
    KeyMaterialDescription: description,
    ImportState: isPresent ? ('IMPORTED' as const) : ('PENDING_IMPORT' as const),
    ExpirationModel: isPresent ? modelOf(validToMs) : undefined,
    ValidTo: validToMs,
  };
}

function modelOf(validToMs: number | undefined) {
  return validToMs === undefined ? ('KEY_MATERIAL_DOES_NOT_EXPIRE' as const) : ('KEY_MATERIAL_EXPIRES' as const);
}
