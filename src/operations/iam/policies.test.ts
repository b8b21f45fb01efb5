import assert from 'node:assert/strict';
import { test } from 'node:test';
import { assertIndexes, type Iam, openIam } from '#test/harness/iam.ts';
import { policyOperations } from './policy-registry.ts';
import { usersAndRolesOperations } from './users-and-roles-registry.ts';

const start = () => openIam([...usersAndRolesOperations, ...policyOperations]);
const allow = (action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });
const PolicyDocument = allow('kms:*');
const arnOf = (name: string, path = '/') => `arn:aws:iam::111122223333:policy${path}${name}`;
const ofAws = 'arn:aws:iam::aws:policy/AdministratorAccess';

interface Policy {
  readonly AttachmentCount: number;
  readonly PermissionsBoundaryUsageCount: number;
}

const create = async (iam: Iam, PolicyName: string, more: object = {}) =>
  (await iam.ok('CreatePolicy', { PolicyName, PolicyDocument, ...more })).Policy;
const said = async (refusal: ReturnType<Iam['refused']>) => {
  const { name, message } = await refusal;
  return `${name}: ${message}`;
};

test('a policy is made with path, description and tags, and GetPolicy shows all of it', async () => {
  const iam = await start();
  const Tags = [{ Key: 'team', Value: 'payments' }];
  const Policy = await create(iam, 'Read', { Path: '/team/', Description: 'Reading', Tags });
  assert.match(Policy.PolicyId, /^ANPA[A-Z2-7]{17}$/);
  const now = iam.clock.now() / 1000;
  assert.deepEqual(Policy, {
    PolicyName: 'Read',
    PolicyId: Policy.PolicyId,
    Arn: arnOf('Read', '/team/'),
    Path: '/team/',
    DefaultVersionId: 'v1',
    AttachmentCount: 0,
    PermissionsBoundaryUsageCount: 0,
    IsAttachable: true,
    Description: 'Reading',
    CreateDate: now,
    UpdateDate: now,
    Tags,
  });
  assert.deepEqual(await iam.ok('GetPolicy', { PolicyArn: Policy.Arn }), { Policy });
});

test('the document of a version comes back as it was sent, percent-encoded, plus signs and quotes too', async () => {
  const iam = await start();
  const document = `{ "Version": "2012-10-17",\n "Statement": { "Effect": "Allow", "Action": "kms:*", "Resource": "*",
    "Condition": { "StringLike": { "aws:userid": "a+b c'(!)*é" } } } }`;
  await create(iam, 'Odd', { PolicyDocument: document });
  const { PolicyVersion } = await iam.ok('GetPolicyVersion', { PolicyArn: arnOf('Odd'), VersionId: 'v1' });
  assert.match(PolicyVersion.Document, /^[\w.~%-]+$/);
  assert.equal(decodeURIComponent(PolicyVersion.Document), document);
});

test('names that differ in case only are one name, whatever the path', async () => {
  const iam = await start();
  await create(iam, 'Read');
  assert.equal(
    await said(iam.refused('CreatePolicy', { PolicyName: 'READ', Path: '/p/', PolicyDocument })),
    'EntityAlreadyExists: A policy called READ already exists. Duplicate names are not allowed.',
  );
});

test('a policy is found by its exact ARN alone', async () => {
  const iam = await start();
  await create(iam, 'Read', { Path: '/p/' });
  for (const PolicyArn of [
    arnOf('Read'),
    arnOf('read', '/p/'),
    arnOf('Read', '/P/'),
    'arn:aws:iam::444455556666:policy/p/Read',
    'arn:aws-cn:iam::111122223333:policy/p/Read',
    'arn:aws:iam::aws:policy/NoSuchPolicy',
  ]) {
    assert.equal(
      await said(iam.refused('GetPolicy', { PolicyArn })),
      `NoSuchEntity: Policy ${PolicyArn} was not found.`,
    );
  }
  const PolicyArn = 'arn:aws:iam::111122223333:user/Read';
  assert.equal(await said(iam.refused('GetPolicy', { PolicyArn })), `InvalidInput: ARN ${PolicyArn} is not valid.`);
});

