/** Computes a MAC. Source: AWS KMS API Reference, GenerateMac. */
import { macErrors, operation, usingKey } from '#call/operation.ts';
import { macKey, requireAlgorithm } from '#keys/material.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const generateMac = operation({
  name: 'GenerateMac',
  keys: usingKey('GENERATE_VERIFY_MAC'),
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
  errors: macErrors,
  run({ input: { Message, MacAlgorithm }, keys: { key } }) {
    requireAlgorithm(key, MacAlgorithm);
    return { Mac: macKey(key).generate(Message), MacAlgorithm, KeyId: key.arn };
  },
});
