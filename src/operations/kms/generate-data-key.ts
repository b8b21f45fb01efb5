/** Makes a data key, in clear and encrypted under a key. Source: AWS KMS API Reference, GenerateDataKey. */
import { cryptographicErrors, encryptingKey, operation } from '#call/operation.ts';
import { unsupported } from '#model/errors.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { makeDataKey } from './data-key.ts';

export const generateDataKey = operation({
  name: 'GenerateDataKey',
  keys: encryptingKey(),
  input: structure({
    KeyId: shapes.keyId,
    EncryptionContext: optional(shapes.encryptionContext),
    NumberOfBytes: optional(shapes.numberOfBytes),
    KeySpec: optional(shapes.dataKeySpec),
    GrantTokens: optional(shapes.grantTokens),
    Recipient: optional(shapes.recipient),
    DryRun: optional(boolean),
  }),
  output: structure({
    CiphertextBlob: shapes.ciphertext,
    Plaintext: optional(shapes.plaintext),
    KeyId: shapes.keyId,
    CiphertextForRecipient: optional(shapes.ciphertext),
    KeyMaterialId: optional(shapes.keyMaterialId),
  }),
  errors: [...cryptographicErrors, 'UnsupportedOperationException'],
  run({ input, keys: { key } }) {
    if (input.Recipient !== undefined) throw unsupported('Recipient is not supported yet; it comes with issue #4.');
    const { dataKey, encrypted, materialId } = makeDataKey(key, input);
    return { CiphertextBlob: encrypted, Plaintext: dataKey, KeyId: key.arn, KeyMaterialId: materialId };
  },
});
