/** Encrypts up to 4096 bytes under a key. Source: AWS KMS API Reference, Encrypt. The exemplar of an operation. */
import { cryptographicErrors, encryptingKey, operation } from '#call/operation.ts';
import { noContext } from '#crypto/envelope.ts';
import { currentMaterial, requireEncryptionAlgorithm } from '#keys/material.ts';
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
    const EncryptionAlgorithm = requireEncryptionAlgorithm(key, input.EncryptionAlgorithm);
    const CiphertextBlob = currentMaterial(key).encrypt(input.Plaintext, input.EncryptionContext ?? noContext);
    return { CiphertextBlob, KeyId: key.arn, EncryptionAlgorithm };
  },
});
