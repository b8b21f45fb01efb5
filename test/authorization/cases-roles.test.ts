/** Case 70 of the authorization dossier, and what else decides who may assume a role. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { A, allow, B, deny, document, type Name, roleArn, rootArn, userArn, World } from './scene.ts';

const trust = (principal: string, more: object = {}) =>
  document([{ Effect: 'Allow', Principal: { AWS: principal }, Action: 'sts:AssumeRole', ...more }]);

async function assume(world: World, name: Name, more: object = {}) {
  const parameters = { RoleArn: roleArn, RoleSessionName: 'here', ...more };
  return world.kms.query('AssumeRole', parameters, { caller: await world.caller(name) });
}

async function trusts(world: World, PolicyDocument: string): Promise<void> {
  await world.kms.did('UpdateAssumeRolePolicy', { RoleName: 'App', PolicyDocument });
}

test('case 70: nobody can be kept from learning who they are', async () => {
  await using world = await World.make();
  await world.identity('alice', [deny({ Action: 'sts:*' })]);
  const identity = await world.kms.did('GetCallerIdentity', {}, { caller: await world.caller('alice') });
  assert.equal(identity.Arn, userArn('Alice'));
  assert.equal(identity.Account, A);
  assert.match(identity.UserId, /^AIDA[A-Z2-7]{17}$/);
});

test('case 70: a trust policy that names the account leaves it to IAM', async () => {
  await using world = await World.make();
  await trusts(world, trust(rootArn()));
  const refused = await assume(world, 'alice');
  assert.equal(refused.status, 403);
  assert.equal(refused.body.Code, 'AccessDenied');
  assert(
    refused.body.Message.startsWith(
      `User: ${userArn('Alice')} is not authorized to perform: sts:AssumeRole on resource: ${roleArn}`,
    ),
  );
  await world.identity('alice', [allow({ Action: 'sts:AssumeRole', Resource: roleArn })]);
  assert.equal((await assume(world, 'alice')).status, 200);
});

test('case 70: a trust policy that names the user is enough in its account, and not in another', async () => {
  await using world = await World.make();
  await trusts(world, trust(userArn('Alice')));
  assert.equal((await assume(world, 'alice')).status, 200);
  assert.equal((await assume(world, 'bob')).status, 403);
  await trusts(world, trust(userArn('X', B)));
  assert.equal((await assume(world, 'x')).status, 403);
  await world.identity('x', [allow({ Action: 'sts:AssumeRole' })]);
  assert.equal((await assume(world, 'x')).status, 200);
});

test('an external id is asked for where the trust policy does', async () => {
  await using world = await World.make();
  await trusts(world, trust(userArn('Alice'), { Condition: { StringEquals: { 'sts:ExternalId': 'abc-123' } } }));
  assert.equal((await assume(world, 'alice')).status, 403);
  assert.equal((await assume(world, 'alice', { ExternalId: 'other' })).status, 403);
  assert.equal((await assume(world, 'alice', { ExternalId: 'abc-123' })).status, 200);
});

test('a role that is not there is refused as one that does not trust the caller', async () => {
  await using world = await World.make();
  await trusts(world, trust(userArn('Bob')));
  const known = await assume(world, 'alice');
  const unknown = await assume(world, 'alice', { RoleArn: `arn:aws:iam::${A}:role/None` });
  assert.equal(unknown.status, known.status);
  assert.equal(unknown.body.Message.replace('role/None', 'role/team/App'), known.body.Message);
});

test('the root user assumes no role', async () => {
  await using world = await World.make();
  await trusts(world, trust(rootArn()));
  assert.equal((await assume(world, 'root')).status, 403);
});
