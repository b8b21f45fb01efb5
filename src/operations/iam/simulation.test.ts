import assert from 'node:assert/strict';
import { test } from 'node:test';
import { putGuardrail } from '#identity/guardrails.ts';
import { type Iam, openIam } from '#test/harness/iam.ts';
import { policyOperations } from './policy-registry.ts';
import { usersAndRolesOperations } from './users-and-roles-registry.ts';

/** A policy variable, in a way that does not look like a template of ours. */
const variable = (name: string): string => `\${${name}}`;

const document = (...statements: object[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((one) => ({ Effect: 'Allow', Action: 'kms:*', Resource: '*', ...one })),
  });
const keyArn = 'arn:aws:kms:us-east-1:111122223333:key/00000000-0000-4000-8000-000000000000';
const foreignKey = keyArn.replace('111122223333', '444455556666');
const alice = 'arn:aws:iam::111122223333:user/team/Alice';
const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' },
});

async function start(): Promise<Iam> {
  const iam = await openIam([...usersAndRolesOperations, ...policyOperations]);
  await iam.ok('CreateUser', { UserName: 'Alice', Path: '/team/' });
  await iam.ok('CreateGroup', { GroupName: 'Staff' });
  await iam.ok('AddUserToGroup', { UserName: 'Alice', GroupName: 'Staff' });
  await iam.ok('CreateRole', { RoleName: 'App', AssumeRolePolicyDocument: trust });
  return iam;
}

/** Each result in a line. */
const lines = (answer: { EvaluationResults: readonly Result[] }) =>
  answer.EvaluationResults.map((one) => `${one.EvalActionName} ${one.EvalResourceName} ${one.EvalDecision}`);
const sources = ({ MatchedStatements }: Result) =>
  MatchedStatements.map((one) => `${one.SourcePolicyType} ${one.SourcePolicyId}`);

interface Result {
  readonly EvalActionName: string;
  readonly EvalResourceName: string;
  readonly EvalDecision: string;
  readonly MatchedStatements: readonly { readonly SourcePolicyId: string; readonly SourcePolicyType: string }[];
  readonly MissingContextValues: readonly string[];
}

