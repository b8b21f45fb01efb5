/** Makes a data key pair, private key in clear and encrypted. Source: AWS KMS API Reference, GenerateDataKeyPair. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const generateDataKeyPair = unbuilt({
  name: 'GenerateDataKeyPair',
  because: 'asymmetric keys come with issue #4',
  keys: {},
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
});
