/** Decrypts under one key and encrypts under another, without showing the plaintext. Source: API Reference, ReEncrypt. */
import { cryptographicErrors, operation } from '#call/operation.ts';
import { decryptWith, encryptWith, requireEncryption } from '#keys/encryption.ts';
import { whenEnabled } from '#keys/states.ts';
import { dryRun } from '#model/errors.ts';
import { boolean, optional, requireMember, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { isCiphertextIgnored } from './ignore-ciphertext.ts';

export const reEncrypt = operation({
  name: 'ReEncrypt',
  keys: {
    source: {
      source: { from: 'ciphertext', member: 'CiphertextBlob', identifier: 'SourceKeyId' },
      action: 'kms:ReEncryptFrom',
      states: whenEnabled,
      usage: 'ENCRYPT_DECRYPT',
      crossAccount: true,
      encryption: { context: 'SourceEncryptionContext', algorithm: 'SourceEncryptionAlgorithm' },
    },
    destination: {
      source: { from: 'identifier', member: 'DestinationKeyId' },
      action: 'kms:ReEncryptTo',
      states: whenEnabled,
      usage: 'ENCRYPT_DECRYPT',
      crossAccount: true,
      encryption: { context: 'DestinationEncryptionContext', algorithm: 'DestinationEncryptionAlgorithm' },
    },
  },
  input: structure({
    CiphertextBlob: optional(shapes.ciphertext),
    SourceEncryptionContext: optional(shapes.encryptionContext),
    SourceKeyId: optional(shapes.keyId),
    DestinationKeyId: shapes.keyId,
    DestinationEncryptionContext: optional(shapes.encryptionContext),
    SourceEncryptionAlgorithm: optional(shapes.encryptionAlgorithm),
    DestinationEncryptionAlgorithm: optional(shapes.encryptionAlgorithm),
    GrantTokens: optional(shapes.grantTokens),
    DryRun: optional(boolean),
    DryRunModifiers: optional(shapes.dryRunModifiers),
  }),
  output: structure({
    CiphertextBlob: shapes.ciphertext,
    SourceKeyId: shapes.keyId,
    KeyId: shapes.keyId,
    SourceEncryptionAlgorithm: shapes.encryptionAlgorithm,
    DestinationEncryptionAlgorithm: shapes.encryptionAlgorithm,
    SourceKeyMaterialId: optional(shapes.keyMaterialId),
    DestinationKeyMaterialId: optional(shapes.keyMaterialId),
  }),
  errors: [...cryptographicErrors, 'IncorrectKeyException', 'InvalidCiphertextException'],
  async run({ input, keys: { source, destination } }) {
    const from = requireEncryption(source, input.SourceEncryptionAlgorithm, input.SourceEncryptionContext);
    const to = requireEncryption(destination, input.DestinationEncryptionAlgorithm, input.DestinationEncryptionContext);
    if (isCiphertextIgnored(input)) throw dryRun();
    const opened = await decryptWith(from, requireMember('CiphertextBlob', input.CiphertextBlob));
    using plaintext = opened.plaintext;
    const { ciphertext, materialId } = await encryptWith(to, plaintext);
    return {
      CiphertextBlob: ciphertext,
      SourceKeyId: source.arn,
      KeyId: destination.arn,
      SourceEncryptionAlgorithm: from.algorithm,
      DestinationEncryptionAlgorithm: to.algorithm,
      SourceKeyMaterialId: opened.materialId,
      DestinationKeyMaterialId: materialId,
    };
  },
});
