/** Cases 16 to 26 of the authorization dossier: sessions, boundaries, session policies, principals made anew. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  A,
  allow,
  delegation,
  deny,
  other,
  roleArn,
  rootArn,
  says,
  sessionArn,
  testCases,
  to,
  userArn,
  World,
  when,
} from './scene.ts';

const forAlice = allow(to(userArn('Alice')));
const forRole = allow(to(roleArn));
const kms = allow();
const byRoleArn = allow({ Principal: '*', ...when('ArnEquals', 'aws:PrincipalArn', roleArn) });
const onlyAlice = deny({ NotPrincipal: { AWS: [userArn('Alice'), rootArn()] }, Action: 'kms:Decrypt' });
const federatedArn = `arn:aws:sts::${A}:federated-user/Alice`;

testCases([
  {
    case: 16,
    title: 'a boundary limits who is let in as a role',
    caller: 'session s1',
    key: [forRole],
    boundary: [other],
    expect: says.noBoundary,
  },
  {
    case: 17,
    title: 'a boundary does not limit a session that is named',
    caller: 'session s1',
    key: [allow(to(sessionArn('s1')))],
    boundary: [other],
    expect: 'allowed',
  },
  {
    case: 17,
    title: 'a session that is named is that one',
    caller: 'session s2',
    key: [allow(to(sessionArn('s1')))],
    boundary: [other],
    expect: says.noKeyPolicy,
  },
  {
    case: 18,
    title: 'a boundary does not limit a user that is named',
    key: [forAlice],
    boundary: [other],
    expect: 'allowed',
  },
  {
    case: 18,
    title: 'a deny in a boundary counts for a user that is named',
    key: [forAlice],
    boundary: [deny()],
    expect: says.boundaryDeny,
  },
  {
    case: 19,
    title: 'a session policy limits who is let in as a role',
    caller: 'session s1',
    key: [forRole],
    session: [other],
    expect: says.noSession,
  },
  {
    case: 19,
    title: 'a session policy does not limit a session that is named',
    caller: 'session s1',
    key: [allow(to(sessionArn('s1')))],
    session: [other],
    expect: 'allowed',
  },
  {
    case: 20,
    title: 'a star with aws:PrincipalArn is not limited by a session policy',
    caller: 'session s1',
    key: [byRoleArn],
    session: [other],
    expect: 'allowed',
  },
  {
    case: 21,
    title: 'a session policy limits IAM policies',
    caller: 'session s1',
    key: [delegation],
    identity: [kms],
    session: [other],
    expect: says.noSession,
  },
  {
    case: 21,
    title: 'within the session policy IAM policies decide',
    caller: 'session s1',
    key: [delegation],
    identity: [kms],
    session: [kms],
    expect: 'allowed',
  },
  {
    case: 22,
    title: 'NotPrincipal does not spare others of a listed account',
    caller: 'bob',
    key: [delegation, onlyAlice],
    identity: [kms],
    expect: says.keyDeny,
  },
  {
    case: 22,
    title: 'NotPrincipal spares who is listed with its account',
    key: [forAlice, onlyAlice],
    expect: 'allowed',
  },
  {
    case: 22,
    title: 'NotPrincipal spares nobody with a boundary',
    key: [forAlice, onlyAlice],
    boundary: [kms],
    expect: says.keyDeny,
  },
  {
    case: 23,
    title: 'a role is named with its path, though its sessions are not',
    caller: 'session s1',
    key: [forRole],
    expect: 'allowed',
  },
  {
    case: 24,
    title: 'a federated session without session policies has no permissions of its user',
    caller: 'federated',
    key: [forAlice],
    expect: says.noSession,
  },
  {
    case: 24,
    title: 'a federated session with a session policy has those of its user',
    caller: 'federated',
    key: [forAlice],
    session: [kms],
    expect: 'allowed',
  },
  {
    case: 24,
    title: 'a federated session that is named needs no session policy',
    caller: 'federated',
    key: [allow(to(federatedArn))],
    expect: 'allowed',
  },
  {
    case: 26,
    title: 'temporary credentials of a user are the user',
    caller: 'alice, temporary',
    key: [forAlice],
    expect: 'allowed',
  },
  {
    case: 26,
    title: 'temporary credentials of a user have a time of issue and the name of the user',
    caller: 'alice, temporary',
    key: [
      allow({
        ...to(userArn('Alice')),
        Condition: {
          StringEquals: { 'aws:username': 'Alice' },
          DateGreaterThan: { 'aws:TokenIssueTime': '2020-01-01' },
        },
      }),
    ],
    expect: 'allowed',
  },
  {
    case: 26,
    title: 'an access key has no time of issue',
    key: [allow({ ...to(userArn('Alice')), ...when('DateGreaterThan', 'aws:TokenIssueTime', '2020-01-01') })],
    expect: says.noKeyPolicy,
  },
]);

test('case 23: a role without its path is no role, and refused when the policy is put', async () => {
  await using world = await World.make();
  const key = await world.key();
  const Policy = JSON.stringify({ Statement: [delegation, allow(to(`arn:aws:iam::${A}:role/App`))] });
  const { body } = await world.send('PutKeyPolicy', { KeyId: key.id, Policy }, world.kms.root);
  assert.deepEqual(body, {
    __type: 'MalformedPolicyDocumentException',
    message: 'Policy contains a statement with one or more invalid principals.',
  });
});

test('case 25: a role made anew under the same name is not the one that was named', async () => {
  await using world = await World.make();
  const named = await world.key([delegation, forRole]);
  const byArn = await world.key([delegation, byRoleArn]);
  const decrypt = async (key: typeof named) => {
    const session = await world.caller('session s1');
    return world.send('Decrypt', { KeyId: key.arn, CiphertextBlob: await key.encrypt() }, session);
  };
  assert.equal((await decrypt(named)).status, 200);
  const before = await world.caller('session s1');
  const { Role } = await world.kms.did('GetRole', { RoleName: 'App' });
  await world.kms.did('DeleteRole', { RoleName: 'App' });
  await world.makeRole();
  assert.match((await decrypt(named)).body.Message, /because no identity-based policy allows the kms:Decrypt action$/);
  assert.equal((await decrypt(byArn)).status, 200);
  const stale = await world.send('ListKeys', {}, before);
  assert.equal(stale.body.__type, 'UnrecognizedClientException', 'a session of the role that is gone');
  const { Policy } = await world.kms.ok('GetKeyPolicy', { KeyId: named.id }, { region: 'us-west-2' });
  assert.equal(JSON.parse(Policy).Statement[1].Principal.AWS[0], Role.RoleId);
  const again = await world.send('PutKeyPolicy', { KeyId: named.id, Policy }, world.kms.root);
  assert.equal(again.body.message, 'Policy contains a statement with one or more invalid principals.');
});
