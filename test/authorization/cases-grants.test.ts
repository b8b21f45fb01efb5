/** Cases 61 to 68 of the authorization dossier: grants. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Caller } from '#test/harness/kms.ts';
import {
  allow,
  B,
  delegation,
  deny,
  isAllowed,
  type Json,
  type Key,
  other,
  roleArn,
  rootArn,
  says,
  sessionArn,
  to,
  trustOfA,
  userArn,
  World,
} from './scene.ts';

const region = 'us-west-2';
const forRootAndBob = [delegation, allow(to(userArn('Bob')))];

async function grant(world: World, key: Key, more: Json): Promise<{ GrantId: string; GrantToken: string }> {
  return world.kms.ok('CreateGrant', { KeyId: key.id, Operations: ['Decrypt'], ...more }, { region });
}

async function decrypt(world: World, key: Key, caller: Caller, context?: Json, more: Json = {}) {
  const input = { KeyId: key.arn, CiphertextBlob: await key.encrypt(context), EncryptionContext: context, ...more };
  return world.send('Decrypt', input, caller);
}

test('case 61: a grant to a role needs no policy, and any session of the role has it', async () => {
  await using world = await World.make();
  const key = await world.key(forRootAndBob);
  await grant(world, key, { GranteePrincipal: roleArn });
  for (const name of ['session s1', 'session s2'] as const) {
    assert.equal((await decrypt(world, key, await world.caller(name))).status, 200);
  }
  await key.put([...forRootAndBob, deny({ ...to(roleArn), Action: 'kms:Decrypt' })]);
  const refused = await decrypt(world, key, await world.caller('session s1'));
  assert(refused.body.Message.includes(says.keyDeny), refused.text);
});

test('case 62: constraints on the encryption context', async () => {
  await using world = await World.make();
  const key = await world.key(forRootAndBob);
  const session = await world.caller('session s1');
  const operations = { Operations: ['Decrypt', 'DescribeKey'], GranteePrincipal: roleArn };
  const equals = await grant(world, key, { ...operations, Constraints: { EncryptionContextEquals: { Dept: 'IT' } } });
  assert.equal((await decrypt(world, key, session, { Dept: 'IT' })).status, 200);
  assert.equal((await decrypt(world, key, session, { Dept: 'IT', x: '1' })).status, 400);
  assert.equal((await decrypt(world, key, session)).status, 400);
  assert.equal((await world.send('DescribeKey', { KeyId: key.arn }, session)).status, 200);
  await world.kms.ok('RevokeGrant', { KeyId: key.id, GrantId: equals.GrantId }, { region });
  assert.equal((await decrypt(world, key, session, { Dept: 'IT' })).status, 400);
  await grant(world, key, { ...operations, Constraints: { EncryptionContextSubset: { Dept: 'IT' } } });
  assert.equal((await decrypt(world, key, session, { Dept: 'IT', x: '1' })).status, 200);
  assert.equal((await decrypt(world, key, session, { Dept: 'HR' })).status, 400);
  assert.equal((await decrypt(world, key, session, { dept: 'IT' })).status, 400);
});

test('case 63: a grant token is of no use to another principal', async () => {
  await using world = await World.make();
  const key = await world.key(forRootAndBob);
  const { GrantToken } = await grant(world, key, { GranteePrincipal: roleArn });
  const alice = await world.caller('alice');
  const refused = await decrypt(world, key, alice, undefined, { GrantTokens: [GrantToken] });
  assert.equal(refused.body.__type, 'AccessDeniedException', refused.text);
  const session = await world.caller('session s1');
  assert.equal((await decrypt(world, key, session, undefined, { GrantTokens: [GrantToken] })).status, 200);
});

test('case 64: who a grant is for', async () => {
  await using world = await World.make();
  const key = await world.key(forRootAndBob);
  await grant(world, key, { GranteePrincipal: sessionArn('s1') });
  assert.equal((await decrypt(world, key, await world.caller('session s1'))).status, 200);
  assert.equal((await decrypt(world, key, await world.caller('session s2'))).status, 400);

  const ofB = { caller: world.kms.other };
  const trust = trustOfA.replaceAll('111122223333', B);
  await world.kms.did('CreateRole', { RoleName: 'Partner', AssumeRolePolicyDocument: trust }, ofB);
  await world.identity('x', [allow({ Action: 'sts:*' })]);
  const x = await world.caller('x');
  const assumed = { RoleArn: `arn:aws:iam::${B}:role/Partner`, RoleSessionName: 'partner' };
  const { Credentials } = await world.kms.did('AssumeRole', assumed, { caller: x });
  const partner = {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
  };
  assert.equal((await decrypt(world, key, partner)).status, 400);
  await grant(world, key, { GranteePrincipal: assumed.RoleArn });
  assert.equal((await decrypt(world, key, partner)).status, 200, 'no policy of B is needed');

  const wide = await world.key(forRootAndBob);
  await grant(world, wide, { GranteePrincipal: rootArn(B) });
  assert.equal((await decrypt(world, wide, x)).status, 400, 'a grant to the account leaves it to IAM');
  await world.identity('x', [allow({ Action: 'kms:Decrypt' })]);
  assert.equal((await decrypt(world, wide, x)).status, 200);
  assert.equal((await decrypt(world, wide, world.kms.other)).status, 200, 'the root user of B');
});

test('case 65: who holds no more than a grant cannot hand on more than that', async () => {
  await using world = await World.make();
  const key = await world.key(forRootAndBob);
  const subset = { EncryptionContextSubset: { Dept: 'IT' } };
  await grant(world, key, { GranteePrincipal: roleArn, Operations: ['CreateGrant', 'Decrypt'], Constraints: subset });
  const session = await world.caller('session s1');
  const child = (Operations: readonly string[], Constraints: Json | undefined, caller = session) => {
    const input = { KeyId: key.arn, GranteePrincipal: userArn('Alice'), Operations, Constraints };
    return world.send('CreateGrant', input, caller);
  };
  const stricter = { EncryptionContextEquals: { Dept: 'IT', P: '1' } };
  assert.equal((await child(['Decrypt'], stricter)).status, 200);
  assert.equal((await child(['Decrypt'], { EncryptionContextSubset: { Dept: 'IT', x: '1' } })).status, 200);
  for (const [operations, constraints] of [
    [['Encrypt'], stricter],
    [['Decrypt', 'Encrypt'], stricter],
    [['Decrypt'], undefined],
    [['Decrypt'], { EncryptionContextSubset: { Dept: 'HR' } }],
    [['Decrypt'], { EncryptionContextEquals: { P: '1' } }],
  ] as const) {
    const refused = await child(operations, constraints);
    assert.equal(refused.body.__type, 'AccessDeniedException', refused.text);
  }
  const bob = await world.caller('bob');
  assert.equal((await child(['Encrypt'], undefined, bob)).status, 200, 'Bob has a policy');
});

test('case 66: who may retire a grant', async () => {
  await using world = await World.make();
  const key = await world.key([delegation, allow(to(userArn('Bob')))]);
  const more = { GranteePrincipal: roleArn, RetiringPrincipal: userArn('Alice') };
  const fresh = async (also: Json = {}) => (await grant(world, key, { ...more, ...also })).GrantId;
  const retire = async (GrantId: string, caller: Caller) =>
    world.send('RetireGrant', { KeyId: key.arn, GrantId }, caller);
  const [alice, bob] = [await world.caller('alice'), await world.caller('bob')];
  const session = await world.caller('session s1');

  assert.equal((await retire(await fresh(), alice)).status, 200, 'the retiring principal without any policy');
  const kept = await fresh();
  assert.equal((await retire(kept, session)).body.__type, 'AccessDeniedException', 'a grantee without RetireGrant');
  const byPolicy = await retire(kept, bob);
  assert.deepEqual(
    byPolicy.body,
    {
      __type: 'AccessDeniedException',
      Message: `User: ${userArn('Bob')} is not authorized to perform: kms:RetireGrant on resource: ${key.arn}`,
    },
    "kms:* in the key's policy is no help, and was not asked",
  );
  assert.equal((await retire(kept, await world.caller('x'))).body.__type, 'AccessDeniedException', 'a stranger');
  await world.identity('bob', [allow({ Action: 'kms:RetireGrant' })]);
  assert.equal((await retire(kept, bob)).status, 200, 'the issuing account has delegated');
  const own = await fresh({ Operations: ['Decrypt', 'RetireGrant'] });
  assert.equal((await retire(own, session)).status, 200, 'a grantee with RetireGrant');
  await world.identity('alice', [deny({ Action: 'kms:RetireGrant' })]);
  const denied = await fresh();
  assert.equal((await retire(denied, alice)).body.__type, 'AccessDeniedException', 'a deny counts');
  await world.guardrail('111122223333', 'resource-control', [deny({ Principal: '*', Action: 'kms:RetireGrant' })]);
  assert.equal((await retire(denied, world.kms.root)).status, 200, 'the root user, whatever resource control says');
});

test('case 67: a grantee made anew under the same name is not the one that was meant', async () => {
  await using world = await World.make();
  const key = await world.key(forRootAndBob);
  await grant(world, key, { GranteePrincipal: roleArn });
  const { Role } = await world.kms.did('GetRole', { RoleName: 'App' });
  await world.kms.did('DeleteRole', { RoleName: 'App' });
  await world.makeRole();
  assert.equal((await decrypt(world, key, await world.caller('session s1'))).status, 400);
  const { Grants } = await world.kms.ok('ListGrants', { KeyId: key.id }, { region });
  assert.equal(Grants[0].GranteePrincipal, Role.RoleId);
});

test('case 68: what else limits a grant', async () => {
  await using world = await World.make();
  const key = await world.key(forRootAndBob);
  await grant(world, key, { GranteePrincipal: userArn('Alice') });
  const alice = await world.caller('alice');
  await world.identity('alice', [deny({ Action: 'kms:Encrypt' })]);
  assert.equal((await decrypt(world, key, alice)).status, 200);
  const blob = await key.encrypt();
  await world.guardrail('111122223333', 'service-control', [other]);
  const answer = await world.send('Decrypt', { KeyId: key.arn, CiphertextBlob: blob }, alice);
  assert(!isAllowed(answer) && answer.body.Message.includes(says.noServiceControl), answer.text);
});
