import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '#model/api-error.ts';
import { policyOf, readKeyPolicy } from './key-policy.ts';

const statement = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' };

test('a policy is compiled once for a record, and anew for the next', () => {
  const record = { policy: JSON.stringify({ Statement: statement }) };
  assert.equal(policyOf(record), policyOf(record));
  assert.notEqual(policyOf(record), policyOf({ ...record }));
});

test('a stored policy that cannot be read is an internal failure, each time, and never a permission', async () => {
  const record = { policy: '{"Statement":[]}' };
  for (let i = 0; i < 2; i++) {
    assert.throws(
      () => policyOf(record),
      (error) => error instanceof Error && !(error instanceof ApiError),
    );
  }
  await assert.rejects(
    readKeyPolicy(record.policy, async () => undefined),
    ApiError,
  );
});
