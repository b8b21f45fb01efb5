import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assertIndexes, type Iam, openIam } from '#test/harness/iam.ts';
import { policyOperations } from './policy-registry.ts';
import { usersAndRolesOperations } from './users-and-roles-registry.ts';

const trust = JSON.stringify({
  Version: '2012-10-17',
  Statement: { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'sts:AssumeRole' },
});
const allow = (action: string) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });
const ofSize = (size: number) => allow(`kms:${'a'.repeat(size - allow('kms:').length)}`);
const ofAws = 'arn:aws:iam::aws:policy/AdministratorAccess';
const readOnly = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
const arnOf = (name: string) => `arn:aws:iam::111122223333:policy/${name}`;

/** The three kinds, each with the member that names one and the most of its inline policies. */
const kinds = [
  { kind: 'user', noun: 'User', entity: { UserName: 'Alice' }, arn: 'user/team/Alice', inline: 2048 },
  { kind: 'role', noun: 'Role', entity: { RoleName: 'App' }, arn: 'role/team/App', inline: 10_240 },
  { kind: 'group', noun: 'Group', entity: { GroupName: 'Staff' }, arn: 'group/team/Staff', inline: 5120 },
] as const;
const nobody = { UserName: 'Nobody', RoleName: 'Nobody', GroupName: 'Nobody' };

async function start(): Promise<Iam> {
  const iam = await openIam([...usersAndRolesOperations, ...policyOperations]);
  await iam.ok('CreateUser', { UserName: 'Alice', Path: '/team/' });
  await iam.ok('CreateRole', { RoleName: 'App', Path: '/team/', AssumeRolePolicyDocument: trust });
  await iam.ok('CreateGroup', { GroupName: 'Staff', Path: '/team/' });
  return iam;
}

const said = async (refusal: ReturnType<Iam['refused']>) => {
  const { name, message } = await refusal;
  return `${name}: ${message}`;
};