test('a document that is no policy is refused with what is wrong with it', async () => {
  const iam = await start();
  await create(iam, 'Read');
  const bad = [
    ['{', /./],
    ['{"Version":"2012-10-17","Statement":[]}', /The policy has no Statement/],
    [allow('kms:*').replace('"Action"', '"Principal":"*","Action"'), /should not specify a principal/],
    [allow('everything'), /service:name/],
  ] as const;
  for (const [document, problem] of bad) {
    for (const [name, input] of [
      ['CreatePolicy', { PolicyName: 'Bad' }],
      ['CreatePolicyVersion', { PolicyArn: arnOf('Read') }],
    ] as const) {
      const error = await iam.refused(name, { ...input, PolicyDocument: document });
      assert.equal(error.name, 'MalformedPolicyDocument');
      assert.match(error.message, problem);
    }
  }
});

test('a managed policy has 6144 characters at most, white space not counted', async () => {
  const iam = await start();
  const ofSize = (size: number) => {
    const bare = allow('kms:');
    return allow(`kms:${'a'.repeat(size - bare.length)}`);
  };
  await create(iam, 'Full', { PolicyDocument: ofSize(6144).replaceAll(',', ' ,\r\n\t') });
  const refusal = 'LimitExceeded: Cannot exceed quota for PolicySize: 6144';
  const PolicyDocument = ofSize(6145);
  assert.equal(await said(iam.refused('CreatePolicy', { PolicyName: 'Over', PolicyDocument })), refusal);
  assert.equal(await said(iam.refused('CreatePolicyVersion', { PolicyArn: arnOf('Full'), PolicyDocument })), refusal);
});

test('an account has 1500 policies at most, those of AWS not counted', async () => {
  const iam = await start();
  await create(iam, 'P0');
  await iam.identities.vault.store.write(async (transaction) => {
    const record = await transaction.get('policies', ['111122223333', 'p0']);
    assert(record !== undefined);
    for (let n = 1; n < 1500; n++) transaction.put('policies', ['111122223333', `p${n}`], { ...record, name: `P${n}` });
  });
  assert.equal(
    await said(iam.refused('CreatePolicy', { PolicyName: 'Last', PolicyDocument })),
    'LimitExceeded: Cannot exceed quota for PoliciesPerAccount: 1500',
  );
});

test('versions count up and their numbers are never used again; at most five are kept', async () => {
  const iam = await start();
  const { Arn: PolicyArn } = await create(iam, 'Read');
  iam.clock.advance(1000);
  const next = (more: object = {}) => iam.ok('CreatePolicyVersion', { PolicyArn, PolicyDocument, ...more });
  const { PolicyVersion } = await next();
  assert.deepEqual(PolicyVersion, { VersionId: 'v2', IsDefaultVersion: false, CreateDate: iam.clock.now() / 1000 });
  assert.equal((await iam.ok('GetPolicy', { PolicyArn })).Policy.UpdateDate, iam.clock.now() / 1000);
  assert.equal((await next({ SetAsDefault: true })).PolicyVersion.IsDefaultVersion, true);
  await iam.ok('DeletePolicyVersion', { PolicyArn, VersionId: 'v2' });
  assert.equal((await next()).PolicyVersion.VersionId, 'v4');
  await next();
  await next();
  assert.equal(
    await said(iam.refused('CreatePolicyVersion', { PolicyArn, PolicyDocument })),
    'LimitExceeded: A managed policy can have up to 5 versions. Before you create a new version, you must delete an existing version.',
  );
  const first = await iam.ok('ListPolicyVersions', { PolicyArn, MaxItems: 2 });
  const second = await iam.ok('ListPolicyVersions', { PolicyArn, MaxItems: 3, Marker: first.Marker });
  const versions = [...first.Versions, ...second.Versions];
  assert.deepEqual(
    versions.map(({ VersionId, IsDefaultVersion }) => `${VersionId} ${IsDefaultVersion}`),
    ['v6 false', 'v5 false', 'v4 false', 'v3 true', 'v1 false'],
  );
  assert.equal(second.IsTruncated, false);
});

