/**
 * Makes a data key pair, private key in clear and encrypted under a key.
 * Source: AWS KMS API Reference, GenerateDataKeyPair.
 */
import { cryptographicErrors, operation } from '#call/operation.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { makeDataKeyPair, pairEncryptingKey } from './data-key-pair.ts';
import { giveOut } from './recipient.ts';

export const generateDataKeyPair = operation({
  name: 'GenerateDataKeyPair',
  keys: pairEncryptingKey,
  input: structure({
    EncryptionContext: optional(shapes.encryptionContext),
    KeyId: shapes.keyId,
    KeyPairSpec: shapes.dataKeyPairSpec,
    GrantTokens: optional(shapes.grantTokens),
    Recipient: optional(shapes.recipient),
    DryRun: optional(boolean),
  }),
  output: structure({
    PrivateKeyCiphertextBlob: optional(shapes.ciphertext),
    PrivateKeyPlaintext: optional(shapes.plaintext),
    PublicKey: optional(shapes.publicKey),
    KeyId: optional(shapes.keyId),
    KeyPairSpec: optional(shapes.dataKeyPairSpec),
    CiphertextForRecipient: optional(shapes.ciphertext),
    KeyMaterialId: optional(shapes.keyMaterialId),
  }),
  errors: [...cryptographicErrors, 'UnsupportedOperationException'],
  async run({ input, attestation, keys: { key } }, keyring) {
    const { privateKey, publicKey, encrypted, materialId } = await makeDataKeyPair(keyring, key, input);
    const { inClear, CiphertextForRecipient } = giveOut(attestation, privateKey);
    return {
      PrivateKeyCiphertextBlob: encrypted,
      PrivateKeyPlaintext: inClear,
      PublicKey: publicKey,
      KeyId: key.arn,
      KeyPairSpec: input.KeyPairSpec,
      CiphertextForRecipient,
      KeyMaterialId: attestation === undefined ? materialId : undefined,
    };
  },
});
