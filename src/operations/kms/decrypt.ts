/** Decrypts what Encrypt, ReEncrypt or GenerateDataKey made. Source: AWS KMS API Reference, Decrypt. */
import { cryptographicErrors, operation } from '#call/operation.ts';
import { noContext } from '#crypto/envelope.ts';
import { openCiphertext, requireEncryptionAlgorithm } from '#keys/material.ts';
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
    const EncryptionAlgorithm = requireEncryptionAlgorithm(key, input.EncryptionAlgorithm);
    if (isCiphertextIgnored(input)) throw dryRun();
    const ciphertext = requireMember('CiphertextBlob', input.CiphertextBlob);
    const { plaintext, materialId } = openCiphertext(key, ciphertext, input.EncryptionContext ?? noContext);
    const { inClear, CiphertextForRecipient } = giveOut(attestation, plaintext);
    const KeyMaterialId = attestation === undefined ? materialId : undefined;
    return { KeyId: key.arn, Plaintext: inClear, EncryptionAlgorithm, CiphertextForRecipient, KeyMaterialId };
  },
});
