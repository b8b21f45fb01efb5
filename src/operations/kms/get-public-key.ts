/** Gives the public key of an asymmetric key. Source: AWS KMS API Reference, GetPublicKey. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { list, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const getPublicKey = unbuilt({
  name: 'GetPublicKey',
  because: 'asymmetric keys come with issue #4',
  keys: {},
  input: structure({ KeyId: shapes.keyId, GrantTokens: optional(shapes.grantTokens) }),
  output: structure({
    KeyId: optional(shapes.keyId),
    PublicKey: optional(shapes.publicKey),
    CustomerMasterKeySpec: optional(shapes.customerMasterKeySpec),
    KeySpec: optional(shapes.keySpec),
    KeyUsage: optional(shapes.keyUsage),
    EncryptionAlgorithms: optional(list(shapes.encryptionAlgorithm)),
    SigningAlgorithms: optional(list(shapes.signingAlgorithm)),
    KeyAgreementAlgorithms: optional(list(shapes.keyAgreementAlgorithm)),
    EncapsulationAlgorithms: optional(list(shapes.encapsulationAlgorithm)),
  }),
});
