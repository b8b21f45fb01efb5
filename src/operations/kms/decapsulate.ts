/** Opens an encapsulated shared secret (ML-KEM). Source: AWS KMS API Reference, Decapsulate. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const decapsulate = unbuilt({
  name: 'Decapsulate',
  because: 'asymmetric keys come with issue #4',
  keys: {},
  input: structure({
    KeyId: shapes.keyId,
    SharedSecretCiphertextBlob: shapes.ciphertext,
    EncapsulationAlgorithm: shapes.encapsulationAlgorithm,
    GrantTokens: optional(shapes.grantTokens),
    DryRun: optional(boolean),
  }),
  output: structure({
    KeyId: optional(shapes.keyId),
    SharedSecret: optional(shapes.plaintext),
    EncapsulationAlgorithm: optional(shapes.encapsulationAlgorithm),
  }),
});
