/**
 * Decrypts what Encrypt, ReEncrypt or GenerateDataKey made, and what others encrypted to a public key.
 * Source: AWS KMS API Reference, Decrypt.
 */
import { after } from '#base/after.ts';
import { cryptographicErrors, operation } from '#call/operation.ts';
import { decryptWith, requireEncryption } from '#keys/encryption.ts';
import { whenEnabled } from '#keys/states.ts';
import { dryRun } from '#model/errors.ts';
import { boolean, optional, requireMember, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { isCiphertextIgnored } from './ignore-ciphertext.ts';
import { giveOut } from './recipient.ts';

export const decrypt = operation({
  name: 'Decrypt',
  keys: {
    key: {
      source: { from: 'ciphertext', member: 'CiphertextBlob', identifier: 'KeyId' },
      states: whenEnabled,
      usage: 'ENCRYPT_DECRYPT',
      crossAccount: true,
      encryption: { context: 'EncryptionContext', algorithm: 'EncryptionAlgorithm' },
    },
  },
  input: structure({
    CiphertextBlob: optional(shapes.ciphertext),
    EncryptionContext: optional(shapes.encryptionContext),
    GrantTokens: optional(shapes.grantTokens),
    KeyId: optional(shapes.keyId),
    EncryptionAlgorithm: optional(shapes.encryptionAlgorithm),
    Recipient: optional(shapes.recipient),
    DryRun: optional(boolean),
    DryRunModifiers: optional(shapes.dryRunModifiers),
  }),
  output: structure({
    KeyId: shapes.keyId,
    Plaintext: optional(shapes.plaintext),
    EncryptionAlgorithm: shapes.encryptionAlgorithm,
    CiphertextForRecipient: optional(shapes.ciphertext),
    KeyMaterialId: optional(shapes.keyMaterialId),
  }),
  errors: [...cryptographicErrors, 'IncorrectKeyException', 'InvalidCiphertextException'],
  run({ input, attestation, keys: { key } }) {
    const encryption = requireEncryption(key, input.EncryptionAlgorithm, input.EncryptionContext);
    if (isCiphertextIgnored(input)) throw dryRun();
    const ciphertext = requireMember('CiphertextBlob', input.CiphertextBlob);
    return after(decryptWith(encryption, ciphertext), ({ plaintext, materialId }) => {
      const { inClear, CiphertextForRecipient } = giveOut(attestation, plaintext);
      const EncryptionAlgorithm = encryption.algorithm;
      const KeyMaterialId = attestation === undefined ? materialId : undefined;
      return { KeyId: key.arn, Plaintext: inClear, EncryptionAlgorithm, CiphertextForRecipient, KeyMaterialId };
    });
  },
});
