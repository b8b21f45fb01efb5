/** Lists a key's rotations. Source: AWS KMS API Reference, ListKeyRotations. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { boolean, enumeration, list, optional, structure, timestamp } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const listKeyRotations = unbuilt({
  name: 'ListKeyRotations',
  because: 'key rotation comes with issue #4',
  keys: {},
  input: structure({
    KeyId: shapes.keyId,
    IncludeKeyMaterial: optional(enumeration(['ALL_KEY_MATERIAL', 'ROTATIONS_ONLY'])),
    Limit: optional(shapes.limit),
    Marker: optional(shapes.marker),
  }),
  output: structure({
    Rotations: optional(
      list(
        structure({
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
        }),
      ),
    ),
    NextMarker: optional(shapes.marker),
    Truncated: optional(boolean),
  }),
});
