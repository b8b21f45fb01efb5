import assert from 'node:assert/strict';
import { test } from 'node:test';
import { putGuardrail } from '#identity/guardrails.ts';
import { changeAccount } from '#identity/identities.ts';
import { openSession } from '#identity/sessions/sessions.ts';
import { A, B, documentOf, refusal, roleArn, stsWorld, trusting } from '#test/harness/sts.ts';

const App = { RoleArn: roleArn('App'), RoleSessionName: 'work' };
const denied = (caller: string, action = 'AssumeRole', arn = App.RoleArn) =>
  refusal(
    'AccessDeniedException',
    `User: arn:aws:${caller} is not authorized to perform: sts:${action} on resource: ${arn}`,
  );
const aliceDenied = denied(`iam::${A}:user/Alice`);
const alice = `arn:aws:iam::${A}:user/Alice`;
const variable = (key: string) => `\${${key}}`;
const everySts = { Action: 'sts:*' };
const allowAssume = documentOf({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*' });

test('a session has the rights of its role, for an hour unless told otherwise', async () => {
  const { call, user, role, holderOf, clock, identities } = await stsWorld();
  const caller = await user('Alice');
  const record = await role('App', [trusting(alice)], {
    path: '/team/',
    inlinePolicies: [['p', allowAssume]],
    maxSessionSeconds: 7200,
  });
  const RoleArn = roleArn('team/App');
  const answer = await call('AssumeRole', { ...App, RoleArn }, caller);
  assert.deepEqual(answer.AssumedRoleUser, {
    AssumedRoleId: `${record.roleId}:work`,
    Arn: `arn:aws:sts::${A}:assumed-role/App/work`,
  });
  assert.deepEqual(Object.keys(answer).sort(), ['AssumedRoleUser', 'Credentials']);
  const issuedAtMs = Math.floor(clock.now() / 1000) * 1000;
  assert.equal(answer.Credentials.Expiration, issuedAtMs + 3_600_000);
  assert.match(answer.Credentials.AccessKeyId, /^ASIA[A-Z2-7]{16}$/);
  assert.equal(answer.Credentials.SecretAccessKey.length, 40);
  const holder = await holderOf(answer.Credentials);
  assert(holder?.kind === 'role-session');
  assert.deepEqual(
    [holder.userId, holder.arn, holder.role.arn],
    [`${record.roleId}:work`, answer.AssumedRoleUser.Arn, RoleArn],
  );
  assert.deepEqual(holder.policies, { identity: [{ name: 'p', document: allowAssume, holder: 'role' }] });
  assert.equal(holder.session?.issuedAtMs, issuedAtMs);
  const longer = await call('AssumeRole', { ...App, RoleArn, DurationSeconds: 7200 }, caller);
  assert.equal(longer.Credentials.Expiration, issuedAtMs + 7_200_000);
  await assert.rejects(
    call('AssumeRole', { ...App, RoleArn, DurationSeconds: 7201 }, caller),
    refusal('ValidationException', 'The requested DurationSeconds exceeds the MaxSessionDuration set for this role.'),
  );
  assert(openSession(identities, longer.Credentials.AccessKeyId, longer.Credentials.SessionToken));
});

test('a role that refuses and one that is not there are told alike', async () => {
  const { call, user, role } = await stsWorld();
  const caller = await user('Alice');
  await role('App', [trusting(B)]);
  await assert.rejects(call('AssumeRole', App, caller), aliceDenied);
  for (const RoleArn of [
    roleArn('None'),
    roleArn('app'),
    roleArn('team/App'),
    roleArn('App', B),
    `arn:aws-cn:iam::${A}:role/App`,
  ]) {
    const expected = denied(`iam::${A}:user/Alice`, 'AssumeRole', RoleArn);
    await assert.rejects(call('AssumeRole', { ...App, RoleArn }, caller), expected);
  }
  for (const RoleArn of [alice, `arn:aws:iam::${A}:root`, `arn:aws:sts::${A}:assumed-role/App/work`, roleArn('')]) {
    await assert.rejects(call('AssumeRole', { ...App, RoleArn }, caller), refusal('ValidationException'));
  }
});

test('root users assume no role', async () => {
  const { call, root, role } = await stsWorld();
  await role('App', [trusting([A, B])]);
  for (const accountId of [A, B]) {
    await assert.rejects(
      call('AssumeRole', App, await root(accountId)),
      refusal('AccessDeniedException', 'Roles may not be assumed by root accounts.'),
    );
  }
});

test('another account needs the agreement of both', async () => {
  const { call, user, role } = await stsWorld();
  const x = await user('X', { accountId: B });
  const y = await user('Y', { accountId: B, inlinePolicies: [['p', allowAssume]] });
  await role('App', [trusting(`arn:aws:iam::${B}:root`)]);
  await assert.rejects(call('AssumeRole', App, x), denied(`iam::${B}:user/X`));
  assert.equal((await call('AssumeRole', App, y)).AssumedRoleUser.Arn, `arn:aws:sts::${A}:assumed-role/App/work`);
});

test('the trust policy sees what the request says', async () => {
  const { call, user, role } = await stsWorld();
  const caller = await user('Alice', { tags: [['team', 'blue']] });
  const conditions: readonly (readonly [Readonly<Record<string, unknown>>, Readonly<Record<string, unknown>>])[] = [
    [{ StringEquals: { 'sts:ExternalId': 'x-1' } }, { ExternalId: 'x-1' }],
    [{ StringEquals: { 'sts:RoleSessionName': variable('aws:username') } }, { RoleSessionName: 'Alice' }],
    [{ StringLike: { 'sts:SourceIdentity': 'A*' } }, { SourceIdentity: 'Alice' }],
    [
      { 'ForAnyValue:StringEquals': { 'sts:TransitiveTagKeys': ['k'] } },
      { Tags: [{ Key: 'k', Value: 'v' }], TransitiveTagKeys: ['k'] },
    ],
    [{ StringEquals: { 'aws:RequestTag/K': 'v' } }, { Tags: [{ Key: 'k', Value: 'v' }] }],
    [{ 'ForAnyValue:StringEquals': { 'aws:TagKeys': ['k'] } }, { Tags: [{ Key: 'k', Value: 'v' }] }],
    [{ NumericLessThan: { 'sts:DurationSeconds': '1000' } }, { DurationSeconds: 900 }],
  ];
  for (const [Condition, input] of conditions) {
    await role('App', [trusting(alice, { ...everySts, Condition })]);
    await assert.rejects(call('AssumeRole', App, caller), aliceDenied, JSON.stringify(Condition));
    await call('AssumeRole', { ...App, ...input }, caller);
  }
  const byTag = {
    StringEquals: { 'aws:PrincipalTag/team': variable('aws:ResourceTag/team'), 'aws:ResourceAccount': A },
  };
  await role('App', [trusting(alice, { Condition: byTag })], { tags: [['Team', 'blue']] });
  await call('AssumeRole', App, caller);
});

test('session policies narrow the session, and have to be policies', async () => {
  const { call, user, role, holderOf } = await stsWorld();
  const caller = await user('Alice');
  await role('App', [trusting(alice)]);
  const assume = (more: object) => call('AssumeRole', { ...App, ...more }, caller);
  const arn = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
  const answer = await assume({ Policy: allowAssume, PolicyArns: [{ arn }] });
  assert(answer.PackedPolicySize > 0 && answer.PackedPolicySize <= 100);
  const holder = await holderOf(answer.Credentials);
  assert.deepEqual(
    holder?.policies.session?.map(({ name }) => name),
    ['session policy', 'aws:policy/ReadOnlyAccess'],
  );
  const tooLong = documentOf({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: '*', Sid: 'x'.repeat(2000) });
  await assert.rejects(
    assume({ Policy: tooLong }),
    refusal('PackedPolicyTooLarge', /^Packed policy consumes 10\d% of/),
  );
  const malformed = refusal('MalformedPolicyDocument');
  await assert.rejects(assume({ Policy: '{}' }), malformed);
  await assert.rejects(assume({ Policy: documentOf(trusting(alice)) }), malformed);
  for (const missing of ['aws:policy/None', `${A}:policy/None`, `${B}:policy/None`, `${A}:role/App`]) {
    await assert.rejects(assume({ PolicyArns: [{ arn: `arn:aws:iam::${missing}` }] }), malformed);
  }
  await assert.rejects(assume({ PolicyArns: [{ arn: arn.replace(':aws:', ':aws-cn:') }] }), malformed);
  await assert.rejects(assume({ PolicyArns: [{}] }), malformed);
  await assert.rejects(assume({ PolicyArns: Array(11).fill({ arn }) }), refusal('ValidationException'));
});

test('tags need sts:TagSession, overlay those of the role, and must be tags', async () => {
  const { call, user, role, holderOf } = await stsWorld();
  const caller = await user('Alice');
  const Tags = [{ Key: 'team', Value: 'red' }];
  const assume = (more: object) => call('AssumeRole', { ...App, ...more }, caller);
  await role('App', [trusting(alice)]);
  await assert.rejects(assume({ Tags }), denied(`iam::${A}:user/Alice`, 'TagSession'));
  await role('App', [trusting(alice, { Action: ['sts:AssumeRole', 'sts:TagSession'] })], {
    tags: [
      ['Team', 'blue'],
      ['Stage', 'test'],
    ],
  });
  const holder = await holderOf((await assume({ Tags })).Credentials);
  assert.deepEqual(holder?.tags, [
    ['Stage', 'test'],
    ['team', 'red'],
  ]);
  const wrong: readonly object[] = [
    { Tags: [...Tags, { Key: 'TEAM', Value: 'x' }] },
    { Tags: [{ Key: 'aws:x', Value: 'x' }] },
    { Tags: [{ Key: 'a*', Value: 'x' }] },
    { Tags, TransitiveTagKeys: ['other'] },
    { Tags: Array.from({ length: 51 }, (_, index) => ({ Key: `k${index}`, Value: '' })) },
  ];
  for (const more of wrong) await assert.rejects(assume(more), refusal('ValidationException'), JSON.stringify(more));
  const random = (length: number) =>
    Array.from({ length }, () => String.fromCodePoint(0x4e00 + Math.floor(Math.random() * 20_000))).join('');
  const large = Array.from({ length: 50 }, () => ({ Key: random(100), Value: random(256) }));
  await assert.rejects(assume({ Tags: large }), refusal('PackedPolicyTooLarge'));
});

test('a chain hands on transitive tags and the source identity, and lasts an hour at most', async () => {
  const { call, user, role, holderOf } = await stsWorld();
  const caller = await user('Alice');
  await role('First', [trusting(alice, everySts)], { tags: [['stage', 'role']], maxSessionSeconds: 43_200 });
  await role('App', [trusting(roleArn('First'), everySts)], { maxSessionSeconds: 43_200 });
  await role('Strict', [trusting(roleArn('First'))]);
  const first = await call(
    'AssumeRole',
    {
      ...App,
      RoleArn: roleArn('First'),
      SourceIdentity: 'Alice',
      Tags: [
        { Key: 'Team', Value: 'blue' },
        { Key: 'own', Value: 'x' },
      ],
      TransitiveTagKeys: ['team'],
      DurationSeconds: 43_200,
    },
    caller,
  );
  assert.equal(first.SourceIdentity, 'Alice');
  const chained = await holderOf(first.Credentials);
  assert(chained !== undefined);
  const second = await call('AssumeRole', { ...App, Tags: [{ Key: 'own', Value: 'y' }] }, chained);
  assert.equal(second.SourceIdentity, 'Alice');
  const holder = await holderOf(second.Credentials);
  assert.deepEqual(holder?.tags, [
    ['Team', 'blue'],
    ['own', 'y'],
  ]);
  assert.deepEqual(holder.session?.transitiveTagKeys, ['Team']);
  assert.equal(holder.session.sourceIdentity, 'Alice');
  await call('AssumeRole', { ...App, SourceIdentity: 'Alice' }, chained);
  const refused: readonly object[] = [
    { SourceIdentity: 'Mallory' },
    { Tags: [{ Key: 'TEAM', Value: 'red' }] },
    { DurationSeconds: 3601 },
  ];
  for (const more of refused) {
    await assert.rejects(call('AssumeRole', { ...App, ...more }, chained), refusal('ValidationException'));
  }
  // What is inherited needs the same permissions as what is passed.
  await assert.rejects(
    call('AssumeRole', { ...App, RoleArn: roleArn('Strict') }, chained),
    denied(`sts::${A}:assumed-role/First/work`, 'TagSession', roleArn('Strict')),
  );
});

test('a source identity needs sts:SetSourceIdentity', async () => {
  const { call, user, role } = await stsWorld();
  const caller = await user('Alice');
  await role('App', [trusting(alice)]);
  await assert.rejects(
    call('AssumeRole', { ...App, SourceIdentity: 'Alice' }, caller),
    denied(`iam::${A}:user/Alice`, 'SetSourceIdentity'),
  );
});

test('sessions of a role end with the role, also where one of its name follows', async () => {
  const { call, user, role, holderOf, identities } = await stsWorld();
  const caller = await user('Alice');
  const { roleId } = await role('App', [trusting(alice)]);
  const { Credentials } = await call('AssumeRole', App, caller);
  assert(await holderOf(Credentials));
  await changeAccount(identities, A, async (transaction) => transaction.delete('principals', [roleId]));
  await role('App', [trusting(alice)]);
  assert.equal(await holderOf(Credentials), undefined);
});

test('a resource control policy of the account keeps its roles from being assumed', async () => {
  const { call, user, role, identities } = await stsWorld();
  const caller = await user('Alice');
  await role('App', [trusting(alice)]);
  await call('AssumeRole', App, caller);
  const document = documentOf({ Effect: 'Deny', Principal: '*', Action: 'sts:AssumeRole', Resource: '*' });
  await putGuardrail(identities, { accountId: A, kind: 'resource-control', name: 'none' }, document);
  await assert.rejects(call('AssumeRole', App, caller), aliceDenied);
});

test('MFA codes and provided contexts are refused, not ignored', async () => {
  const { call, user, role } = await stsWorld();
  const caller = await user('Alice');
  await role('App', [trusting(alice)]);
  const assume = (more: object) => call('AssumeRole', { ...App, ...more }, caller);
  await assert.rejects(assume({ SerialNumber: `arn:aws:iam::${A}:mfa/Alice` }), refusal('AccessDeniedException'));
  await assert.rejects(assume({ TokenCode: '123456' }), refusal('AccessDeniedException'));
  await assert.rejects(assume({ ProvidedContexts: [{}] }), refusal('ValidationException'));
});
