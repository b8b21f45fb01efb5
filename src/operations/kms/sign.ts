/** Signs a message or digest. Source: AWS KMS API Reference, Sign. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const sign = unbuilt({
  name: 'Sign',
  because: 'asymmetric keys come with issue #4',
  keys: {},
  input: structure({
    KeyId: shapes.keyId,
    Message: shapes.plaintext,
    MessageType: optional(shapes.messageType),
    GrantTokens: optional(shapes.grantTokens),
    SigningAlgorithm: shapes.signingAlgorithm,
    DryRun: optional(boolean),
  }),
  output: structure({
    KeyId: optional(shapes.keyId),
    Signature: optional(shapes.ciphertext),
    SigningAlgorithm: optional(shapes.signingAlgorithm),
  }),
});
