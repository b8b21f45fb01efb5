/** Makes a data key pair, private key encrypted only. Source: AWS KMS API Reference, GenerateDataKeyPairWithoutPlaintext. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const generateDataKeyPairWithoutPlaintext = unbuilt({
  name: 'GenerateDataKeyPairWithoutPlaintext',
  because: 'asymmetric keys come with issue #4',
  keys: {},
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
});