for (const { kind, noun, entity, arn, inline } of kinds) {
  const name = Object.values(entity)[0];
  const upper = Object.fromEntries(Object.entries(entity).map(([member, one]) => [member, one.toUpperCase()]));

  test(`a ${kind} has inline policies: put, replaced, read, listed, deleted`, async () => {
    const iam = await start();
    const first = '{ "Version": "2012-10-17", "Statement": { "Effect": "Deny", "Action": "*", "Resource": "*" } }';
    await iam.ok(`Put${noun}Policy`, { ...entity, PolicyName: 'b', PolicyDocument: allow('kms:Encrypt') });
    await iam.ok(`Put${noun}Policy`, { ...upper, PolicyName: 'a', PolicyDocument: allow('kms:*') });
    await iam.ok(`Put${noun}Policy`, { ...entity, PolicyName: 'b', PolicyDocument: first });
    const found = await iam.ok(`Get${noun}Policy`, { ...upper, PolicyName: 'b' });
    assert.deepEqual(
      { ...found, PolicyDocument: decodeURIComponent(found.PolicyDocument) },
      {
        ...entity,
        PolicyName: 'b',
        PolicyDocument: first,
      },
    );
    const page = await iam.ok(`List${noun}Policies`, { ...entity, MaxItems: 1 });
    assert.deepEqual([page.PolicyNames, page.IsTruncated], [['a'], true]);
    const rest = await iam.ok(`List${noun}Policies`, { ...entity, Marker: page.Marker });
    assert.deepEqual([rest.PolicyNames, rest.IsTruncated], [['b'], false]);
    await iam.ok(`Delete${noun}Policy`, { ...entity, PolicyName: 'b' });
    const missing = `NoSuchEntity: The ${kind} policy with name b cannot be found.`;
    assert.equal(await said(iam.refused(`Get${noun}Policy`, { ...entity, PolicyName: 'b' })), missing);
    assert.equal(await said(iam.refused(`Delete${noun}Policy`, { ...entity, PolicyName: 'b' })), missing);
  });

  test(`the inline policies of a ${kind} have ${inline} characters together at most, white space not counted`, async () => {
    const iam = await start();
    const half = inline / 2;
    const PolicyDocument = ofSize(half).replaceAll(',', ' ,\n\t\r');
    await iam.ok(`Put${noun}Policy`, { ...entity, PolicyName: 'a', PolicyDocument });
    await iam.ok(`Put${noun}Policy`, { ...entity, PolicyName: 'b', PolicyDocument: ofSize(half) });
    const refusal = `LimitExceeded: Maximum policy size of ${inline} bytes exceeded for ${kind} ${name}`;
    const more = { ...upper, PolicyName: 'c', PolicyDocument: allow('kms:*') };
    assert.equal(await said(iam.refused(`Put${noun}Policy`, more)), refusal);
    const longer = { ...entity, PolicyName: 'b', PolicyDocument: ofSize(half + 1) };
    assert.equal(await said(iam.refused(`Put${noun}Policy`, longer)), refusal);
    // What is replaced does not count.
    await iam.ok(`Put${noun}Policy`, { ...entity, PolicyName: 'b', PolicyDocument: ofSize(half - 1) });
  });

  test(`a document that is no policy is not put into a ${kind}`, async () => {
    const iam = await start();
    const PolicyDocument = allow('kms:*').replace('"Resource"', '"Principal":"*","Resource"');
    const error = await iam.refused(`Put${noun}Policy`, { ...entity, PolicyName: 'a', PolicyDocument });
    assert.equal(
      `${error.name}: ${error.message}`,
      'MalformedPolicyDocument: Policy document should not specify a principal.',
    );
  });

  test(`policies are attached to a ${kind} once, and detached`, async () => {
    const iam = await start();
    await iam.ok('CreatePolicy', { PolicyName: 'Read', Path: '/p/', PolicyDocument: allow('kms:*') });
    const own = 'arn:aws:iam::111122223333:policy/p/Read';
    await iam.ok(`Attach${noun}Policy`, { ...entity, PolicyArn: own });
    await iam.ok(`Attach${noun}Policy`, { ...entity, PolicyArn: ofAws });
    const before = await iam.dump();
    await iam.ok(`Attach${noun}Policy`, { ...upper, PolicyArn: own });
    assert.equal(await iam.dump(), before);
    await assertIndexes(iam);
    assert.equal((await iam.ok('GetPolicy', { PolicyArn: own })).Policy.AttachmentCount, 1);
    const { AttachedPolicies } = await iam.ok(`ListAttached${noun}Policies`, entity);
    assert.deepEqual(AttachedPolicies, [
      { PolicyName: 'AdministratorAccess', PolicyArn: ofAws },
      { PolicyName: 'Read', PolicyArn: own },
    ]);
    const narrowed = await iam.ok(`ListAttached${noun}Policies`, { ...entity, PathPrefix: '/p/' });
    assert.deepEqual(narrowed.AttachedPolicies, [{ PolicyName: 'Read', PolicyArn: own }]);
    const page = await iam.ok(`ListAttached${noun}Policies`, { ...entity, MaxItems: 1 });
    const rest = await iam.ok(`ListAttached${noun}Policies`, { ...entity, Marker: page.Marker });
    assert.deepEqual([...page.AttachedPolicies, ...rest.AttachedPolicies], AttachedPolicies);
    await iam.ok(`Detach${noun}Policy`, { ...upper, PolicyArn: own });
    assert.equal(
      await said(iam.refused(`Detach${noun}Policy`, { ...entity, PolicyArn: own })),
      `NoSuchEntity: Policy ${own} was not found.`,
    );
    await assertIndexes(iam);
    await iam.ok('DeletePolicy', { PolicyArn: own });
  });

  test(`what does not exist cannot be attached to a ${kind}`, async () => {
    const iam = await start();
    for (const PolicyArn of [arnOf('None'), 'arn:aws:iam::aws:policy/None', 'arn:aws:iam::444455556666:policy/Read']) {
      assert.equal(
        await said(iam.refused(`Attach${noun}Policy`, { ...entity, PolicyArn })),
        `NoSuchEntity: Policy ${PolicyArn} does not exist or is not attachable.`,
      );
    }
    const PolicyArn = 'arn:aws:iam::111122223333:role/App';
    for (const operation of [`Attach${noun}Policy`, `Detach${noun}Policy`]) {
      assert.equal(
        await said(iam.refused(operation, { ...entity, PolicyArn })),
        `InvalidInput: ARN ${PolicyArn} is not valid.`,
      );
    }
  });

  test(`a ${kind} has ten attached policies at most`, async () => {
    const iam = await start();
    for (let n = 0; n <= 10; n++) {
      await iam.ok('CreatePolicy', { PolicyName: `P${n}`, PolicyDocument: allow('kms:*') });
      if (n < 10) await iam.ok(`Attach${noun}Policy`, { ...entity, PolicyArn: arnOf(`P${n}`) });
    }
    assert.equal(
      await said(iam.refused(`Attach${noun}Policy`, { ...entity, PolicyArn: arnOf('P10') })),
      `LimitExceeded: Cannot exceed quota for PoliciesPer${noun}: 10`,
    );
    await iam.ok(`Attach${noun}Policy`, { ...entity, PolicyArn: arnOf('P0') });
  });

  test(`operations on the policies of a ${kind} that does not exist say so`, async () => {
    const iam = await start();
    const document = { PolicyName: 'a', PolicyDocument: allow('kms:*') };
    for (const [operation, input] of [
      [`Put${noun}Policy`, document],
      [`Get${noun}Policy`, { PolicyName: 'a' }],
      [`Delete${noun}Policy`, { PolicyName: 'a' }],
      [`List${noun}Policies`, {}],
      [`Attach${noun}Policy`, { PolicyArn: ofAws }],
      [`Detach${noun}Policy`, { PolicyArn: ofAws }],
      [`ListAttached${noun}Policies`, {}],
    ] as const) {
      const refusal = await said(iam.refused(operation, { ...nobody, ...input }));
      assert.equal(refusal, `NoSuchEntity: The ${kind} with name Nobody cannot be found.`);
    }
  });

  test(`operations on the policies of a ${kind} ask about its ARN, the policy and the boundary`, async () => {
    const iam = await start();
    const resource = `arn:aws:iam::111122223333:${arn}`;
    const attaching = await iam.asks(`Attach${noun}Policy`, { ...upper, PolicyArn: ofAws });
    assert.deepEqual(attaching, [{ resource, context: new Map([['iam:policyarn', [ofAws]]]) }]);
    const detaching = await iam.asks(`Detach${noun}Policy`, { ...entity, PolicyArn: ofAws });
    assert.deepEqual(detaching, attaching);
    const missing = await iam.asks(`Get${noun}Policy`, { ...nobody, PolicyName: 'a' });
    assert.deepEqual(missing, [{ resource: `arn:aws:iam::111122223333:${kind}/Nobody`, context: new Map() }]);
    if (kind === 'group') return;
    await iam.ok(`Put${noun}PermissionsBoundary`, { ...entity, PermissionsBoundary: readOnly });
    const bounded = new Map([['iam:permissionsboundary', [readOnly]]]);
    const putting = { ...entity, PolicyName: 'a', PolicyDocument: allow('kms:*') };
    assert.deepEqual(await iam.asks(`Put${noun}Policy`, putting), [{ resource, context: bounded }]);
    assert.deepEqual(await iam.asks(`Delete${noun}PermissionsBoundary`, entity), [{ resource, context: bounded }]);
    assert.deepEqual(await iam.asks(`Attach${noun}Policy`, { ...entity, PolicyArn: ofAws }), [
      { resource, context: new Map([...bounded, ['iam:policyarn', [ofAws]]]) },
    ]);
    const another = { ...entity, PermissionsBoundary: ofAws };
    assert.deepEqual(await iam.asks(`Put${noun}PermissionsBoundary`, another), [
      { resource, context: new Map([['iam:permissionsboundary', [ofAws]]]) },
    ]);
  });

  if (kind === 'group') continue;

  test(`a ${kind} has one permissions boundary: put, replaced, deleted`, async () => {
    const iam = await start();
    await iam.ok('CreatePolicy', { PolicyName: 'Bound', PolicyDocument: allow('kms:*') });
    await iam.ok(`Put${noun}PermissionsBoundary`, { ...entity, PermissionsBoundary: readOnly });
    await iam.ok(`Put${noun}PermissionsBoundary`, { ...upper, PermissionsBoundary: arnOf('Bound') });
    await iam.ok(`Put${noun}PermissionsBoundary`, { ...upper, PermissionsBoundary: arnOf('Bound') });
    await assertIndexes(iam);
    const counts = async () => {
      const { Policy } = await iam.ok('GetPolicy', { PolicyArn: arnOf('Bound') });
      return [Policy.AttachmentCount, Policy.PermissionsBoundaryUsageCount];
    };
    assert.deepEqual(await counts(), [0, 1]);
    const shown = (await iam.ok(`Get${noun}`, entity))[noun].PermissionsBoundary;
    assert.deepEqual(shown, {
      PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
      PermissionsBoundaryArn: arnOf('Bound'),
    });
    for (const PermissionsBoundary of [arnOf('None'), 'arn:aws:iam::aws:policy/None']) {
      const refusal = await iam.refused(`Put${noun}PermissionsBoundary`, { ...entity, PermissionsBoundary });
      assert.equal(refusal.name, 'NoSuchEntity');
    }
    await iam.ok(`Delete${noun}PermissionsBoundary`, upper);
    await assertIndexes(iam);
    assert.deepEqual(await counts(), [0, 0]);
    assert.equal(
      await said(iam.refused(`Delete${noun}PermissionsBoundary`, entity)),
      `NoSuchEntity: The ${kind} ${name} has no permissions boundary.`,
    );
  });
}

