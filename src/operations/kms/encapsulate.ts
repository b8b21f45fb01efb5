/** Makes a shared secret and its encapsulation (ML-KEM). Source: AWS KMS API Reference, Encapsulate. */
import { cryptographicErrors, operation, usingKey } from '#call/operation.ts';
import { encapsulate as encapsulateTo } from '#crypto/kem.ts';
import { privateKey, requireAlgorithm } from '#keys/material.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const encapsulate = operation({
  name: 'Encapsulate',
  keys: usingKey('ENCAPSULATE_DECAPSULATE'),
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
  errors: cryptographicErrors,
  run({ input: { EncapsulationAlgorithm }, keys: { key } }) {
    requireAlgorithm(key, EncapsulationAlgorithm);
    const { secret, ciphertext } = encapsulateTo(privateKey(key).publicKey);
    return {
      KeyId: key.arn,
      SharedSecret: secret,
      SharedSecretCiphertextBlob: ciphertext,
      EncapsulationAlgorithm,
    };
  },
});
