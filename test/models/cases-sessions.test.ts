/** Cases 16 to 26 of the authorization dossier: sessions, boundaries, session policies, principals made anew. */
import { A, alice, allow, bob, delegation, deny, federated, role, session, testCases, to, when } from './cases.ts';

const forAlice = allow(to(alice.arn));
const forRole = allow(to(role));
const other = allow({ Action: 's3:*' });
const kms = allow();
const none = 'no resource-based policy';

const sessionArn = session('s1').arn;
const byRoleArn = allow({ Principal: '*', ...when('ArnEquals', 'aws:PrincipalArn', role) });
testCases([
  {
    case: 16,
    title: 'a boundary limits who is let in as a role',
    caller: session('s1'),
    key: [forRole],
    boundary: [other],
    expect: 'no permissions boundary',
  },
  {
    case: 17,
    title: 'a boundary does not limit a session that is named',
    caller: session('s1'),
    key: [allow(to(sessionArn))],
    boundary: [other],
    expect: 'key policy direct',
  },
  {
    case: 17,
    title: 'a session that is named is that one',
    caller: session('s2'),
    key: [allow(to(sessionArn))],
    boundary: [other],
    expect: none,
  },
  {
    case: 18,
    title: 'a boundary does not limit a user that is named',
    key: [forAlice],
    boundary: [other],
    expect: 'key policy direct',
  },
  {
    case: 18,
    title: 'a deny in a boundary counts for a user that is named',
    key: [forAlice],
    boundary: [deny()],
    expect: 'explicit deny permissions boundary',
  },
  {
    case: 19,
    title: 'a session policy limits who is let in as a role',
    caller: session('s1'),
    key: [forRole],
    session: [other],
    expect: 'no session policy',
  },
  {
    case: 19,
    title: 'a session policy does not limit a session that is named',
    caller: session('s1'),
    key: [allow(to(sessionArn))],
    session: [other],
    expect: 'key policy direct',
  },
  {
    case: 20,
    title: 'a star with aws:PrincipalArn is not limited by a session policy',
    caller: session('s1'),
    key: [byRoleArn],
    session: [other],
    expect: 'key policy direct',
  },
  {
    case: 21,
    title: 'a session policy limits IAM policies',
    caller: session('s1'),
    key: [delegation],
    identity: [kms],
    session: [other],
    expect: 'no session policy',
  },
  {
    case: 22,
    title: 'NotPrincipal does not spare others of a listed account',
    caller: bob,
    key: [delegation, deny({ NotPrincipal: { AWS: [alice.arn, A] } })],
    identity: [kms],
    expect: 'explicit deny resource-based policy',
  },
  {
    case: 22,
    title: 'NotPrincipal spares who is listed with its account',
    key: [forAlice, deny({ NotPrincipal: { AWS: [alice.arn, A] } })],
    expect: 'key policy direct',
  },
  {
    case: 22,
    title: 'NotPrincipal spares nobody with a boundary',
    key: [forAlice, deny({ NotPrincipal: { AWS: [alice.arn, A] } })],
    boundary: [kms],
    expect: 'explicit deny resource-based policy',
  },
  {
    case: 23,
    title: 'a role is named with its path, though its sessions are not',
    caller: session('s1'),
    key: [forRole],
    expect: 'key policy role',
  },
  {
    case: 23,
    title: 'a role without its path is another one',
    caller: session('s1'),
    key: [allow(to(`arn:aws:iam::${A}:role/App`))],
    expect: none,
  },
  {
    case: 24,
    title: 'a federated session without session policies has no permissions of its user',
    caller: federated,
    key: [forAlice],
    expect: 'no session policy',
  },
  {
    case: 24,
    title: 'a federated session with a session policy has those of its user',
    caller: federated,
    key: [forAlice],
    session: [kms],
    expect: 'key policy role',
  },
  {
    case: 24,
    title: 'a federated session that is named needs no session policy',
    caller: federated,
    key: [allow(to(federated.arn))],
    expect: 'key policy direct',
  },
  {
    case: 25,
    title: 'a role made anew under the same name is not the one that was named',
    caller: session('s1', 'AROASECONDAPP'),
    key: [forRole],
    uniqueIds: new Map([[role, 'AROAFIRSTAPP']]),
    expect: none,
  },
  {
    case: 25,
    title: 'the role that was named stays it',
    caller: session('s1'),
    key: [forRole],
    uniqueIds: new Map([[role, 'AROAFIRSTAPP']]),
    expect: 'key policy role',
  },
  {
    case: 25,
    title: 'a condition on the ARN holds for the role made anew',
    caller: session('s1', 'AROASECONDAPP'),
    key: [byRoleArn],
    expect: 'key policy direct',
  },
  {
    case: 26,
    title: 'temporary credentials of a user are the user',
    key: [allow({ ...to(alice.arn), ...when('StringEquals', 'aws:username', 'Alice') })],
    context: { 'aws:TokenIssueTime': '2026-01-01T00:00:00Z' },
    expect: 'key policy direct',
  },
]);