test('the default version can be changed, and cannot be deleted', async () => {
  const iam = await start();
  const { Arn: PolicyArn } = await create(iam, 'Read');
  await iam.ok('CreatePolicyVersion', { PolicyArn, PolicyDocument: allow('kms:Encrypt') });
  assert.equal(
    await said(iam.refused('DeletePolicyVersion', { PolicyArn, VersionId: 'v1' })),
    'DeleteConflict: Cannot delete the default version of a policy.',
  );
  await iam.ok('SetDefaultPolicyVersion', { PolicyArn, VersionId: 'v2' });
  await iam.ok('DeletePolicyVersion', { PolicyArn, VersionId: 'v1' });
  const missing = `NoSuchEntity: Policy ${PolicyArn} version v1 does not exist or is not attachable.`;
  for (const name of ['GetPolicyVersion', 'DeletePolicyVersion', 'SetDefaultPolicyVersion']) {
    assert.equal(await said(iam.refused(name, { PolicyArn, VersionId: 'v1' })), missing);
  }
});

test('a new default version is in force for the next request', async () => {
  const iam = await start();
  const { Arn: PolicyArn } = await create(iam, 'Read');
  await iam.ok('CreateUser', { UserName: 'Alice' });
  await iam.ok('AttachUserPolicy', { UserName: 'Alice', PolicyArn });
  const documents = async () => (await iam.caller('Alice')).policies.identity.map(({ document }) => document);
  assert.deepEqual(await documents(), [PolicyDocument]);
  await iam.ok('CreatePolicyVersion', { PolicyArn, PolicyDocument: allow('kms:Encrypt'), SetAsDefault: true });
  assert.deepEqual(await documents(), [allow('kms:Encrypt')]);
});

test('a policy in use is not deleted, nor one with versions besides the default one', async () => {
  const iam = await start();
  const { Arn: PolicyArn } = await create(iam, 'Read');
  await iam.ok('CreateUser', { UserName: 'Alice' });
  await iam.ok('CreateGroup', { GroupName: 'Staff' });
  const conflict = (problem: string) => `DeleteConflict: ${problem}`;
  const attached = conflict('Cannot delete a policy attached to entities.');

  await iam.ok('AttachGroupPolicy', { GroupName: 'Staff', PolicyArn });
  assert.equal(await said(iam.refused('DeletePolicy', { PolicyArn })), attached);
  await iam.ok('DetachGroupPolicy', { GroupName: 'Staff', PolicyArn });

  await iam.ok('PutUserPermissionsBoundary', { UserName: 'Alice', PermissionsBoundary: PolicyArn });
  assert.equal(
    await said(iam.refused('DeletePolicy', { PolicyArn })),
    conflict('Cannot delete a policy that is used as a permissions boundary.'),
  );
  await iam.ok('DeleteUserPermissionsBoundary', { UserName: 'Alice' });

  await iam.ok('CreatePolicyVersion', { PolicyArn, PolicyDocument, SetAsDefault: true });
  assert.match(
    await said(iam.refused('DeletePolicy', { PolicyArn })),
    /^DeleteConflict: This policy has more than one/,
  );
  await iam.ok('DeletePolicyVersion', { PolicyArn, VersionId: 'v1' });
  await iam.ok('DeletePolicy', { PolicyArn });
  assert.equal((await iam.refused('GetPolicy', { PolicyArn })).name, 'NoSuchEntity');
});

test("AWS's policies can be read and used, and not changed", async () => {
  const iam = await start();
  const { Policy } = await iam.ok('GetPolicy', { PolicyArn: ofAws });
  assert.deepEqual(
    [Policy.PolicyName, Policy.DefaultVersionId, Policy.IsAttachable],
    ['AdministratorAccess', 'v1', true],
  );
  const { PolicyVersion } = await iam.ok('GetPolicyVersion', { PolicyArn: ofAws, VersionId: 'v1' });
  assert.equal(JSON.parse(decodeURIComponent(PolicyVersion.Document)).Statement[0].Action, '*');
  const unchangeable = `InvalidInput: Policy ${ofAws} is managed by AWS and cannot be changed.`;
  for (const [name, input] of [
    ['DeletePolicy', {}],
    ['CreatePolicyVersion', { PolicyDocument }],
    ['DeletePolicyVersion', { VersionId: 'v1' }],
    ['SetDefaultPolicyVersion', { VersionId: 'v1' }],
    ['TagPolicy', { Tags: [{ Key: 'a', Value: 'b' }] }],
    ['UntagPolicy', { TagKeys: ['a'] }],
  ] as const) {
    assert.equal(await said(iam.refused(name, { PolicyArn: ofAws, ...input })), unchangeable);
  }
});

