/** Verifies a signature. Source: AWS KMS API Reference, Verify. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const verify = unbuilt({
  name: 'Verify',
  because: 'asymmetric keys come with issue #4',
  keys: {},
  input: structure({
    KeyId: shapes.keyId,
    Message: shapes.plaintext,
    MessageType: optional(shapes.messageType),
    Signature: shapes.ciphertext,
    SigningAlgorithm: shapes.signingAlgorithm,
    GrantTokens: optional(shapes.grantTokens),
    DryRun: optional(boolean),
  }),
  output: structure({
    KeyId: optional(shapes.keyId),
    SignatureValid: optional(boolean),
    SigningAlgorithm: optional(shapes.signingAlgorithm),
  }),
});
