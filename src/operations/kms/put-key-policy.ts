/**
 * Replaces a key's policy. Source: AWS KMS API Reference, PutKeyPolicy. The document is checked for its form; who it names
 * and the lockout check come with issue #3, which also puts policies in force.
 */
import { parsePolicy } from '#authorization/policy-form.ts';
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { changeKey } from '#keys/keyring.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { requirePolicyName } from './policy-name.ts';

export const putKeyPolicy = operation({
  name: 'PutKeyPolicy',
  keys: keyById(),
  input: structure({
    KeyId: shapes.keyId,
    PolicyName: optional(shapes.policyName),
    Policy: shapes.policy,
    BypassPolicyLockoutSafetyCheck: optional(boolean),
  }),
  errors: [
    ...managementErrors,
    'LimitExceededException',
    'MalformedPolicyDocumentException',
    'UnsupportedOperationException',
  ],
  async run({ input, keys: { key } }, keyring) {
    requirePolicyName(input.PolicyName);
    // Diverges: policy-not-enforced
    const policy = parsePolicy(input.Policy);
    await changeKey(keyring, key, (record) => ({ ...record, policy }));
    return {};
  },
});
