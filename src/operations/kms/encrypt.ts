/** Encrypts a few bytes under a key. Source: AWS KMS API Reference, Encrypt. The exemplar of an operation. */
import { after } from '#base/after.ts';
import { cryptographicErrors, encryptingKey, operation } from '#call/operation.ts';
import { encryptWith, requireEncryption } from '#keys/encryption.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const encrypt = operation({
  name: 'Encrypt',
  keys: encryptingKey('EncryptionAlgorithm'),
  input: structure({
    KeyId: shapes.keyId,
    Plaintext: shapes.plaintext,
    EncryptionContext: optional(shapes.encryptionContext),
    GrantTokens: optional(shapes.grantTokens),
    EncryptionAlgorithm: optional(shapes.encryptionAlgorithm),
    DryRun: optional(boolean),
  }),
  output: structure({
    CiphertextBlob: shapes.ciphertext,
    KeyId: shapes.keyId,
    EncryptionAlgorithm: shapes.encryptionAlgorithm,
  }),
  errors: cryptographicErrors,
  run({ input, keys: { key } }) {
    const encryption = requireEncryption(key, input.EncryptionAlgorithm, input.EncryptionContext);
    return after(encryptWith(encryption, input.Plaintext), ({ ciphertext }) => ({
      CiphertextBlob: ciphertext,
      KeyId: key.arn,
      EncryptionAlgorithm: encryption.algorithm,
    }));
  },
});
