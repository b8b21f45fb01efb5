/** Replaces a key's policy. Source: AWS KMS API Reference, PutKeyPolicy. */
import { requireNoLockout } from '#authorization/decide.ts';
import { readKeyPolicy } from '#authorization/key-policy.ts';
import { contextOf } from '#call/context.ts';
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
  async run(call, keyring) {
    const { input, caller } = call;
    const { key } = call.keys;
    requirePolicyName(input.PolicyName);
    const policy = readKeyPolicy(input.Policy);
    if (input.BypassPolicyLockoutSafetyCheck !== true) {
      const context = contextOf({ call, nowMs: keyring.vault.clock.now(), key });
      requireNoLockout({ caller, context }, key, policy);
    }
    await changeKey(keyring, key, (record) => ({ ...record, policy: input.Policy }));
    return {};
  },
});
