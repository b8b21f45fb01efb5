import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openIam } from '#test/harness/iam.ts';
import { policyOperations } from './policy-registry.ts';
import { usersAndRolesOperations } from './users-and-roles-registry.ts';

const allow = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }],
});
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' },
});
const own = 'arn:aws:iam::111122223333:policy/Own';
const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';

async function start() {
  const iam = await openIam([...usersAndRolesOperations, ...policyOperations]);
  await iam.ok('CreatePolicy', { PolicyName: 'Own', PolicyDocument: allow, Description: 'd' });
  await iam.ok('CreatePolicyVersion', { PolicyArn: own, PolicyDocument: allow });
  for (const UserName of ['Alice', 'Bob']) await iam.ok('CreateUser', { UserName });
  await iam.ok('CreateGroup', { GroupName: 'Staff' });
  await iam.ok('CreateRole', { RoleName: 'App', AssumeRolePolicyDocument: trust });
  await iam.ok('AddUserToGroup', { UserName: 'Alice', GroupName: 'Staff' });
  await iam.ok('TagUser', { UserName: 'Alice', Tags: [{ Key: 'a', Value: 'b' }] });
  await iam.ok('PutUserPolicy', { UserName: 'Alice', PolicyName: 'p', PolicyDocument: allow });
  await iam.ok('AttachUserPolicy', { UserName: 'Alice', PolicyArn: own });
  await iam.ok('PutRolePermissionsBoundary', { RoleName: 'App', PermissionsBoundary: readOnly });
  return iam;
}

test('the details of an account have everybody with all of their policies', async () => {
  const iam = await start();
  const details = await iam.ok('GetAccountAuthorizationDetails');
  const [alice, bob] = details.UserDetailList;
  assert.deepEqual([alice.UserName, alice.GroupList, alice.Tags], ['Alice', ['Staff'], [{ Key: 'a', Value: 'b' }]]);
  assert.deepEqual(alice.UserPolicyList, [
    { PolicyName: 'p', PolicyDocument: encodeURIComponent(allow).replace('*', '%2A').replace('*', '%2A') },
  ]);
  assert.deepEqual(alice.AttachedManagedPolicies, [{ PolicyName: 'Own', PolicyArn: own }]);
  assert.deepEqual([bob.UserPolicyList, bob.GroupList, bob.AttachedManagedPolicies], [[], [], []]);
  const [staff] = details.GroupDetailList;
  assert.deepEqual([staff.GroupName, staff.GroupPolicyList, staff.AttachedManagedPolicies], ['Staff', [], []]);
  const [app] = details.RoleDetailList;
  assert.equal(decodeURIComponent(app.AssumeRolePolicyDocument), trust);
  assert.equal(app.PermissionsBoundary.PermissionsBoundaryArn, readOnly);
  assert.deepEqual(app.InstanceProfileList, []);
  // Of AWS's policies, those that are in use.
  const [policy, ofAws] = details.Policies;
  assert.equal(details.Policies.length, 2);
  assert.deepEqual([policy.Arn, policy.Description, policy.AttachmentCount], [own, 'd', 1]);
  assert.deepEqual(
    policy.PolicyVersionList.map(({ VersionId }: { VersionId: string }) => VersionId),
    ['v2', 'v1'],
  );
  assert.equal(decodeURIComponent(policy.PolicyVersionList[0].Document), allow);
  assert.deepEqual([ofAws.Arn, ofAws.PermissionsBoundaryUsageCount], [readOnly, 1]);
  assert.equal(details.IsTruncated, false);
});

test('a filter leaves out what it does not name', async () => {
  const iam = await start();
  const counts = async (Filter: string[]) => {
    const found = await iam.ok('GetAccountAuthorizationDetails', { Filter });
    return [found.UserDetailList, found.GroupDetailList, found.RoleDetailList, found.Policies].map((one) => one.length);
  };
  assert.deepEqual(await counts(['User']), [2, 0, 0, 0]);
  assert.deepEqual(await counts(['Group', 'Role']), [0, 1, 1, 0]);
  assert.deepEqual(await counts(['LocalManagedPolicy']), [0, 0, 0, 1]);
  assert.deepEqual(await counts(['AWSManagedPolicy']), [0, 0, 0, 1]);
  assert.deepEqual(await counts([]), [2, 1, 1, 2]);
});

test('pages of any size go through all of it once', async () => {
  const iam = await start();
  const names = (page: Record<string, readonly Record<string, string>[]>) =>
    ['UserDetailList', 'GroupDetailList', 'RoleDetailList', 'Policies'].flatMap((list) =>
      (page[list] ?? []).map((one) => one['Arn']),
    );
  const whole = names(await iam.ok('GetAccountAuthorizationDetails'));
  assert.equal(whole.length, 6);
  for (const MaxItems of [1, 2, 3, 4, 5]) {
    const found: unknown[] = [];
    for (let marker: object = {}; ; ) {
      const page = await iam.ok('GetAccountAuthorizationDetails', { MaxItems, ...marker });
      found.push(...names(page));
      if (!page.IsTruncated) break;
      marker = { Marker: page.Marker };
    }
    assert.deepEqual(found, whole);
  }
});
