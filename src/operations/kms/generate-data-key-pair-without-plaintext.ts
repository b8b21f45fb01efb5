/**
 * Makes a data key pair, private key encrypted only.
 * Source: AWS KMS API Reference, GenerateDataKeyPairWithoutPlaintext.
 */
import { cryptographicErrors, operation } from '#call/operation.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { makeDataKeyPair, pairEncryptingKey } from './data-key-pair.ts';

export const generateDataKeyPairWithoutPlaintext = operation({
  name: 'GenerateDataKeyPairWithoutPlaintext',
  keys: pairEncryptingKey,
  input: structure({
    EncryptionContext: optional(shapes.encryptionContext),
    KeyId: shapes.keyId,
    KeyPairSpec: shapes.dataKeyPairSpec,
    GrantTokens: optional(shapes.grantTokens),
    DryRun: optional(boolean),
  }),
  output: structure({
    PrivateKeyCiphertextBlob: optional(shapes.ciphertext),
    PublicKey: optional(shapes.publicKey),
    KeyId: optional(shapes.keyId),
    KeyPairSpec: optional(shapes.dataKeyPairSpec),
    KeyMaterialId: optional(shapes.keyMaterialId),
  }),
  errors: [...cryptographicErrors, 'UnsupportedOperationException'],
  async run({ input, keys: { key } }, keyring) {
    const { privateKey, publicKey, encrypted, materialId } = await makeDataKeyPair(keyring, key, input);
    privateKey[Symbol.dispose]();
    return {
      PrivateKeyCiphertextBlob: encrypted,
      PublicKey: publicKey,
      KeyId: key.arn,
      KeyPairSpec: input.KeyPairSpec,
      KeyMaterialId: materialId,
    };
  },
});
