/** Tags, aliases and roles: what was acknowledged is in force for the very next request. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allow, delegation, World, when } from './scene.ts';

const region = 'us-west-2';

test('the tags of a key decide as soon as they are there, and as soon as they are gone', async () => {
  await using world = await World.make();
  const key = await world.key([delegation]);
  await world.identity('alice', [allow(when('StringEquals', 'aws:ResourceTag/team', 'blue'))]);
  const alice = await world.caller('alice');
  const status = async () => (await world.send('DescribeKey', { KeyId: key.arn }, alice)).status;
  const tag = (TagValue: string) =>
    world.kms.ok('TagResource', { KeyId: key.id, Tags: [{ TagKey: 'Team', TagValue }] }, { region });
  assert.equal(await status(), 400);
  await tag('blue');
  assert.equal(await status(), 200);
  await tag('red');
  assert.equal(await status(), 400);
  await tag('blue');
  assert.equal(await status(), 200);
  await world.kms.ok('UntagResource', { KeyId: key.id, TagKeys: ['Team'] }, { region });
  assert.equal(await status(), 400);
});

test('the aliases of a key decide as soon as they are there, moved or gone', async () => {
  await using world = await World.make();
  const [one, other] = [await world.key([delegation]), await world.key([delegation])];
  await world.identity('alice', [allow(when('ForAnyValue:StringEquals', 'kms:ResourceAliases', 'alias/fin'))]);
  const alice = await world.caller('alice');
  const statuses = async () =>
    Promise.all([one, other].map(async (key) => (await world.send('DescribeKey', { KeyId: key.arn }, alice)).status));
  assert.deepEqual(await statuses(), [400, 400]);
  const AliasName = 'alias/fin';
  await world.kms.ok('CreateAlias', { AliasName, TargetKeyId: one.id }, { region });
  assert.deepEqual(await statuses(), [200, 400]);
  await world.kms.ok('UpdateAlias', { AliasName, TargetKeyId: other.id }, { region });
  assert.deepEqual(await statuses(), [400, 200]);
  await world.kms.ok('DeleteAlias', { AliasName }, { region });
  assert.deepEqual(await statuses(), [400, 400]);
});

test('the tags of a user, and the role of a session, decide for the next request of whoever has begun already', async () => {
  await using world = await World.make();
  const key = await world.key([delegation]);
  const project = 'aws:PrincipalTag/project';
  await world.identity('alice', [allow(when('StringEquals', project, 'x'))]);
  const alice = await world.caller('alice');
  const session = await world.caller('session s1');
  const status = async (caller: typeof alice) => (await world.send('DescribeKey', { KeyId: key.arn }, caller)).status;
  assert.equal(await status(alice), 400);
  await world.kms.did('TagUser', { UserName: 'Alice', Tags: [{ Key: 'Project', Value: 'x' }] });
  assert.equal(await status(alice), 200);
  await world.kms.did('UntagUser', { UserName: 'Alice', TagKeys: ['Project'] });
  assert.equal(await status(alice), 400);

  assert.equal(await status(session), 400);
  await world.identity('session s1', [allow()]);
  assert.equal(await status(session), 200);
  await world.kms.did('DeleteRolePolicy', { RoleName: 'App', PolicyName: 'identity' });
  assert.equal(await status(session), 400);
  await world.identity('session s1', [allow()]);
  assert.equal(await status(session), 200);
  await world.kms.did('DeleteRolePolicy', { RoleName: 'App', PolicyName: 'identity' });
  await world.kms.did('DeleteRole', { RoleName: 'App' });
  const gone = await world.send('DescribeKey', { KeyId: key.arn }, session);
  assert.equal(gone.body.__type, 'UnrecognizedClientException');
});
