/** Agrees on a shared secret (ECDH). Source: AWS KMS API Reference, DeriveSharedSecret. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const deriveSharedSecret = unbuilt({
  name: 'DeriveSharedSecret',
  because: 'asymmetric keys come with issue #4',
  keys: {},
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
});
