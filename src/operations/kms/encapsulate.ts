/** Makes a shared secret and its encapsulation (ML-KEM). Source: AWS KMS API Reference, Encapsulate. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const encapsulate = unbuilt({
  name: 'Encapsulate',
  because: 'asymmetric keys come with issue #4',
  keys: {},
  input: structure({
    KeyId: shapes.keyId,
    EncapsulationAlgorithm: shapes.encapsulationAlgorithm,
    GrantTokens: optional(shapes.grantTokens),
    DryRun: optional(boolean),
  }),
  output: structure({
    KeyId: optional(shapes.keyId),
    SharedSecret: optional(shapes.plaintext),
    SharedSecretCiphertextBlob: optional(shapes.ciphertext),
    EncapsulationAlgorithm: optional(shapes.encapsulationAlgorithm),
  }),
});
