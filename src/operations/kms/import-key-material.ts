/** Imports key material. Source: AWS KMS API Reference, ImportKeyMaterial. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { enumeration, optional, structure, timestamp } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const importKeyMaterial = unbuilt({
  name: 'ImportKeyMaterial',
  because: 'imported key material comes with issue #4',
  keys: {},
  input: structure({
    KeyId: shapes.keyId,
    ImportToken: shapes.ciphertext,
    EncryptedKeyMaterial: shapes.ciphertext,
    ValidTo: optional(timestamp),
    ExpirationModel: optional(shapes.expirationModel),
    ImportType: optional(enumeration(['NEW_KEY_MATERIAL', 'EXISTING_KEY_MATERIAL'])),
    KeyMaterialDescription: optional(shapes.keyMaterialDescription),
    KeyMaterialId: optional(shapes.keyMaterialId),
  }),
  output: structure({ KeyId: optional(shapes.keyId), KeyMaterialId: optional(shapes.keyMaterialId) }),
});
