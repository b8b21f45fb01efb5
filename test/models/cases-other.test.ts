/** Cases 55 to 69 of the authorization dossier, as far as they are about policies: what is no key, grants, lockout. */
import { A, alice, allow, B, bob, delegation, deny, keyArn, role, session, testCases, to, xOfB } from './cases.ts';

const anyKey = `arn:aws:kms:us-west-2:${A}:*`;
const alias = `arn:aws:kms:us-west-2:${A}:alias/x`;
const byIdentity = 'identity policy';
const noIdentity = 'no identity-based policy';
const none = 'no resource-based policy';
const createKey = { action: 'kms:CreateKey', resource: anyKey };

testCases([
  {
    case: 55,
    title: 'CreateKey is about no key, whatever the pattern',
    ...createKey,
    identity: [allow({ Resource: `arn:aws:kms:*:${A}:key/*` })],
    expect: noIdentity,
  },
  { case: 55, title: 'CreateKey takes a star', ...createKey, identity: [allow()], expect: byIdentity },
  {
    case: 55,
    title: 'CreateKey takes a pattern for the account',
    ...createKey,
    identity: [allow({ Resource: anyKey })],
    expect: byIdentity,
  },
  {
    case: 55,
    title: 'CreateKey with tags asks for TagResource too',
    ...createKey,
    action: 'kms:TagResource',
    identity: [allow({ Action: 'kms:CreateKey' })],
    expect: noIdentity,
  },
  {
    case: 56,
    title: 'the alias half of CreateAlias needs the alias',
    action: 'kms:CreateAlias',
    resource: alias,
    identity: [allow({ Resource: keyArn })],
    expect: noIdentity,
  },
  {
    case: 56,
    title: 'the key half of CreateAlias needs the key',
    action: 'kms:CreateAlias',
    key: [allow(to(bob.arn))],
    identity: [allow({ Resource: alias })],
    expect: none,
  },
  {
    case: 57,
    title: 'UpdateAlias needs the key that the alias leaves',
    action: 'kms:UpdateAlias',
    key: [delegation],
    identity: [allow({ Resource: [alias, `${keyArn}2`] })],
    expect: noIdentity,
  },
  {
    case: 58,
    title: 'a key policy says nothing about aliases',
    action: 'kms:CreateAlias',
    resource: alias,
    expect: noIdentity,
  },
  {
    case: 59,
    title: 'ListRetirableGrants is about the principal',
    action: 'kms:ListRetirableGrants',
    resource: role,
    identity: [allow({ Resource: role })],
    expect: byIdentity,
  },
  {
    case: 59,
    title: 'ListRetirableGrants is about the principal',
    action: 'kms:ListRetirableGrants',
    resource: role,
    identity: [allow()],
    expect: byIdentity,
  },
  {
    case: 60,
    title: 'Decrypt without KeyId is about the key of the ciphertext',
    key: [delegation],
    identity: [allow({ Resource: keyArn })],
    expect: 'account delegation',
  },
]);

const grant = (strength: 'direct' | 'role' | 'account') => ({ grants: [{ grantId: 'g', strength }] });
const app = session('s1');
testCases([
  {
    case: 61,
    title: 'a grant needs no policy',
    caller: app,
    key: [allow(to(bob.arn))],
    ...grant('role'),
    expect: 'grant',
  },
  {
    case: 61,
    title: 'a grant does not help against a deny',
    caller: app,
    key: [allow(to(bob.arn)), deny(to(role))],
    ...grant('role'),
    expect: 'explicit deny resource-based policy',
  },
  {
    case: 64,
    title: 'a grant to a stranger needs no policy of the stranger',
    caller: xOfB,
    key: [delegation],
    ...grant('direct'),
    expect: 'grant',
  },
  {
    case: 64,
    title: 'a grant to an account needs a policy of the account',
    caller: xOfB,
    key: [delegation],
    ...grant('account'),
    expect: none,
  },
  {
    case: 64,
    title: 'a grant to an account leaves the decision to it',
    caller: xOfB,
    key: [delegation],
    identity: [allow()],
    ...grant('account'),
    expect: 'grant',
  },
  {
    case: 65,
    title: 'who has a policy is not held to a grant',
    action: 'kms:CreateGrant',
    key: [allow(to(alice.arn))],
    ...grant('direct'),
    expect: 'key policy direct',
  },
  {
    case: 68,
    title: 'a deny of another action does not touch a grant',
    key: [delegation],
    identity: [deny({ Action: 'kms:Encrypt' })],
    ...grant('direct'),
    expect: 'grant',
  },
  {
    case: 68,
    title: 'a service control policy limits grants',
    key: [delegation],
    serviceControl: [allow({ Action: 's3:*' })],
    ...grant('direct'),
    expect: 'no service control policy',
  },
  {
    case: 68,
    title: 'a boundary limits a grant to the role',
    caller: app,
    key: [delegation],
    boundary: [allow({ Action: 's3:*' })],
    ...grant('role'),
    expect: noIdentity,
  },
]);

const putKeyPolicy = { action: 'kms:PutKeyPolicy' };
testCases([
  {
    case: 69,
    title: 'who is not in the new key policy is locked out',
    ...putKeyPolicy,
    key: [allow(to(bob.arn))],
    identity: [allow()],
    expect: none,
  },
  {
    case: 69,
    title: 'delegation keeps who has an IAM policy',
    ...putKeyPolicy,
    key: [delegation],
    identity: [allow()],
    expect: 'account delegation',
  },
  {
    case: 29,
    title: 'nobody of another account can be the one who keeps the policy',
    ...putKeyPolicy,
    caller: xOfB,
    key: [allow(to(B))],
    identity: [allow()],
    expect: 'no operation',
  },
]);
