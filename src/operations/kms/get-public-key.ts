/** Gives the public key of an asymmetric key. Source: AWS KMS API Reference, GetPublicKey. */
import { cryptographicErrors, operation } from '#call/operation.ts';
import { specRow } from '#crypto/specs.ts';
import { unlessEndingOrBeginning } from '#keys/states.ts';
import { invalidState, unsupported } from '#model/errors.ts';
import { list, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { algorithmLists, keyMetadata } from './key-metadata.ts';

export const getPublicKey = operation({
  name: 'GetPublicKey',
  keys: {
    key: { source: { from: 'identifier', member: 'KeyId' }, states: unlessEndingOrBeginning, crossAccount: true },
  },
  input: structure({ KeyId: shapes.keyId, GrantTokens: optional(shapes.grantTokens) }),
  output: structure({
    KeyId: shapes.keyId,
    PublicKey: shapes.publicKey,
    CustomerMasterKeySpec: optional(shapes.customerMasterKeySpec),
    KeySpec: optional(shapes.keySpec),
    KeyUsage: optional(shapes.keyUsage),
    EncryptionAlgorithms: optional(list(shapes.encryptionAlgorithm)),
    SigningAlgorithms: optional(list(shapes.signingAlgorithm)),
    KeyAgreementAlgorithms: optional(list(shapes.keyAgreementAlgorithm)),
    EncapsulationAlgorithms: optional(list(shapes.encapsulationAlgorithm)),
  }),
  errors: [
    ...cryptographicErrors.filter((name) => name !== 'DryRunOperationException'),
    'InvalidArnException',
    'UnsupportedOperationException',
  ],
  run({ keys: { key } }) {
    const { publicKey, spec } = key.record;
    if (specRow(spec).form !== 'private-key') throw unsupported('');
    // Known from the first import on, also while the private key is not there.
    // Diverges: public-key-before-import
    if (publicKey === undefined) throw invalidState(key.arn, 'pending import');
    const { CustomerMasterKeySpec, KeySpec, KeyUsage } = keyMetadata(key);
    const described = { CustomerMasterKeySpec, KeySpec, KeyUsage, ...algorithmLists(key.record) };
    return { KeyId: key.arn, PublicKey: Buffer.from(publicKey, 'base64'), ...described };
  },
});