test('the policies of a user and its groups are asked, each action on each resource', async () => {
  const iam = await start();
  await iam.ok('CreatePolicy', { PolicyName: 'Listing', PolicyDocument: document({ Action: 'kms:List*' }) });
  await iam.ok('AttachUserPolicy', { UserName: 'Alice', PolicyArn: 'arn:aws:iam::111122223333:policy/Listing' });
  await iam.ok('AttachGroupPolicy', { GroupName: 'Staff', PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' });
  const encrypting = document({ Action: 'kms:Encrypt', Resource: keyArn });
  await iam.ok('PutUserPolicy', { UserName: 'Alice', PolicyName: 'crypto', PolicyDocument: encrypting });
  const denying = document({ Effect: 'Deny', Action: 'kms:Get*' });
  await iam.ok('PutGroupPolicy', { GroupName: 'Staff', PolicyName: 'crypto', PolicyDocument: denying });
  const answer = await iam.ok('SimulatePrincipalPolicy', {
    PolicySourceArn: alice,
    ActionNames: ['kms:Encrypt', 'KMS:listKeys', 'kms:GetKeyPolicy'],
    ResourceArns: ['*', keyArn],
  });
  assert.deepEqual(lines(answer), [
    'kms:Encrypt * implicitDeny',
    `kms:Encrypt ${keyArn} allowed`,
    'KMS:listKeys * allowed',
    `KMS:listKeys ${keyArn} allowed`,
    'kms:GetKeyPolicy * explicitDeny',
    `kms:GetKeyPolicy ${keyArn} explicitDeny`,
  ]);
  assert.deepEqual(answer.EvaluationResults.map(sources), [
    [],
    ['user crypto'],
    ['user-managed Listing', 'aws-managed ReadOnlyAccess'],
    ['user-managed Listing', 'aws-managed ReadOnlyAccess'],
    ['group crypto'],
    ['group crypto'],
  ]);
  assert.equal(answer.IsTruncated, false);
});

test('of a group only its own policies are asked, of a role those of the role', async () => {
  const iam = await start();
  await iam.ok('PutUserPolicy', {
    UserName: 'Alice',
    PolicyName: 'u',
    PolicyDocument: document({ Action: 'kms:Sign' }),
  });
  await iam.ok('PutGroupPolicy', {
    GroupName: 'Staff',
    PolicyName: 'g',
    PolicyDocument: document({ Action: 'kms:Verify' }),
  });
  await iam.ok('PutRolePolicy', {
    RoleName: 'App',
    PolicyName: 'r',
    PolicyDocument: document({ Action: 'kms:Encrypt' }),
  });
  const allowed = async (PolicySourceArn: string) => {
    const ActionNames = ['kms:Sign', 'kms:Verify', 'kms:Encrypt'];
    const { EvaluationResults } = await iam.ok('SimulatePrincipalPolicy', { PolicySourceArn, ActionNames });
    return EvaluationResults.filter((one: Result) => one.EvalDecision === 'allowed').flatMap(sources);
  };
  assert.deepEqual(await allowed(alice), ['user u', 'group g']);
  assert.deepEqual(await allowed('arn:aws:iam::111122223333:group/Staff'), ['group g']);
  assert.deepEqual(await allowed('arn:aws:iam::111122223333:role/App'), ['role r']);
});

test('policies of the request are added, and a boundary of the request takes the place of the own one', async () => {
  const iam = await start();
  const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
  await iam.ok('PutUserPermissionsBoundary', { UserName: 'Alice', PermissionsBoundary: readOnly });
  const input = {
    PolicySourceArn: alice,
    PolicyInputList: [document({ Action: 's3:*' }), document({})],
    ActionNames: ['kms:Encrypt'],
  };
  const [own] = (await iam.ok('SimulatePrincipalPolicy', input)).EvaluationResults;
  assert.equal(own.EvalDecision, 'implicitDeny');
  assert.deepEqual(own.PermissionsBoundaryDecisionDetail, { AllowedByPermissionsBoundary: false });
  const PermissionsBoundaryPolicyInputList = [document({ Action: 'kms:Encrypt' })];
  const [given] = (await iam.ok('SimulatePrincipalPolicy', { ...input, PermissionsBoundaryPolicyInputList }))
    .EvaluationResults;
  assert.equal(given.EvalDecision, 'allowed');
  assert.deepEqual(sources(given), ['none PolicyInputList.2']);
  assert.deepEqual(given.PermissionsBoundaryDecisionDetail, { AllowedByPermissionsBoundary: true });
  const two = { PermissionsBoundaryPolicyInputList: [document({}), document({})] };
  assert.equal((await iam.refused('SimulatePrincipalPolicy', { ...input, ...two })).name, 'InvalidInput');
});

test('conditions see the entries of the request, and what they lack is named', async () => {
  const iam = await start();
  const Condition = {
    StringEquals: { 'kms:EncryptionContext:Dept': 'IT' },
    NumericLessThan: { 'kms:RotationPeriodInDays': '100' },
  };
  const simulated = async (...entries: readonly [string, string[]][]) => {
    const ContextEntries = entries.map(([ContextKeyName, ContextKeyValues]) => ({
      ...{ ContextKeyName, ContextKeyValues },
      ContextKeyType: 'string',
    }));
    const { EvaluationResults } = await iam.ok('SimulateCustomPolicy', {
      PolicyInputList: [document({ Condition })],
      ActionNames: ['kms:Encrypt'],
      ContextEntries,
    });
    const [{ EvalDecision, MissingContextValues }] = EvaluationResults;
    return [EvalDecision, ...MissingContextValues];
  };
  const [dept, days] = ['kms:EncryptionContext:Dept', 'kms:RotationPeriodInDays'];
  assert.deepEqual(await simulated(), ['implicitDeny', dept, days]);
  assert.deepEqual(await simulated(['KMS:encryptioncontext:dept', ['IT']]), ['implicitDeny', days]);
  assert.deepEqual(await simulated([dept, ['IT']], [days, ['99']]), ['allowed']);
  assert.deepEqual(await simulated([dept, ['HR']], [days, ['99']]), ['implicitDeny']);
});

test('a resource policy is the key policy of every key that is named', async () => {
  const iam = await start();
  const simulated = async (ResourcePolicy: string, more: object = {}) =>
    (
      await iam.ok('SimulatePrincipalPolicy', {
        ...{ PolicySourceArn: alice, ActionNames: ['kms:Encrypt'], ResourceArns: [keyArn], ResourcePolicy },
        ...more,
      })
    ).EvaluationResults[0];
  const naming = await simulated(document({ Principal: { AWS: alice } }));
  assert.deepEqual([naming.EvalDecision, ...sources(naming)], ['allowed', 'resource ResourcePolicy']);
  const delegating = document({ Principal: { AWS: '111122223333' } });
  assert.equal((await simulated(delegating)).EvalDecision, 'implicitDeny');
  const both = await simulated(delegating, { PolicyInputList: [document({})] });
  assert.deepEqual(
    [both.EvalDecision, ...sources(both)],
    ['allowed', 'none PolicyInputList.1', 'resource ResourcePolicy'],
  );
  const stranger = document({ Principal: { AWS: 'arn:aws:iam::111122223333:user/Nobody' } });
  assert.equal((await simulated(stranger, { PolicyInputList: [document({})] })).EvalDecision, 'implicitDeny');
});

test('a caller of another account needs both policies, and an operation that crosses accounts', async () => {
  const iam = await start();
  const answer = await iam.ok('SimulateCustomPolicy', {
    PolicyInputList: [document({})],
    ActionNames: ['kms:Encrypt', 'kms:PutKeyPolicy'],
    ResourceArns: [foreignKey],
    ResourcePolicy: document({ Principal: '*' }),
    CallerArn: alice,
  });
  assert.deepEqual(lines(answer), [`kms:Encrypt ${foreignKey} allowed`, `kms:PutKeyPolicy ${foreignKey} implicitDeny`]);
});

test('with a CallerArn the calls are those of that user, with the policies of the source', async () => {
  const iam = await start();
  await iam.ok('PutRolePolicy', {
    RoleName: 'App',
    PolicyName: 'r',
    PolicyDocument: document({ Action: 'kms:Encrypt' }),
  });
  const input = {
    PolicySourceArn: 'arn:aws:iam::111122223333:role/App',
    ActionNames: ['kms:Decrypt'],
    ResourceArns: [keyArn],
    ResourcePolicy: document({ Principal: { AWS: alice } }),
  };
  const { name, message } = await iam.refused('SimulatePrincipalPolicy', input);
  assert.equal(`${name}: ${message}`, 'InvalidInput: CallerArn is required with a ResourcePolicy.');
  const answer = await iam.ok('SimulatePrincipalPolicy', { ...input, CallerArn: alice });
  assert.deepEqual(lines(answer), [`kms:Decrypt ${keyArn} allowed`]);
  for (const CallerArn of ['arn:aws:iam::111122223333:role/App', 'arn:aws-cn:iam::111122223333:user/Alice', 'Alice']) {
    assert.equal((await iam.refused('SimulatePrincipalPolicy', { ...input, CallerArn })).name, 'InvalidInput');
  }
});

test("the account's service control policies bind its principals, and custom policies nobody", async () => {
  const iam = await start();
  const guardrail = { accountId: iam.place.accountId, kind: 'service-control', name: 'no-kms' } as const;
  await putGuardrail(iam.identities, guardrail, document({ Action: 's3:*' }));
  const input = { PolicyInputList: [document({})], ActionNames: ['kms:Encrypt'] };
  const [bound] = (await iam.ok('SimulatePrincipalPolicy', { PolicySourceArn: alice, ...input })).EvaluationResults;
  assert.equal(bound.EvalDecision, 'implicitDeny');
  assert.deepEqual(bound.OrganizationsDecisionDetail, { AllowedByOrganizations: false });
  const [free] = (await iam.ok('SimulateCustomPolicy', input)).EvaluationResults;
  assert.deepEqual([free.EvalDecision, free.OrganizationsDecisionDetail], ['allowed', undefined]);
});

test('results come in pages, however many actions and resources there are', async () => {
  const iam = await start();
  const ActionNames = Array.from({ length: 7 }, (_, n) => `kms:A${n}`);
  const ResourceArns = Array.from({ length: 3 }, (_, n) => `arn:aws:kms:us-east-1:111122223333:key/${n}`);
  const input = { PolicyInputList: [document({})], ActionNames, ResourceArns };
  const whole = await iam.ok('SimulateCustomPolicy', input);
  assert.equal(whole.EvaluationResults.length, 21);
  const paged: string[] = [];
  for (let marker: object = {}; ; ) {
    const page = await iam.ok('SimulateCustomPolicy', { ...input, MaxItems: 5, ...marker });
    paged.push(...lines(page));
    if (!page.IsTruncated) break;
    marker = { Marker: page.Marker };
  }
  assert.deepEqual(paged, lines(whole));
  const Marker = 'not-a-marker';
  assert.equal((await iam.refused('SimulateCustomPolicy', { ...input, Marker })).name, 'InvalidInput');
  const many = Array.from({ length: 20_000 }, (_, n) => `kms:A${n}`);
  const arns = Array.from({ length: 20_000 }, () => '*');
  const page = await iam.ok('SimulateCustomPolicy', { ...input, ActionNames: many, ResourceArns: arns, MaxItems: 2 });
  assert.equal(page.EvaluationResults.length, 2);
});

test('what cannot be simulated is an InvalidInput', async () => {
  const iam = await start();
  const good = { PolicyInputList: [document({})], ActionNames: ['kms:Encrypt'] };
  for (const bad of [
    { ActionNames: ['Encrypt'] },
    { ActionNames: ['kms:*'] },
    { ResourceArns: ['key/1'] },
    { PolicyInputList: ['{}'] },
    { PermissionsBoundaryPolicyInputList: [trust] },
    { ResourcePolicy: '{}', ResourceArns: [keyArn], CallerArn: alice },
    { ResourcePolicy: document({ Principal: '*' }), CallerArn: alice },
    { ResourcePolicy: document({ Principal: '*' }), ResourceArns: ['arn:aws:s3:::bucket'], CallerArn: alice },
    { ResourcePolicy: document({ Principal: '*' }), ResourceArns: [keyArn] },
  ]) {
    assert.equal(
      (await iam.refused('SimulateCustomPolicy', { ...good, ...bad })).name,
      'InvalidInput',
      JSON.stringify(bad),
    );
  }
});

test('a source must be a user, role or group of the account, by its exact ARN', async () => {
  const iam = await start();
  for (const operation of ['SimulatePrincipalPolicy', 'GetContextKeysForPrincipalPolicy']) {
    for (const [PolicySourceArn, error] of [
      ['arn:aws:iam::111122223333:user/Alice', 'NoSuchEntity'],
      ['arn:aws:iam::111122223333:user/team/alice', 'NoSuchEntity'],
      ['arn:aws:iam::444455556666:user/team/Alice', 'NoSuchEntity'],
      ['arn:aws-cn:iam::111122223333:user/team/Alice', 'NoSuchEntity'],
      ['arn:aws:iam::111122223333:root', 'InvalidInput'],
      ['arn:aws:iam::aws:policy/ReadOnlyAccess', 'InvalidInput'],
    ] as const) {
      const { name } = await iam.refused(operation, { PolicySourceArn, ActionNames: ['kms:Encrypt'] });
      assert.equal(name, error, PolicySourceArn);
    }
  }
});

test('context keys are those of the policies given, and of all that the principal has', async () => {
  const iam = await start();
  const Condition = { StringEquals: { 'kms:ViaService': 's3' } };
  const given = document({ Resource: `arn:aws:kms:*:*:key/${variable('aws:username')}` }, { Condition });
  const custom = await iam.ok('GetContextKeysForCustomPolicy', { PolicyInputList: [given] });
  assert.deepEqual(custom.ContextKeyNames, ['aws:username', 'kms:ViaService']);
  const ofGroup = document({ Condition: { Bool: { 'aws:SecureTransport': 'true' } } });
  await iam.ok('PutGroupPolicy', { GroupName: 'Staff', PolicyName: 'g', PolicyDocument: ofGroup });
  const own = await iam.ok('GetContextKeysForPrincipalPolicy', { PolicySourceArn: alice, PolicyInputList: [given] });
  assert.deepEqual(own.ContextKeyNames, ['aws:SecureTransport', 'aws:username', 'kms:ViaService']);
  assert.equal((await iam.refused('GetContextKeysForCustomPolicy', { PolicyInputList: ['x'] })).name, 'InvalidInput');
});

test('simulating asks about whose policies they are; custom policies are nobody’s', async () => {
  const iam = await start();
  await iam.ok('TagUser', { UserName: 'Alice', Tags: [{ Key: 'team', Value: 'a' }] });
  const input = { PolicySourceArn: alice, ActionNames: ['kms:Encrypt'], PolicyInputList: [document({})] };
  for (const operation of ['SimulatePrincipalPolicy', 'GetContextKeysForPrincipalPolicy']) {
    const [ask] = await iam.asks(operation, input);
    assert.equal(ask?.resource, alice);
    assert.deepEqual(ask?.context?.get('aws:resourcetag/team'), ['a']);
    const PolicySourceArn = 'arn:aws:iam::444455556666:user/Other';
    assert.deepEqual(await iam.asks(operation, { ...input, PolicySourceArn }), [{ resource: PolicySourceArn }]);
  }
  for (const operation of ['SimulateCustomPolicy', 'GetContextKeysForCustomPolicy']) {
    assert.deepEqual(await iam.asks(operation, input), [{ resource: '*' }]);
  }
});
