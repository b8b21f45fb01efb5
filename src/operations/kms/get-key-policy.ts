/** Gives a key's policy, as it was sent, its principals by their present names. Source: AWS KMS API Reference, GetKeyPolicy. */
import { shownPolicy } from '#authorization/key-policy.ts';
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { principalNameOf } from '#identity/principal-ids.ts';
import { partitionOf } from '#model/arn.ts';
import { optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { requirePolicyName } from './policy-name.ts';

export const getKeyPolicy = operation({
  name: 'GetKeyPolicy',
  keys: keyById(),
  input: structure({ KeyId: shapes.keyId, PolicyName: optional(shapes.policyName) }),
  output: structure({ Policy: shapes.policy, PolicyName: shapes.policyName }),
  errors: managementErrors,
  async run({ input, keys: { key } }, _, { vault }) {
    const PolicyName = requirePolicyName(input.PolicyName);
    const partition = partitionOf(key.place.region);
    const Policy = await shownPolicy(key.record, (id) => principalNameOf(vault.store, id, partition));
    return { Policy, PolicyName };
  },
});
