import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '#model/api-error.ts';
import { policyOf, readKeyPolicy } from './key-policy.ts';

const statement = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' };

test('a policy is compiled once for a record; a short one that names nobody by an id, once for all records that have it', () => {
  const record = { policy: JSON.stringify({ Statement: statement }) };
  assert.equal(policyOf(record), policyOf(record));
  assert.equal(policyOf(record), policyOf({ ...record }));
  assert.notEqual(policyOf(record), policyOf({ policy: `${record.policy} ` }));
  const long = { policy: JSON.stringify({ Id: 'long '.repeat(200), Statement: statement }) };
  assert.equal(policyOf(long), policyOf(long));
  assert.notEqual(policyOf(long), policyOf({ ...long }));
  const bound = { ...record, policyPrincipals: [['arn:aws:iam::111122223333:user/Alice', 'AIDA1']] as const };
  assert.notEqual(policyOf(bound), policyOf(record));
  assert.notEqual(policyOf(bound), policyOf({ ...bound }));
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
