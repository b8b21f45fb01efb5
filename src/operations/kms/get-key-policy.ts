/** Gives a key's policy, as it was sent. Source: AWS KMS API Reference, GetKeyPolicy. */
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { requirePolicyName } from './policy-name.ts';

export const getKeyPolicy = operation({
  name: 'GetKeyPolicy',
  keys: keyById(),
  input: structure({ KeyId: shapes.keyId, PolicyName: optional(shapes.policyName) }),
  output: structure({ Policy: shapes.policy, PolicyName: shapes.policyName }),
  errors: managementErrors,
  run({ input, keys: { key } }) {
    return { Policy: key.record.policy, PolicyName: requirePolicyName(input.PolicyName) };
  },
});