test('ListPolicies narrows by scope, path and use, and leaves out descriptions and tags', async () => {
  const iam = await start();
  const { Arn } = await create(iam, 'Used', { Path: '/p/', Description: 'd', Tags: [{ Key: 'a', Value: 'b' }] });
  await create(iam, 'Bound', { Path: '/p/' });
  await create(iam, 'Idle');
  await iam.ok('CreateRole', { RoleName: 'App', AssumeRolePolicyDocument: trust });
  await iam.ok('AttachRolePolicy', { RoleName: 'App', PolicyArn: Arn });
  await iam.ok('AttachRolePolicy', { RoleName: 'App', PolicyArn: ofAws });
  await iam.ok('PutRolePermissionsBoundary', { RoleName: 'App', PermissionsBoundary: arnOf('Bound', '/p/') });
  const names = async (input: object) => {
    const { Policies } = await iam.ok('ListPolicies', input);
    return Policies.map(({ PolicyName }: { PolicyName: string }) => PolicyName);
  };
  assert.deepEqual(await names({ Scope: 'Local' }), ['Bound', 'Idle', 'Used']);
  assert.deepEqual(await names({ PathPrefix: '/p/' }), ['Bound', 'Used']);
  assert.deepEqual(await names({ OnlyAttached: true }), ['Used', 'AdministratorAccess']);
  assert.deepEqual(await names({ Scope: 'AWS', OnlyAttached: true }), ['AdministratorAccess']);
  assert.deepEqual(await names({ PolicyUsageFilter: 'PermissionsBoundary' }), ['Bound']);
  assert.deepEqual(await names({ PolicyUsageFilter: 'PermissionsPolicy', Scope: 'Local' }), ['Used']);
  const all = await names({});
  assert.equal(all.length, 9);
  const paged: string[] = [];
  for (let Marker: string | undefined; ; ) {
    const page = await iam.ok('ListPolicies', { MaxItems: 4, ...(Marker === undefined ? {} : { Marker }) });
    paged.push(...page.Policies.map(({ PolicyName }: { PolicyName: string }) => PolicyName));
    if (!page.IsTruncated) break;
    Marker = page.Marker;
    assert(page.Marker.length <= 320);
  }
  assert.deepEqual(paged, all);
  const { Policies } = await iam.ok('ListPolicies', { Scope: 'Local', PathPrefix: '/p/' });
  assert.deepEqual(
    Policies.map((policy: Policy) => [policy.AttachmentCount, policy.PermissionsBoundaryUsageCount]),
    [
      [0, 1],
      [1, 0],
    ],
  );
  assert(!('Description' in Policies[1]) && !('Tags' in Policies[1]));
});

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' },
});

