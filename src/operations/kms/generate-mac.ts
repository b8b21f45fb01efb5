/** Computes a MAC. Source: AWS KMS API Reference, GenerateMac. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const generateMac = unbuilt({
  name: 'GenerateMac',
  because: 'MAC keys come with issue #4',
  keys: {},
  input: structure({
    Message: shapes.plaintext,
    KeyId: shapes.keyId,
    MacAlgorithm: shapes.macAlgorithm,
    GrantTokens: optional(shapes.grantTokens),
    DryRun: optional(boolean),
  }),
  output: structure({
    Mac: optional(shapes.ciphertext),
    MacAlgorithm: optional(shapes.macAlgorithm),
    KeyId: optional(shapes.keyId),
  }),
});