test("a policy of the account's own may have the name of one of AWS's", async () => {
  const iam = await start();
  await iam.ok('CreatePolicy', { PolicyName: 'ReadOnlyAccess', PolicyDocument: allow('kms:*') });
  await iam.ok('AttachUserPolicy', { UserName: 'Alice', PolicyArn: arnOf('ReadOnlyAccess') });
  await iam.ok('AttachUserPolicy', { UserName: 'Alice', PolicyArn: readOnly });
  const { AttachedPolicies } = await iam.ok('ListAttachedUserPolicies', { UserName: 'Alice' });
  assert.equal(AttachedPolicies.length, 2);
  await iam.ok('DetachUserPolicy', { UserName: 'Alice', PolicyArn: readOnly });
  const left = await iam.ok('ListAttachedUserPolicies', { UserName: 'Alice' });
  assert.deepEqual(left.AttachedPolicies, [{ PolicyName: 'ReadOnlyAccess', PolicyArn: arnOf('ReadOnlyAccess') }]);
});

test('a user with policies, of whatever kind, is not deleted', async () => {
  const iam = await start();
  await iam.ok('PutUserPolicy', { UserName: 'Alice', PolicyName: 'a', PolicyDocument: allow('kms:*') });
  assert.equal((await iam.refused('DeleteUser', { UserName: 'Alice' })).name, 'DeleteConflict');
  await iam.ok('DeleteUserPolicy', { UserName: 'Alice', PolicyName: 'a' });
  await iam.ok('AttachUserPolicy', { UserName: 'Alice', PolicyArn: ofAws });
  assert.equal((await iam.refused('DeleteUser', { UserName: 'Alice' })).name, 'DeleteConflict');
});

