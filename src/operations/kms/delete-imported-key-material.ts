/** Deletes imported key material. Source: AWS KMS API Reference, DeleteImportedKeyMaterial. */
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { deleteMaterial } from '#keys/imported-material.ts';
import { isSymmetric } from '#keys/material-facts.ts';
import { whenMaterialIsDeletable } from '#keys/states.ts';
import { wrongOrigin } from '#model/errors.ts';
import { optional, string, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const deleteImportedKeyMaterial = operation({
  name: 'DeleteImportedKeyMaterial',
  keys: keyById(whenMaterialIsDeletable),
  input: structure({ KeyId: shapes.keyId, KeyMaterialId: optional(shapes.keyMaterialId) }),
  output: structure({
    KeyId: shapes.keyId,
    KeyMaterialId: optional(string({ min: 0, max: 64, pattern: '^[a-f0-9]+$' })),
  }),
  errors: [...managementErrors, 'UnsupportedOperationException'],
  async run({ input, keys: { key } }, keyring) {
    const { origin } = key.record;
    if (origin !== 'EXTERNAL') throw wrongOrigin(key.arn, origin);
    const materialId = await deleteMaterial(keyring, key, input.KeyMaterialId);
    // Diverges: material-id-of-symmetric-keys
    return { KeyId: key.arn, KeyMaterialId: isSymmetric(key.record) ? materialId : undefined };
  },
});
