/** Makes a data key, in clear and encrypted under a key. Source: AWS KMS API Reference, GenerateDataKey. */
import { cryptographicErrors, encryptingKey, operation } from '#call/operation.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { makeDataKey } from './data-key.ts';
import { giveOut } from './recipient.ts';

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
  errors: cryptographicErrors,
  run({ input, attestation, keys: { key } }) {
    const { dataKey, encrypted, materialId } = makeDataKey(key, input);
    const { inClear, CiphertextForRecipient } = giveOut(attestation, dataKey);
    const KeyMaterialId = attestation === undefined ? materialId : undefined;
    return { CiphertextBlob: encrypted, Plaintext: inClear, KeyId: key.arn, CiphertextForRecipient, KeyMaterialId };
  },
});
