/** Verifies a MAC. Source: AWS KMS API Reference, VerifyMac. */
import { macErrors, operation, usingKey } from '#call/operation.ts';
import { macKey, requireAlgorithm } from '#keys/material.ts';
import { invalidMac } from '#model/errors.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const verifyMac = operation({
  name: 'VerifyMac',
  keys: usingKey('GENERATE_VERIFY_MAC'),
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
  errors: [...macErrors, 'KMSInvalidMacException'],
  run({ input: { Message, MacAlgorithm, Mac }, keys: { key } }) {
    requireAlgorithm(key, MacAlgorithm);
    if (!macKey(key).verify(Message, Mac)) throw invalidMac();
    return { KeyId: key.arn, MacValid: true, MacAlgorithm };
  },
});
