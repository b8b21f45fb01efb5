/** Ways around a policy that must not be there: another partition, tags at creation, secrets beside a caller. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startKms } from '#test/harness/kms.ts';
import { A, allow, B, deny, document, userArn, World } from './scene.ts';

const everything = allow({ Action: '*' });
const tags = [{ Key: 'team', Value: 'admins' }];

test('a request for a Region of another partition is nobody to anyone, so no ARN of a policy is got around', async () => {
  await using world = await World.make();
  const guarded = deny({ Action: '*', Resource: [userArn('Bob'), `arn:aws:iam::${A}:role/team/App`] });
  await world.identity('alice', [everything, guarded]);
  const caller = await world.caller('alice');
  const parameters = { UserName: 'Bob' };
  assert.equal((await world.kms.query('CreateAccessKey', parameters, { caller })).status, 403);
  for (const region of ['cn-north-1', 'us-gov-west-1', 'eusc-de-east-1', 'us-iso-east-1']) {
    const at = { caller, region };
    for (const answer of [
      await world.kms.query('CreateAccessKey', parameters, at),
      await world.kms.query('GetCallerIdentity', {}, at),
      await world.kms.query(
        'AssumeRole',
        { RoleArn: `arn:aws-cn:iam::${A}:role/team/App`, RoleSessionName: 'eve' },
        at,
      ),
    ]) {
      assert.deepEqual([answer.status, answer.body.Code], [403, 'SignatureDoesNotMatch'], answer.text);
    }
    assert.equal((await world.kms.send('ListKeys', {}, at)).body.__type, 'InvalidSignatureException');
  }
});

test('calls to IAM count as made in its own Region, wherever they were signed for', async () => {
  await using world = await World.make();
  const inUsEast1 = { Condition: { StringEquals: { 'aws:RequestedRegion': 'us-east-1' } } };
  await world.identity('alice', [everything, deny({ Action: 'iam:*', ...inUsEast1 })]);
  const caller = await world.caller('alice');
  for (const region of ['us-east-1', 'eu-central-1']) {
    assert.equal((await world.kms.query('ListUsers', {}, { caller, region })).status, 403);
  }
});

test('whoever may make a thing, but not tag it, makes none with tags', async () => {
  await using world = await World.make();
  await world.identity('alice', [everything, deny({ Action: 'iam:Tag*' })]);
  const caller = await world.caller('alice');
  const trust = document([{ Effect: 'Allow', Principal: { AWS: A }, Action: 'sts:AssumeRole' }]);
  for (const [action, parameters] of [
    ['CreateUser', { UserName: 'Planted' }],
    ['CreateRole', { RoleName: 'Planted', AssumeRolePolicyDocument: trust }],
    ['CreatePolicy', { PolicyName: 'Planted', PolicyDocument: document([allow()]) }],
    ['CreateOpenIDConnectProvider', { Url: 'https://issuer.example' }],
  ] as const) {
    const refused = await world.kms.query(action, { ...parameters, Tags: tags }, { caller });
    assert.match(refused.body.Message, /is not authorized to perform: iam:Tag/);
    await world.kms.did(action, parameters, { caller });
  }
});

test('what the audit is told of a caller holds no secret', async () => {
  await using world = await World.make();
  const session = await world.caller('session s1');
  await world.send('ListKeys', {}, session);
  const told = JSON.stringify(world.kms.records);
  assert(told.includes('assumed-role/App/s1'), 'the audit was told of the session');
  for (const secret of [session.secretAccessKey, session.sessionToken ?? '']) assert(!told.includes(secret));
});

test('the audit is told which statement decided, and the caller is not', async () => {
  await using world = await World.make();
  const key = await world.key([allow({ Sid: 'For B', Principal: { AWS: B } })]);
  const x = await world.caller('x');
  const refused = await world.send('DescribeKey', { KeyId: key.arn }, x);
  const entry = world.kms.audited.at(-1);
  assert.equal(entry?.operation?.name, 'DescribeKey');
  assert.equal(entry.refusal?.name, 'AccessDeniedException');
  assert.match(entry.refusal.reason ?? '', /"because":"identity-based policy"/);
  assert.doesNotMatch(refused.text, /identity-based/);
  await world.identity('x', [allow({ Sid: 'Mine' })]);
  await world.send('DescribeKey', { KeyId: key.arn }, x);
  const { permissions } = world.kms.audited.at(-1) ?? {};
  assert.equal(permissions?.['key']?.keyStatement?.sid, 'For B');
  assert.equal(permissions['key'].identityStatement?.sid, 'Mine');
});

test('a read-only user makes no sessions for others', async () => {
  await using world = await World.make();
  await world.kms.did('AttachUserPolicy', { UserName: 'Alice', PolicyArn: 'arn:aws:iam::aws:policy/ReadOnlyAccess' });
  const caller = await world.caller('alice');
  assert.equal((await world.kms.query('GetFederationToken', { Name: 'batch' }, { caller })).status, 403);
  assert.equal((await world.kms.query('ListUsers', {}, { caller })).status, 200);
});

test('a form of names as deep as it is long is refused before it is built', async () => {
  await using kms = await startKms();
  const body = `Action=ListUsers&Version=2010-05-08&${'a.'.repeat(500_000)}=b`;
  const response = await fetch(kms.url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
  });
  assert.match(await response.text(), /<Code>MalformedQueryString<\/Code>/);
});

test('a simulation that would never end is refused', async () => {
  await using kms = await startKms();
  const many = document(Array.from({ length: 1500 }, () => allow({ Action: '*' })));
  const ActionNames = Array.from({ length: 1000 }, (_, index) => `kms:Action${index}`);
  const parameters = { PolicyInputList: [many, many], ActionNames, MaxItems: 1000 };
  const { body } = await kms.query('SimulateCustomPolicy', parameters);
  assert.equal(body.Code, 'InvalidInput');
  const modest = await kms.did('SimulateCustomPolicy', { ...parameters, MaxItems: 10 });
  assert.equal(modest.EvaluationResults.length, 10);
  assert.equal(modest.IsTruncated, 'true');
});