test('whatever is attached, bound, deleted and renamed, in whatever order, the index of uses says what the records say', async () => {
  const names = fc.constantFrom('Alice', 'App', 'Staff', 'Bob');
  const policies = fc.constantFrom(arnOf('A'), arnOf('B'), ofAws);
  const step = fc.record({
    operation: fc.constantFrom(
      ...kinds.flatMap(({ noun }) => [`Attach${noun}Policy`, `Detach${noun}Policy`]),
      ...['User', 'Role'].flatMap((noun) => [`Put${noun}PermissionsBoundary`, `Delete${noun}PermissionsBoundary`]),
      'CreatePolicy',
      'DeletePolicy',
      'CreateUser',
      'UpdateUser',
      'DeleteUser',
      'DeleteRole',
      'DeleteGroup',
    ),
    name: names,
    newName: names,
    policy: policies,
  });
  const run = async (steps: readonly { operation: string; name: string; newName: string; policy: string }[]) => {
    const iam = await start();
    for (const PolicyName of 'AB') await iam.ok('CreatePolicy', { PolicyName, PolicyDocument: allow('kms:*') });
    for (const { operation, name, newName, policy } of steps) {
      const input = {
        ...{ UserName: name, RoleName: name, GroupName: name, NewUserName: newName, NewGroupName: newName },
        ...{ PolicyArn: policy, PermissionsBoundary: policy },
        ...{ PolicyName: policy.slice(-1), PolicyDocument: allow('kms:*') },
      };
      await iam.ok(operation, input).catch((error: { readonly status?: number }) => {
        assert(error.status !== undefined, `${operation}: ${error}`);
      });
    }
    await assertIndexes(iam);
    for (const { record } of await iam.identities.vault.store.list('users', { within: [], limit: 100 })) {
      await iam.caller(record.name); // every policy that is attached can be read
    }
  };
  await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 40 }), run), { numRuns: 60 });
});
