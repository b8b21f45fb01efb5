/** Signs a message or digest. Source: AWS KMS API Reference, Sign. */
import { cryptographicErrors, operation, usingKey } from '#call/operation.ts';
import { signMessage } from '#crypto/signing/signing.ts';
import { privateKey } from '#keys/material.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { requireSigning } from './signing-request.ts';

export const sign = operation({
  name: 'Sign',
  keys: usingKey('SIGN_VERIFY'),
  input: structure({
    KeyId: shapes.keyId,
    Message: shapes.plaintext,
    MessageType: optional(shapes.messageType),
    GrantTokens: optional(shapes.grantTokens),
    SigningAlgorithm: shapes.signingAlgorithm,
    DryRun: optional(boolean),
  }),
  output: structure({
    KeyId: shapes.keyId,
    Signature: shapes.ciphertext,
    SigningAlgorithm: shapes.signingAlgorithm,
  }),
  errors: cryptographicErrors,
  async run({ input, keys: { key } }) {
    const Signature = await signMessage(requireSigning(key, input), privateKey(key).key);
    return { KeyId: key.arn, Signature, SigningAlgorithm: input.SigningAlgorithm };
  },
});
