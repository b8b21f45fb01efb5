/** Cases 1 to 15 and 27 to 32 of the authorization dossier: accounts, root, delegation, other accounts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parsePolicyDocument } from '#authorization/policy/parse.ts';
import { denialText } from '#authorization/policy/verdict.ts';
import {
  A,
  alice,
  allow,
  B,
  bob,
  delegation,
  deny,
  keyArn,
  policy,
  role,
  root,
  testCases,
  to,
  user,
  verdictOn,
  when,
  xOfB,
} from './cases.ts';

const forAlice = allow(to(alice.arn));
const forRole = allow(to(role));
const everyone = allow({ Principal: '*' });
const other = allow({ Action: 's3:*' });
const kms = allow();

const none = 'no resource-based policy';
const noIdentity = 'no identity-based policy';

testCases([
  {
    case: 1,
    title: 'an IAM policy alone does not open a key',
    key: [allow(to(bob.arn))],
    identity: [kms],
    expect: none,
  },
  { case: 2, title: 'delegation alone does not open a key', key: [delegation], expect: noIdentity },
  {
    case: 3,
    title: 'delegation and an IAM policy together do',
    key: [delegation],
    identity: [kms],
    expect: 'account delegation',
  },
  {
    case: 4,
    title: 'a user named in the key policy needs no IAM policy',
    key: [forAlice],
    expect: 'key policy direct',
  },
  { case: 5, title: 'the root user needs delegation', key: [forAlice], caller: root(), expect: none },
  {
    case: 5,
    title: 'the root user needs no more than delegation',
    key: [delegation],
    caller: root(),
    expect: 'account delegation',
  },
  {
    case: 6,
    title: 'a bare account id is the root ARN',
    key: [allow(to(A))],
    caller: root(),
    expect: 'account delegation',
  },
  { case: 6, title: 'a bare account id is the root ARN', key: [allow(to(A))], expect: noIdentity },
  { case: 7, title: 'a star means everyone in the account', key: [everyone], expect: 'key policy direct' },
  {
    case: 7,
    title: 'a star does not do without the IAM policy of a stranger',
    key: [everyone],
    caller: xOfB,
    expect: noIdentity,
  },
  {
    case: 7,
    title: 'a star and an IAM policy of its own let a stranger in',
    key: [everyone],
    caller: xOfB,
    identity: [kms],
    expect: 'key policy direct',
  },
]);

const ofA = allow({ Principal: '*', ...when('StringEquals', 'kms:CallerAccount', A) });
const describeOnly = allow({ ...to(A), Action: 'kms:Describe*' });
testCases([
  { case: 8, title: 'a star with kms:CallerAccount means the account', key: [ofA], expect: 'key policy direct' },
  {
    case: 8,
    title: 'a star with kms:CallerAccount keeps strangers out',
    key: [ofA],
    caller: xOfB,
    identity: [kms],
    expect: none,
  },
  {
    case: 9,
    title: 'delegation of some actions caps IAM policies',
    key: [describeOnly],
    identity: [kms],
    expect: none,
  },
  {
    case: 9,
    title: 'within the cap IAM policies decide',
    key: [describeOnly],
    identity: [kms],
    action: 'kms:DescribeKey',
    expect: 'account delegation',
  },
  {
    case: 10,
    title: 'a deny on the account hits everyone in it',
    key: [forAlice, deny(to(A))],
    expect: 'explicit deny resource-based policy',
  },
  {
    case: 11,
    title: 'a deny in IAM beats the key policy',
    key: [forAlice],
    identity: [deny()],
    expect: 'explicit deny identity-based policy',
  },
  {
    case: 12,
    title: 'who creates a key may not use it for that',
    key: [delegation],
    identity: [allow({ Action: 'kms:CreateKey' })],
    expect: noIdentity,
  },
  {
    case: 13,
    title: 'a statement without Resource never applies',
    key: [{ Effect: 'Allow', Action: 'kms:*', ...to(alice.arn) }],
    expect: none,
  },
  {
    case: 14,
    title: 'a statement on another key never applies',
    key: [allow({ ...to(alice.arn), Resource: `${keyArn}0` })],
    expect: none,
  },
  {
    case: 14,
    title: 'a statement may name its own key',
    key: [allow({ ...to(alice.arn), Resource: keyArn })],
    expect: 'key policy direct',
  },
  {
    case: 15,
    title: 'delegation that asks for a service does not cover direct calls',
    key: [allow({ ...to(A), ...when('StringEquals', 'kms:ViaService', 's3.us-west-2.amazonaws.com') })],
    identity: [kms],
    expect: none,
  },
]);

const encryptForB = allow({ ...to(`arn:aws:iam::${B}:root`), Action: 'kms:Encrypt' });
const allForB = allow(to(B));
const outsideOrg = deny({ Principal: '*', ...when('StringNotEquals', 'aws:PrincipalOrgID', 'o-1') });
testCases([
  {
    case: 27,
    title: 'another account can pass on what it was given',
    caller: xOfB,
    key: [encryptForB],
    identity: [kms],
    action: 'kms:Encrypt',
    expect: 'account delegation',
  },
  {
    case: 27,
    title: 'another account cannot pass on more than it was given',
    caller: xOfB,
    key: [encryptForB],
    identity: [kms],
    expect: none,
  },
  {
    case: 28,
    title: 'a stranger that is named needs an IAM policy as well',
    caller: xOfB,
    key: [allow(to(xOfB.arn))],
    expect: noIdentity,
  },
  {
    case: 28,
    title: 'a stranger is not let in under the name of another',
    caller: user('Y', B),
    key: [allow(to(xOfB.arn))],
    identity: [kms],
    expect: none,
  },
  ...['ScheduleKeyDeletion', 'PutKeyPolicy', 'TagResource', 'ListResourceTags'].map((name) => ({
    case: 29,
    title: 'operations that work in one account only work for no stranger',
    caller: xOfB,
    key: [allForB],
    identity: [kms],
    action: `kms:${name}`,
    expect: 'no operation',
  })),
  {
    case: 29,
    title: 'GetKeyRotationStatus works for strangers',
    caller: xOfB,
    key: [allForB],
    identity: [kms],
    action: 'kms:GetKeyRotationStatus',
    expect: 'account delegation',
  },
  {
    case: 30,
    title: 'a resource control policy binds whoever calls',
    caller: xOfB,
    key: [allForB],
    identity: [kms],
    resourceControl: [outsideOrg],
    expect: 'explicit deny resource control policy',
  },
  {
    case: 30,
    title: 'a service control policy binds the callers of its account',
    key: [forAlice],
    serviceControl: [other],
    expect: 'no service control policy',
  },
  {
    case: 30,
    title: 'a service control policy binds the root user',
    caller: root(),
    key: [delegation],
    serviceControl: [deny()],
    expect: 'explicit deny service control policy',
  },
  {
    case: 32,
    title: 'ReEncrypt needs its own permission on the destination',
    key: [delegation],
    identity: [allow({ Action: 'kms:ReEncryptFrom' })],
    action: 'kms:ReEncryptFrom',
    expect: 'account delegation',
  },
]);

test('a refusal of ReEncrypt names the permission that is missing', () => {
  const verdict = verdictOn({
    case: 32,
    title: '',
    expect: '',
    key: [delegation],
    identity: [allow({ Action: 'kms:ReEncryptFrom' })],
    action: 'kms:ReEncryptTo',
  });
  assert(!verdict.isAllowed);
  assert.equal(
    denialText(verdict, { callerArn: alice.arn, action: 'kms:ReEncryptTo', resource: keyArn }),
    `User: ${alice.arn} is not authorized to perform: kms:ReEncryptTo on resource: ${keyArn} because no identity-based policy allows the kms:ReEncryptTo action`,
  );
});

test('an account guardrail of A says nothing to callers of B', () => {
  // The wiring asks the guardrails of the caller's account, which here are none.
  const verdict = verdictOn({ case: 30, title: '', expect: '', caller: xOfB, key: [allForB], identity: [kms] });
  assert(verdict.isAllowed);
});

test('a policy says which of its statements decided', () => {
  const one = { case: 3, title: '', expect: '', key: [forRole, { ...delegation, Sid: 'Enable IAM User Permissions' }] };
  const verdict = verdictOn({ ...one, identity: [other, { ...kms, Sid: 'Kms' }] });
  assert(verdict.isAllowed);
  assert.deepEqual(verdict.keyStatement, { policy: 'key policy', sid: 'Enable IAM User Permissions', index: 1 });
  assert.deepEqual(verdict.identityStatement, { policy: 'p', sid: 'Kms', index: 1 });
});

test('a document is compiled for the kind it was parsed as', () => {
  assert.equal(policy('identity', [kms]).kind, 'identity');
  assert.throws(() => parsePolicyDocument(JSON.stringify({ Statement: [kms] }), 'key'));
});
