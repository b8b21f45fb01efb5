/** Makes a key. Source: AWS KMS API Reference, CreateKey. */
import { operation } from '#call/operation.ts';
import { keySpecs } from '#crypto/specs.ts';
import { createKey as createKeyIn } from '#keys/create.ts';
import { requireServed } from '#keys/served-specs.ts';
import type { KeyId } from '#model/arn.ts';
import { invalid, noCustomKeyStores, unsupported } from '#model/errors.ts';
import { boolean, optional, type Structure, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { keyMetadata } from './key-metadata.ts';
import { ownMembers, readOwnProperties } from './own-properties.ts';

const input = structure({
  ...ownMembers,
  KeyUsage: optional(shapes.keyUsage),
  CustomerMasterKeySpec: optional(shapes.customerMasterKeySpec),
  KeySpec: optional(shapes.keySpec),
  Origin: optional(shapes.origin),
  CustomKeyStoreId: optional(shapes.customKeyStoreId),
  MultiRegion: optional(boolean),
  XksKeyId: optional(shapes.xksKeyId),
});

type Wish = Structure<(typeof input)['members']>;

export const createKey = operation({
  name: 'CreateKey',
  keys: {},
  input,
  output: structure({ KeyMetadata: shapes.keyMetadata }),
  errors: [
    'InvalidArnException',
    'KMSInternalException',
    'LimitExceededException',
    'MalformedPolicyDocumentException',
    'TagException',
    'UnsupportedOperationException',
  ],
  asks: ({ Tags }) => [
    { resource: '*' },
    ...(Tags === undefined ? [] : [{ action: 'kms:TagResource', resource: '*' }]),
  ],
  async run(call, keyring, identities) {
    const { input, place } = call;
    const { spec, usage } = readSpec(input);
    requireServed(keyring, spec, place.region);
    const origin = readOrigin(input, spec);
    const own = await readOwnProperties(call, { place, keyId: keyToBe }, { keyring, identities });
    const isMultiRegion = input.MultiRegion === true;
    const wanted = { ...own, spec, usage, origin, isMultiRegion };
    const key = await createKeyIn(keyring, place, wanted, call.confirm);
    call.findings.keys = { created: key };
    return { KeyMetadata: keyMetadata(key) };
  },
});

/** Stands for the id that the new key will have, which no policy can name yet. */
const keyToBe = '00000000-0000-0000-0000-000000000000' as KeyId;

/** What kind of key is wanted. Throws ValidationException for what does not go together. */
function readSpec(wish: Wish): { readonly spec: string; readonly usage: string } {
  if (wish.KeySpec !== undefined && wish.CustomerMasterKeySpec !== undefined) {
    throw invalid(
      'You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is deprecated.',
    );
  }
  const spec = wish.KeySpec ?? wish.CustomerMasterKeySpec ?? 'SYMMETRIC_DEFAULT';
  if (spec !== 'SYMMETRIC_DEFAULT' && wish.KeyUsage === undefined) {
    throw invalid('You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.');
  }
  const usage = wish.KeyUsage ?? 'ENCRYPT_DECRYPT';
  if (keySpecs.get(spec)?.usages.includes(usage) !== true)
    throw invalid(`KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  return { spec, usage };
}

/** Where the material comes from. Throws UnsupportedOperationException. */
function readOrigin(wish: Wish, spec: string): 'AWS_KMS' | 'EXTERNAL' {
  const { Origin: origin = 'AWS_KMS' } = wish;
  const isOfKeyStore = origin !== 'AWS_KMS' && origin !== 'EXTERNAL';
  if (wish.CustomKeyStoreId !== undefined || wish.XksKeyId !== undefined || isOfKeyStore) {
    throw noCustomKeyStores();
  }
  if (origin === 'EXTERNAL' && keySpecs.get(spec)?.canBeImported !== true) {
    // Diverges: import-refusal-texts
    throw unsupported(`Key material of KeySpec ${spec} cannot be imported.`);
  }
  return origin;
}
