/** Deletes imported key material. Source: AWS KMS API Reference, DeleteImportedKeyMaterial. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { optional, string, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const deleteImportedKeyMaterial = unbuilt({
  name: 'DeleteImportedKeyMaterial',
  because: 'imported key material comes with issue #4',
  keys: {},
  input: structure({ KeyId: shapes.keyId, KeyMaterialId: optional(shapes.keyMaterialId) }),
  output: structure({
    KeyId: optional(shapes.keyId),
    KeyMaterialId: optional(string({ min: 0, max: 64, pattern: '^[a-f0-9]+$' })),
  }),
});
