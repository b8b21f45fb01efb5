import assert from 'node:assert/strict';
import { test } from 'node:test';
import { denialText, type PolicyType, type Refusal } from './verdict.ts';

const denied = { callerArn: 'arn:aws:iam::111122223333:user/bob', action: 'kms:Decrypt', resource: '*' };
const refusal = (because: PolicyType, more: Partial<Refusal> = {}): Refusal => ({
  isAllowed: false,
  because,
  isExplicit: false,
  statement: undefined,
  isCrossAccount: false,
  ...more,
});
const subject = 'User: arn:aws:iam::111122223333:user/bob is not authorized to perform: kms:Decrypt on';

test('a refusal says who, what, where and which type of policy', () => {
  for (const [because, isExplicit, reason] of [
    ['identity-based policy', false, 'because no identity-based policy allows the kms:Decrypt action'],
    ['resource-based policy', false, 'because no resource-based policy allows the kms:Decrypt action'],
    ['permissions boundary', false, 'because no permissions boundary allows the kms:Decrypt action'],
    ['session policy', false, 'because no session policy allows the kms:Decrypt action'],
    ['service control policy', false, 'because no service control policy allows the kms:Decrypt action'],
    ['VPC endpoint policy', false, 'because no VPC endpoint policy allows the kms:Decrypt action'],
    ['identity-based policy', true, 'with an explicit deny in an identity-based policy'],
    ['resource-based policy', true, 'with an explicit deny in a resource-based policy'],
    ['permissions boundary', true, 'with an explicit deny in a permissions boundary'],
    ['session policy', true, 'with an explicit deny in a session policy'],
    ['service control policy', true, 'with an explicit deny in a service control policy'],
    ['resource control policy', true, 'with an explicit deny in a resource control policy'],
    ['VPC endpoint policy', true, 'with an explicit deny in a VPC endpoint policy'],
  ] as const) {
    assert.equal(denialText(refusal(because, { isExplicit }), denied), `${subject} resource: * ${reason}`);
  }
});

test('a stranger is not told why', () => {
  for (const because of ['resource-based policy', 'identity-based policy'] as const) {
    assert.equal(denialText(refusal(because, { isCrossAccount: true }), denied), `${subject} resource: *`);
  }
});

test('who holds a ciphertext is not told which key it needs', () => {
  const text = (one: Refusal) => denialText(one, { ...denied, resource: undefined });
  const place = `${subject} the resource associated with this ciphertext`;
  const hidden = `${place} because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`;
  assert.equal(text(refusal('resource-based policy')), hidden);
  assert.equal(text(refusal('resource-based policy', { isExplicit: true })), hidden);
  assert.equal(text(refusal('identity-based policy', { isCrossAccount: true })), hidden);
  assert.equal(
    text(refusal('identity-based policy')),
    `${place} because no identity-based policy allows the kms:Decrypt action`,
  );
});
