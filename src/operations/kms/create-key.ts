/** Makes a key. Source: AWS KMS API Reference, CreateKey. */
import { requireNoLockout } from '#authorization/decide.ts';
import { keyContextOf } from '#call/key-context.ts';
import { operation } from '#call/operation.ts';
import { keySpecs } from '#crypto/specs.ts';
import { createKey as createKeyIn } from '#keys/create.ts';
import { requireOwnTags, withTags } from '#keys/tags.ts';
import { type KeyId, keyArn, rootArn } from '#model/arn.ts';
import { invalid, unsupported } from '#model/errors.ts';
import { boolean, optional, type Structure, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { keyMetadata } from './key-metadata.ts';
import { readPolicy } from './read-policy.ts';

const input = structure({
  Policy: optional(shapes.policy),
  Description: optional(shapes.description),
  KeyUsage: optional(shapes.keyUsage),
  CustomerMasterKeySpec: optional(shapes.customerMasterKeySpec),
  KeySpec: optional(shapes.keySpec),
  Origin: optional(shapes.origin),
  CustomKeyStoreId: optional(shapes.customKeyStoreId),
  BypassPolicyLockoutSafetyCheck: optional(boolean),
  Tags: optional(shapes.tags),
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
    const { input, caller, place } = call;
    const { spec, usage } = readSpec(input);
    refuseUnbuilt(input);
    const tags = (input.Tags ?? []).map(({ TagKey, TagValue }) => [TagKey, TagValue] as const);
    requireOwnTags(tags.map(([key]) => key));
    const policy = input.Policy ?? defaultPolicy(rootArn(place));
    const { policy: compiled, principals } = await readPolicy(policy, place, identities);
    if (input.Policy !== undefined && input.BypassPolicyLockoutSafetyCheck !== true) {
      const context = keyContextOf({ call, nowMs: keyring.vault.clock.now() });
      requireNoLockout({ caller, context }, { place, arn: keyArn(place, keyToBe) }, compiled);
    }
    const key = await createKeyIn(keyring, place, {
      description: input.Description ?? '',
      spec,
      usage,
      policy,
      policyPrincipals: principals,
      tags: withTags([], tags),
    });
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
  const row = keySpecs.get(spec);
  if (row?.form !== 'envelope') throw unsupported(`KeySpec ${spec} is not supported yet; it comes with issue #4.`);
  if (!row.usages.includes(usage)) throw invalid(`KeyUsage ${usage} is not compatible with KeySpec ${spec}`);
  return { spec, usage };
}

function refuseUnbuilt(wish: Wish): void {
  if (wish.CustomKeyStoreId !== undefined || wish.XksKeyId !== undefined) {
    throw unsupported('Custom key stores are not supported yet.');
  }
  if (wish.Origin !== undefined && wish.Origin !== 'AWS_KMS') {
    throw unsupported(`Origin ${wish.Origin} is not supported yet; imported key material comes with issue #4.`);
  }
  if (wish.MultiRegion === true) throw unsupported('Multi-Region keys are not supported yet; they come with issue #4.');
}

/** AWS KMS Developer Guide, Default key policy: the account decides, by its IAM policies. */
function defaultPolicy(accountRoot: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Id: 'key-default-1',
    Statement: [
      {
        Sid: 'Enable IAM User Permissions',
        Effect: 'Allow',
        Principal: { AWS: accountRoot },
        Action: 'kms:*',
        Resource: '*',
      },
    ],
  });
}
