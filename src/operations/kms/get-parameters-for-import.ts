/** Gives what is needed to wrap key material for import. Source: AWS KMS API Reference, GetParametersForImport. */
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { canWrap } from '#crypto/import-parameters.ts';
import { makeImportTicket } from '#keys/import-tokens.ts';
import { requireServed } from '#keys/served-specs.ts';
import { whenImportable } from '#keys/states.ts';
import { unsupported, wrongOrigin } from '#model/errors.ts';
import { enumeration, structure, timestamp } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const getParametersForImport = operation({
  name: 'GetParametersForImport',
  keys: keyById(whenImportable),
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
    KeyId: shapes.keyId,
    ImportToken: shapes.ciphertext,
    PublicKey: shapes.publicKey,
    ParametersValidTo: timestamp,
  }),
  errors: [...managementErrors, 'UnsupportedOperationException'],
  async run({ input, keys: { key } }, keyring) {
    const { WrappingAlgorithm: algorithm, WrappingKeySpec: wrappingKeySpec } = input;
    const { origin, spec } = key.record;
    if (origin !== 'EXTERNAL') throw wrongOrigin(key.arn, origin);
    requireServed(keyring, wrappingKeySpec, key.place.region);
    // Diverges: import-refusal-texts
    if (algorithm === 'RSAES_PKCS1_V1_5') {
      throw unsupported(
        'RSAES_PKCS1_V1_5 is no longer supported. Choose RSAES_OAEP_SHA_256, or RSA_AES_KEY_WRAP_SHA_256.',
      );
    }
    if (!canWrap(spec, algorithm, wrappingKeySpec)) {
      throw unsupported(`Key material of ${spec} cannot be wrapped by ${algorithm} under ${wrappingKeySpec}.`);
    }
    const { token, publicKey, validToMs } = await makeImportTicket(keyring, key, { algorithm, wrappingKeySpec });
    return { KeyId: key.arn, ImportToken: token, PublicKey: publicKey, ParametersValidTo: validToMs };
  },
});