test('ListEntitiesForPolicy gives who has the policy, each once, by kind, path and use', async () => {
  const iam = await start();
  const { Arn: PolicyArn } = await create(iam, 'Read');
  await iam.ok('CreateUser', { UserName: 'Alice', Path: '/a/' });
  await iam.ok('CreateUser', { UserName: 'Bob', PermissionsBoundary: PolicyArn });
  await iam.ok('CreateGroup', { GroupName: 'Staff' });
  await iam.ok('CreateRole', { RoleName: 'App', Path: '/a/', AssumeRolePolicyDocument: trust });
  await iam.ok('AttachUserPolicy', { UserName: 'Alice', PolicyArn });
  await iam.ok('PutUserPermissionsBoundary', { UserName: 'Alice', PermissionsBoundary: PolicyArn });
  await iam.ok('AttachGroupPolicy', { GroupName: 'Staff', PolicyArn });
  await iam.ok('AttachRolePolicy', { RoleName: 'App', PolicyArn });
  const names = async (input: object) => {
    const page = await iam.ok('ListEntitiesForPolicy', { PolicyArn, ...input });
    const named = [...page.PolicyGroups, ...page.PolicyRoles, ...page.PolicyUsers];
    return named.map(({ GroupName, RoleName, UserName }) => GroupName ?? RoleName ?? UserName);
  };
  assert.deepEqual(await names({}), ['Staff', 'App', 'Alice', 'Bob']);
  assert.deepEqual(await names({ EntityFilter: 'User' }), ['Alice', 'Bob']);
  assert.deepEqual(await names({ EntityFilter: 'AWSManagedPolicy' }), []);
  assert.deepEqual(await names({ PathPrefix: '/a/' }), ['App', 'Alice']);
  assert.deepEqual(await names({ PolicyUsageFilter: 'PermissionsBoundary' }), ['Alice', 'Bob']);
  assert.deepEqual(await names({ PolicyUsageFilter: 'PermissionsPolicy', EntityFilter: 'User' }), ['Alice']);
  const first = await iam.ok('ListEntitiesForPolicy', { PolicyArn, MaxItems: 3 });
  assert.equal(first.IsTruncated, true);
  assert.deepEqual(await names({ MaxItems: 3, Marker: first.Marker }), ['Bob']);
  const { PolicyUsers } = await iam.ok('ListEntitiesForPolicy', { PolicyArn, EntityFilter: 'User' });
  assert.match(PolicyUsers[0].UserId, /^AIDA/);
  await assertIndexes(iam);
});

test('policies have tags of their own', async () => {
  const iam = await start();
  const { Arn: PolicyArn } = await create(iam, 'Read', { Tags: [{ Key: 'a', Value: '1' }] });
  await iam.ok('TagPolicy', { PolicyArn, Tags: [{ Key: 'b', Value: '2' }] });
  await iam.ok('UntagPolicy', { PolicyArn, TagKeys: ['a', 'none'] });
  const { Tags } = await iam.ok('ListPolicyTags', { PolicyArn });
  assert.deepEqual(Tags, [{ Key: 'b', Value: '2' }]);
  const many = Array.from({ length: 50 }, (_, n) => ({ Key: `k${n}`, Value: '' }));
  assert.equal((await iam.refused('TagPolicy', { PolicyArn, Tags: many })).name, 'LimitExceeded');
});

test('operations ask about the policy by its ARN, with the tags that it has and is given', async () => {
  const iam = await start();
  const Tags = [{ Key: 'Team', Value: 'a' }];
  const created = await iam.asks('CreatePolicy', { PolicyName: 'Read', Path: '/p/', PolicyDocument, Tags });
  const arn = arnOf('Read', '/p/');
  const context = new Map([
    ['aws:requesttag/team', ['a']],
    ['aws:tagkeys', ['Team']],
  ]);
  assert.deepEqual(created, [
    { resource: arn, context },
    { action: 'iam:TagPolicy', resource: arn, context },
  ]);
  await create(iam, 'Read', { Path: '/p/', Tags });
  const own: [string, string[]][] = [
    ['iam:resourcetag/team', ['a']],
    ['aws:resourcetag/team', ['a']],
  ];
  for (const [name, input] of [
    ['GetPolicy', {}],
    ['DeletePolicy', {}],
    ['ListPolicyVersions', {}],
    ['ListEntitiesForPolicy', {}],
    ['ListPolicyTags', {}],
    ['SetDefaultPolicyVersion', { VersionId: 'v1' }],
  ] as const) {
    assert.deepEqual(await iam.asks(name, { PolicyArn: arn, ...input }), [{ resource: arn, context: new Map(own) }]);
  }
  const untagging = await iam.asks('UntagPolicy', { PolicyArn: arn, TagKeys: ['Team'] });
  assert.deepEqual(untagging, [{ resource: arn, context: new Map([...own, ['aws:tagkeys', ['Team']]]) }]);
  assert.deepEqual(await iam.asks('ListPolicies'), [{ resource: '*' }]);
});
