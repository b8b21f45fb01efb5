/** Makes a data key, encrypted only. Source: AWS KMS API Reference, GenerateDataKeyWithoutPlaintext. */
import { cryptographicErrors, encryptingKey, operation } from '#call/operation.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { makeDataKey } from './data-key.ts';

export const generateDataKeyWithoutPlaintext = operation({
  name: 'GenerateDataKeyWithoutPlaintext',
  keys: encryptingKey(),
  input: structure({
    KeyId: shapes.keyId,
    EncryptionContext: optional(shapes.encryptionContext),
    KeySpec: optional(shapes.dataKeySpec),
    NumberOfBytes: optional(shapes.numberOfBytes),
    GrantTokens: optional(shapes.grantTokens),
    DryRun: optional(boolean),
  }),
  output: structure({
    CiphertextBlob: shapes.ciphertext,
    KeyId: shapes.keyId,
    KeyMaterialId: optional(shapes.keyMaterialId),
  }),
  errors: cryptographicErrors,
  run({ input, keys: { key } }) {
    const { dataKey, encrypted, materialId } = makeDataKey(key, input);
    dataKey[Symbol.dispose]();
    return { CiphertextBlob: encrypted, KeyId: key.arn, KeyMaterialId: materialId };
  },
});
