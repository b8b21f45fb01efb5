/**
 * Opens an encapsulated shared secret (ML-KEM). A ciphertext that was altered, or made for another key, gives a secret
 * that nobody else has, and no error: FIPS 203 section 6.3. Source: AWS KMS API Reference, Decapsulate.
 */
import { cryptographicErrors, operation, usingKey } from '#call/operation.ts';
import { decapsulate as decapsulateWith } from '#crypto/kem.ts';
import { privateKey, requireAlgorithm } from '#keys/material.ts';
import { invalidCiphertext } from '#model/errors.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const decapsulate = operation({
  name: 'Decapsulate',
  keys: usingKey('ENCAPSULATE_DECAPSULATE'),
  input: structure({
    KeyId: shapes.keyId,
    SharedSecretCiphertextBlob: shapes.ciphertext,
    EncapsulationAlgorithm: shapes.encapsulationAlgorithm,
    GrantTokens: optional(shapes.grantTokens),
    DryRun: optional(boolean),
  }),
  output: structure({
    KeyId: optional(shapes.keyId),
    SharedSecret: optional(shapes.plaintext),
    EncapsulationAlgorithm: optional(shapes.encapsulationAlgorithm),
  }),
  errors: [...cryptographicErrors, 'InvalidCiphertextException'],
  run({ input: { SharedSecretCiphertextBlob, EncapsulationAlgorithm }, keys: { key } }) {
    requireAlgorithm(key, EncapsulationAlgorithm);
    const SharedSecret = decapsulateWith(privateKey(key).key, SharedSecretCiphertextBlob);
    if (SharedSecret === undefined) throw invalidCiphertext('not of the length that the key makes');
    return { KeyId: key.arn, SharedSecret, EncapsulationAlgorithm };
  },
});
