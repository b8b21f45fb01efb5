/** Decrypts under one key and encrypts under another, without showing the plaintext. Source: API Reference, ReEncrypt. */
import { cryptographicErrors, operation } from '#call/operation.ts';
import { noContext } from '#crypto/envelope.ts';
import { currentMaterial, openCiphertext, requireEncryptionAlgorithm } from '#keys/material.ts';
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
  run({ input, keys: { source, destination } }) {
    const SourceEncryptionAlgorithm = requireEncryptionAlgorithm(source, input.SourceEncryptionAlgorithm);
    const DestinationEncryptionAlgorithm = requireEncryptionAlgorithm(
      destination,
      input.DestinationEncryptionAlgorithm,
    );
    if (isCiphertextIgnored(input)) throw dryRun();
    const ciphertext = requireMember('CiphertextBlob', input.CiphertextBlob);
    const opened = openCiphertext(source, ciphertext, input.SourceEncryptionContext ?? noContext);
    using plaintext = opened.plaintext;
    const material = currentMaterial(destination);
    return {
      CiphertextBlob: material.encrypt(plaintext, input.DestinationEncryptionContext ?? noContext),
      SourceKeyId: source.arn,
      KeyId: destination.arn,
      SourceEncryptionAlgorithm,
      DestinationEncryptionAlgorithm,
      SourceKeyMaterialId: opened.materialId,
      DestinationKeyMaterialId: material.name.materialId,
    };
  },
});
