/** Makes a replica of a multi-Region key in another Region. Source: AWS KMS API Reference, ReplicateKey. */
import { keyById, operation } from '#call/operation.ts';
import { replicateKey as replicate, requirePrimary, requireReplicaRegion } from '#keys/related.ts';
import { requireServed } from '#keys/served-specs.ts';
import { whenReplicable } from '#keys/states.ts';
import { parseRegion } from '#model/arn.ts';
import { optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { keyMetadata } from './key-metadata.ts';
import { ownMembers, readOwnProperties } from './own-properties.ts';

export const replicateKey = operation({
  name: 'ReplicateKey',
  keys: keyById(whenReplicable),
  input: structure({ KeyId: shapes.keyId, ReplicaRegion: shapes.region, ...ownMembers }),
  output: structure({
    ReplicaKeyMetadata: optional(shapes.keyMetadata),
    ReplicaPolicy: optional(shapes.policy),
    ReplicaTags: optional(shapes.tags),
  }),
  errors: [
    'AlreadyExistsException',
    'DisabledException',
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'LimitExceededException',
    'MalformedPolicyDocumentException',
    'NotFoundException',
    'TagException',
    'UnsupportedOperationException',
  ],
  asks({ ReplicaRegion, Tags }, place, { key }) {
    const elsewhere = { region: parseRegion(ReplicaRegion) ?? place.region, replicaOf: key };
    const actions = ['kms:CreateKey', ...(Tags === undefined ? [] : ['kms:TagResource'])];
    return actions.map((action) => ({ action, resource: '*', elsewhere }));
  },
  async run(call, keyring, identities) {
    const { input, keys, place } = call;
    const { key } = keys;
    requirePrimary(key.record, key.arn);
    const region = requireReplicaRegion(keyring, key, input.ReplicaRegion);
    requireServed(keyring, key.record.spec, region);
    const toBe = { place: { ...place, region }, keyId: key.keyId, replicaOf: key };
    const own = await readOwnProperties(call, toBe, { keyring, identities });
    const replica = await replicate(keyring, key, region, own);
    const ReplicaTags = own.tags.map(([TagKey, TagValue]) => ({ TagKey, TagValue }));
    return {
      // Diverges: replica-creating
      ReplicaKeyMetadata: {
        ...keyMetadata(replica),
        Enabled: false,
        KeyState: 'Creating' as const,
        CurrentKeyMaterialId: undefined,
      },
      ReplicaPolicy: own.policy,
      ReplicaTags: ReplicaTags.length === 0 ? undefined : ReplicaTags,
    };
  },
});
