import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayCall } from '#call/query/may-call.ts';
import { A, documentOf, refusal, roleArn, stsWorld, trusting } from '#test/harness/sts.ts';
import { getFederationToken, getSessionToken } from './user-sessions.ts';

const place = { accountId: A, region: 'us-east-1' };
const everything = documentOf({ Effect: 'Allow', Action: '*', Resource: '*' });
const lasting = (credentials: { Expiration: number }, nowMs: number) =>
  (credentials.Expiration - Math.floor(nowMs / 1000) * 1000) / 1000;

test('a user gets a session of its own, with all of its rights', async () => {
  const { call, user, holderOf, clock } = await stsWorld();
  const caller = await user('Alice', { inlinePolicies: [['all', everything]], tags: [['team', 'blue']] });
  const { Credentials } = await call('GetSessionToken', {}, caller);
  assert.equal(lasting(Credentials, clock.now()), 43_200);
  const holder = await holderOf(Credentials);
  assert(holder?.kind === 'user' && holder.session !== undefined);
  const { session, ...rest } = holder;
  assert.equal(session.by, 'GetSessionToken');
  assert.deepEqual(rest, caller);
  assert.equal(getSessionToken.asks, undefined);
  assert.equal(
    lasting((await call('GetSessionToken', { DurationSeconds: 900 }, caller)).Credentials, clock.now()),
    900,
  );
});

test('sessions of root users last an hour at most', async () => {
  const { call, root, clock, holderOf } = await stsWorld();
  const caller = await root();
  for (const [operation, input] of [
    ['GetSessionToken', {}],
    ['GetFederationToken', { Name: 'bob', DurationSeconds: 129_600 }],
  ] as const) {
    const { Credentials } = await call(operation, input, caller);
    assert.equal(lasting(Credentials, clock.now()), 3600);
  }
  const { Credentials } = await call('GetSessionToken', { DurationSeconds: 900 }, caller);
  assert.equal(lasting(Credentials, clock.now()), 900);
  assert.equal((await holderOf(Credentials))?.kind, 'root');
});

test('a federated user has what its session policies leave of the rights of the user behind it', async () => {
  const { call, user, holderOf, clock } = await stsWorld();
  const caller = await user('Alice', { inlinePolicies: [['all', everything]], tags: [['team', 'blue']] });
  const input = { Name: 'bob', Policy: everything, Tags: [{ Key: 'Team', Value: 'red' }] };
  const answer = await call('GetFederationToken', input, caller);
  assert.deepEqual(answer.FederatedUser, {
    FederatedUserId: `${A}:bob`,
    Arn: `arn:aws:sts::${A}:federated-user/bob`,
  });
  assert.equal(lasting(answer.Credentials, clock.now()), 43_200);
  assert(answer.PackedPolicySize > 0);
  const holder = await holderOf(answer.Credentials);
  assert(holder?.kind === 'federated-user');
  assert.deepEqual([holder.arn, holder.user.arn, holder.userId], [answer.FederatedUser.Arn, caller.arn, `${A}:bob`]);
  assert.deepEqual(holder.tags, [['Team', 'red']]);
  assert.equal(holder.policies.session?.length, 1);
  const bare = await call('GetFederationToken', { Name: 'bob' }, caller);
  assert.equal(bare.PackedPolicySize, undefined);
  assert.equal((await holderOf(bare.Credentials))?.policies.session, undefined);
});

test('GetFederationToken asks for the federated user, and for its tags', async () => {
  const { user, identities } = await stsWorld();
  const caller = await user('Alice');
  const asksFor = async (input: object) => {
    const asks = await getFederationToken.asks?.({ input, caller, place } as never, identities);
    return asks?.map(({ action, resource, context }) => [action, resource, context?.get('aws:requesttag/team')]);
  };
  const resource = `arn:aws:sts::${A}:federated-user/bob`;
  assert.deepEqual(await asksFor({ Name: 'bob' }), [[undefined, resource, undefined]]);
  assert.deepEqual(await asksFor({ Name: 'bob', Tags: [{ Key: 'Team', Value: 'red' }] }), [
    [undefined, resource, ['red']],
    ['sts:TagSession', resource, ['red']],
  ]);
});

test('what is passed to a federated user is checked', async () => {
  const { call, user } = await stsWorld();
  const caller = await user('Alice');
  const cases: readonly (readonly [object, string])[] = [
    [{ Name: 'b' }, 'ValidationException'],
    [{ Name: 'b'.repeat(33) }, 'ValidationException'],
    [{ Name: 'bob:x' }, 'ValidationException'],
    [{ Name: 'bob', Policy: 'x'.repeat(2049) }, 'ValidationException'],
    [{ Name: 'bob', Policy: '[]' }, 'MalformedPolicyDocument'],
    [
      { Name: 'bob', Policy: everything, PolicyArns: [{ arn: `arn:aws:iam::aws:policy/${'x'.repeat(2000)}` }] },
      'PackedPolicyTooLarge',
    ],
    [{ Name: 'bob', PolicyArns: [{ arn: `arn:aws:iam::${A}:policy/None` }] }, 'MalformedPolicyDocument'],
    [{ Name: 'bob', DurationSeconds: 899 }, 'ValidationException'],
    [{ Name: 'bob', DurationSeconds: 129_601 }, 'ValidationException'],
  ];
  for (const [input, name] of cases) {
    await assert.rejects(call('GetFederationToken', input as never, caller), refusal(name), JSON.stringify(input));
  }
  await assert.rejects(call('GetSessionToken', { TokenCode: '123456' }, caller), refusal('AccessDeniedException'));
});

test('sessions make no sessions but those of roles', async () => {
  const { call, user, role, holderOf } = await stsWorld();
  const caller = await user('Alice');
  await role('App', [trusting(caller.arn)]);
  const sessions = [
    await call('GetSessionToken', {}, caller),
    await call('GetFederationToken', { Name: 'bob' }, caller),
    await call('AssumeRole', { RoleArn: roleArn('App'), RoleSessionName: 'work' }, caller),
  ];
  for (const { Credentials } of sessions) {
    const holder = await holderOf(Credentials);
    for (const [operation, input] of [
      ['GetSessionToken', {}],
      ['GetFederationToken', { Name: 'bob' }],
    ] as const) {
      await assert.rejects(
        call(operation, input, holder),
        refusal('AccessDeniedException', `Cannot call ${operation} with session credentials`),
      );
    }
  }
});

test('what sessions may call of IAM and STS depends on how they were made', async () => {
  const { call, user, role, holderOf } = await stsWorld();
  const caller = await user('Alice');
  await role('App', [trusting(caller.arn)]);
  const names = ['AssumeRole', 'GetCallerIdentity', 'GetSessionToken', 'GetAccessKeyInfo'];
  const callable = async (operation: string, input: object) => {
    const holder = await holderOf((await call(operation, input as never, caller)).Credentials);
    assert(holder !== undefined);
    return [
      ...names.filter((name) => mayCall(holder, 'sts', name)),
      ...(mayCall(holder, 'iam', 'GetUser') ? ['iam'] : []),
    ];
  };
  assert.deepEqual(await callable('GetSessionToken', {}), ['AssumeRole', 'GetCallerIdentity']);
  assert.deepEqual(await callable('GetFederationToken', { Name: 'bob' }), ['GetCallerIdentity']);
  assert.deepEqual(await callable('AssumeRole', { RoleArn: roleArn('App'), RoleSessionName: 'work' }), [
    ...names,
    'iam',
  ]);
  assert(names.every((name) => mayCall(caller, 'sts', name)) && mayCall(caller, 'iam', 'GetUser'));
});
