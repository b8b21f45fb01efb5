/** Makes a replica of a multi-Region key. Source: AWS KMS API Reference, ReplicateKey. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const replicateKey = unbuilt({
  name: 'ReplicateKey',
  because: 'multi-Region keys come with issue #4',
  keys: {},
  input: structure({
    KeyId: shapes.keyId,
    ReplicaRegion: shapes.region,
    Policy: optional(shapes.policy),
    BypassPolicyLockoutSafetyCheck: optional(boolean),
    Description: optional(shapes.description),
    Tags: optional(shapes.tags),
  }),
  output: structure({
    ReplicaKeyMetadata: optional(shapes.keyMetadata),
    ReplicaPolicy: optional(shapes.policy),
    ReplicaTags: optional(shapes.tags),
  }),
});
