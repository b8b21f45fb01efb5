/** Agrees on a shared secret (ECDH). Source: AWS KMS API Reference, DeriveSharedSecret. */
import { cryptographicErrors, operation, usingKey } from '#call/operation.ts';
import { deriveSharedSecret as derive } from '#crypto/key-agreement.ts';
import { privateKey, requireAlgorithm } from '#keys/material.ts';
import { unusablePublicKey } from '#model/errors.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { giveOut } from './recipient.ts';

export const deriveSharedSecret = operation({
  name: 'DeriveSharedSecret',
  keys: usingKey('KEY_AGREEMENT'),
  input: structure({
    KeyId: shapes.keyId,
    KeyAgreementAlgorithm: shapes.keyAgreementAlgorithm,
    PublicKey: shapes.publicKey,
    GrantTokens: optional(shapes.grantTokens),
    DryRun: optional(boolean),
    Recipient: optional(shapes.recipient),
  }),
  output: structure({
    KeyId: optional(shapes.keyId),
    SharedSecret: optional(shapes.plaintext),
    CiphertextForRecipient: optional(shapes.ciphertext),
    KeyAgreementAlgorithm: optional(shapes.keyAgreementAlgorithm),
    KeyOrigin: optional(shapes.origin),
  }),
  errors: cryptographicErrors,
  async run({ input: { KeyAgreementAlgorithm, PublicKey }, attestation, keys: { key } }) {
    requireAlgorithm(key, KeyAgreementAlgorithm);
    const secret = await derive(privateKey(key), PublicKey);
    if (secret === undefined) throw unusablePublicKey();
    const { inClear: SharedSecret, CiphertextForRecipient } = giveOut(attestation, secret);
    const KeyOrigin = key.record.origin;
    return { KeyId: key.arn, SharedSecret, CiphertextForRecipient, KeyAgreementAlgorithm, KeyOrigin };
  },
});
