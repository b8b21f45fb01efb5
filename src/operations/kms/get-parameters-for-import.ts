/** Gives what is needed to wrap key material for import. Source: AWS KMS API Reference, GetParametersForImport. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { enumeration, optional, structure, timestamp } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const getParametersForImport = unbuilt({
  name: 'GetParametersForImport',
  because: 'imported key material comes with issue #4',
  keys: {},
  input: structure({
    KeyId: shapes.keyId,
    WrappingAlgorithm: enumeration([
      'RSAES_PKCS1_V1_5',
      'RSAES_OAEP_SHA_1',
      'RSAES_OAEP_SHA_256',
      'RSA_AES_KEY_WRAP_SHA_1',
      'RSA_AES_KEY_WRAP_SHA_256',
      'SM2PKE',
    ]),
    WrappingKeySpec: enumeration(['RSA_2048', 'RSA_3072', 'RSA_4096', 'SM2']),
  }),
  output: structure({
    KeyId: optional(shapes.keyId),
    ImportToken: optional(shapes.ciphertext),
    PublicKey: optional(shapes.plaintext),
    ParametersValidTo: optional(timestamp),
  }),
});
