/** Verifies a signature. Source: AWS KMS API Reference, Verify. */
import { cryptographicErrors, operation, usingKey } from '#call/operation.ts';
import { verifySignature } from '#crypto/signing/signing.ts';
import { privateKey } from '#keys/material.ts';
import { wrongSignature } from '#model/errors.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { requireSigning } from './signing-request.ts';

export const verify = operation({
  name: 'Verify',
  keys: usingKey('SIGN_VERIFY'),
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
    KeyId: shapes.keyId,
    SignatureValid: boolean,
    SigningAlgorithm: shapes.signingAlgorithm,
  }),
  errors: [...cryptographicErrors, 'KMSInvalidSignatureException'],
  async run({ input, keys: { key } }) {
    const signed = { ...requireSigning(key, input), signature: input.Signature };
    if (!(await verifySignature(signed, privateKey(key).publicKey))) throw wrongSignature();
    return { KeyId: key.arn, SignatureValid: true, SigningAlgorithm: input.SigningAlgorithm };
  },
});
