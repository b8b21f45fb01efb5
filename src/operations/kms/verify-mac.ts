/** Verifies a MAC. Source: AWS KMS API Reference, VerifyMac. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const verifyMac = unbuilt({
  name: 'VerifyMac',
  because: 'MAC keys come with issue #4',
  keys: {},
  input: structure({
    Message: shapes.plaintext,
    KeyId: shapes.keyId,
    MacAlgorithm: shapes.macAlgorithm,
    Mac: shapes.ciphertext,
    GrantTokens: optional(shapes.grantTokens),
    DryRun: optional(boolean),
  }),
  output: structure({
    KeyId: optional(shapes.keyId),
    MacValid: optional(boolean),
    MacAlgorithm: optional(shapes.macAlgorithm),
  }),
});
