/** Replaces a key's policy. Source: AWS KMS API Reference, PutKeyPolicy. */
import { requireNoLockout } from '#authorization/decide.ts';
import { keyContextOf } from '#call/key-context.ts';
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { changeKey } from '#keys/keyring.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { requirePolicyName } from './policy-name.ts';
import { readPolicy } from './read-policy.ts';

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
  async run(call, keyring, identities) {
    const { input, caller } = call;
    const { key } = call.keys;
    requirePolicyName(input.PolicyName);
    const { policy, principals } = await readPolicy(input.Policy, call.place, identities);
    if (input.BypassPolicyLockoutSafetyCheck !== true) {
      const context = keyContextOf({ call, nowMs: keyring.vault.clock.now(), key });
      requireNoLockout({ caller, context }, key, policy);
    }
    await changeKey(keyring, key, (record) => ({ ...record, policy: input.Policy, policyPrincipals: principals }));
    return {};
  },
});
