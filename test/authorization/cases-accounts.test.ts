/** Cases 1 to 15 and 27 to 32 of the authorization dossier: accounts, root, delegation, other accounts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  A,
  allow,
  B,
  type Case,
  delegation,
  deny,
  other,
  rootArn,
  says,
  testCases,
  to,
  userArn,
  World,
  when,
} from './scene.ts';

const forAlice = allow(to(userArn('Alice')));
const kms = allow();
const everyone = allow({ Principal: '*' });
const Encrypt = { operation: 'Encrypt', input: { Plaintext: 'AAAA' } } as const;
const DescribeKey = { operation: 'DescribeKey' } as const;

testCases([
  {
    case: 1,
    title: 'an IAM policy alone does not open a key',
    key: [allow(to(userArn('Bob')))],
    identity: [kms],
    expect: says.noKeyPolicy,
  },
  { case: 2, title: 'delegation alone does not open a key', key: [delegation], expect: says.noIdentity },
  { case: 3, title: 'delegation and an IAM policy together do', key: [delegation], identity: [kms], expect: 'allowed' },
  { case: 4, title: 'a user named in the key policy needs no IAM policy', key: [forAlice], expect: 'allowed' },
  { case: 5, title: 'the root user needs delegation', key: [forAlice], caller: 'root', expect: says.noKeyPolicy },
  {
    case: 5,
    title: 'the root user needs no more than delegation',
    key: [delegation],
    caller: 'root',
    expect: 'allowed',
  },
  { case: 6, title: 'a bare account id is the root ARN', key: [allow(to(A))], caller: 'root', expect: 'allowed' },
  { case: 6, title: 'a bare account id is the root ARN', key: [allow(to(A))], expect: says.noIdentity },
  { case: 6, title: 'a bare account id is the root ARN', key: [allow(to(A))], identity: [kms], expect: 'allowed' },
  { case: 7, title: 'a star means everyone in the account', key: [everyone], expect: 'allowed' },
  {
    case: 7,
    title: 'a star does not do without the IAM policy of a stranger',
    key: [everyone],
    caller: 'x',
    expect: says.elsewhere,
  },
  {
    case: 7,
    title: 'a star and an IAM policy of its own let a stranger in',
    key: [everyone],
    caller: 'x',
    identity: [kms],
    expect: 'allowed',
  },
]);

const ofA = allow({ Principal: '*', ...when('StringEquals', 'kms:CallerAccount', A) });
const describeOnly = allow({ ...to(A), Action: 'kms:Describe*' });
const viaS3 = when('StringEquals', 'kms:ViaService', 's3.us-west-2.amazonaws.com');
testCases([
  { case: 8, title: 'a star with kms:CallerAccount means the account', key: [ofA], expect: 'allowed' },
  {
    case: 8,
    title: 'a star with kms:CallerAccount keeps strangers out',
    key: [ofA],
    caller: 'x',
    identity: [kms],
    expect: says.elsewhere,
  },
  {
    case: 9,
    title: 'delegation of some actions caps IAM policies',
    key: [describeOnly],
    identity: [kms],
    expect: says.noKeyPolicy,
  },
  {
    case: 9,
    title: 'within the cap IAM policies decide',
    key: [describeOnly],
    identity: [kms],
    ...DescribeKey,
    expect: 'allowed',
  },
  {
    case: 10,
    title: 'a deny on the account hits everyone in it',
    key: [forAlice, deny({ ...to(rootArn()), Action: 'kms:Decrypt' })],
    expect: says.keyDeny,
  },
  {
    case: 11,
    title: 'a deny in IAM beats the key policy',
    key: [forAlice],
    identity: [deny()],
    expect: says.identityDeny,
  },
  {
    case: 12,
    title: 'who may only create keys may not use them',
    key: [delegation],
    identity: [allow({ Action: 'kms:CreateKey' })],
    expect: says.noIdentity,
  },
  {
    case: 13,
    title: 'a statement without Resource never applies',
    key: [{ Effect: 'Allow', Action: 'kms:*', ...to(userArn('Alice')) }],
    expect: says.noKeyPolicy,
  },
  {
    case: 14,
    title: 'a statement on another key never applies',
    key: (arn) => [allow({ ...to(userArn('Alice')), Resource: `${arn}0` })],
    expect: says.noKeyPolicy,
  },
  {
    case: 14,
    title: 'a statement may name its own key',
    key: (arn) => [allow({ ...to(userArn('Alice')), Resource: arn })],
    expect: 'allowed',
  },
  {
    case: 15,
    title: 'delegation that asks for a service does not cover direct calls',
    key: [allow({ ...to(A), ...viaS3 })],
    identity: [kms],
    expect: says.noKeyPolicy,
  },
]);

test('case 12: the creator of a key has no part in it but by the key policy', async () => {
  await using world = await World.make();
  await world.identity('alice', [allow({ Action: 'kms:CreateKey' })]);
  const alice = await world.caller('alice');
  const created = await world.send('CreateKey', {}, alice);
  assert.equal(created.status, 200, created.text);
  const { KeyId } = created.body.KeyMetadata;
  const answer = await world.send('Encrypt', { KeyId, Plaintext: 'AAAA' }, alice);
  assert.match(answer.body.Message, /because no identity-based policy allows the kms:Encrypt action$/);
});

const allForB = allow(to(rootArn(B)));
const oneAccountOnly: readonly [string, object][] = [
  ['ScheduleKeyDeletion', {}],
  ['PutKeyPolicy', { Policy: '{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}}' }],
  ['TagResource', { Tags: [{ TagKey: 'a', TagValue: 'b' }] }],
  ['ListResourceTags', {}],
  ['GetKeyPolicy', {}],
  ['DisableKey', {}],
];
const encryptForB = allow({ ...to(rootArn(B)), Action: 'kms:Encrypt' });
const outsideOrg = deny({ Principal: '*', ...when('StringNotEquals', 'aws:PrincipalOrgID', 'o-1') });
testCases([
  {
    case: 27,
    title: 'another account can pass on what it was given',
    caller: 'x',
    key: [encryptForB],
    identity: [kms],
    ...Encrypt,
    expect: 'allowed',
  },
  {
    case: 27,
    title: 'another account cannot pass on more than it was given',
    caller: 'x',
    key: [encryptForB],
    identity: [kms],
    expect: says.elsewhere,
  },
  {
    case: 28,
    title: 'a stranger that is named needs an IAM policy as well',
    caller: 'x',
    key: [allow(to(userArn('X', B)))],
    expect: says.elsewhere,
  },
  {
    case: 28,
    title: 'a stranger that is named, with an IAM policy',
    caller: 'x',
    key: [allow(to(userArn('X', B)))],
    identity: [kms],
    expect: 'allowed',
  },
  {
    case: 28,
    title: 'a stranger is not let in under the name of another',
    caller: 'y',
    key: [allow(to(userArn('X', B)))],
    identity: [kms],
    expect: says.elsewhere,
  },
  ...oneAccountOnly.map(
    ([operation, input]): Case => ({
      case: 29,
      title: 'operations that work in one account only work for no stranger',
      caller: 'x',
      key: [allForB],
      identity: [kms],
      operation,
      input: { ...input },
      expect: says.elsewhere,
    }),
  ),
  {
    case: 29,
    title: 'GetKeyRotationStatus works for strangers',
    caller: 'x',
    key: [allForB],
    identity: [kms],
    operation: 'GetKeyRotationStatus',
    expect: 'allowed',
  },
  {
    case: 30,
    title: 'a service control policy of the owner does not bind strangers',
    caller: 'x',
    key: [allForB],
    identity: [kms],
    serviceControl: [A, [deny()]],
    expect: 'allowed',
  },
  {
    case: 30,
    title: 'a resource control policy binds whoever calls',
    caller: 'x',
    key: [allForB],
    identity: [kms],
    resourceControl: [outsideOrg],
    expect: says.elsewhere,
  },
  {
    case: 30,
    title: 'a resource control policy binds whoever calls',
    key: [forAlice],
    resourceControl: [outsideOrg],
    expect: 'with an explicit deny in a resource control policy',
  },
  {
    case: 30,
    title: 'a service control policy binds the callers of its account',
    key: [forAlice],
    serviceControl: [A, [other]],
    expect: says.noServiceControl,
  },
  {
    case: 30,
    title: 'a service control policy binds the root user',
    caller: 'root',
    key: [delegation],
    serviceControl: [A, [deny()]],
    expect: says.serviceControlDeny,
  },
  {
    case: 31,
    title: 'a bare key id is looked for at home',
    caller: 'x',
    key: [allForB],
    identity: [kms],
    input: (key) => ({ KeyId: key.id }),
    expect: 'NotFoundException',
  },
]);

test('case 32: ReEncrypt into a key that lacks ReEncryptTo is refused, and says so', async () => {
  await using world = await World.make();
  const source = await world.key([delegation, allForB]);
  const CiphertextBlob = await source.encrypt();
  const made = await world.kms.ok('CreateKey', {}, { region: 'us-west-2', caller: world.kms.other });
  const DestinationKeyId = made.KeyMetadata.Arn;
  await world.identity('x', [allow({ Action: 'kms:ReEncryptFrom' })]);
  const x = await world.caller('x');
  const refused = await world.send('ReEncrypt', { SourceKeyId: source.arn, CiphertextBlob, DestinationKeyId }, x);
  assert.equal(
    refused.body.Message,
    `User: ${userArn('X', B)} is not authorized to perform: kms:ReEncryptTo on resource: ${DestinationKeyId} because no identity-based policy allows the kms:ReEncryptTo action`,
  );
  await world.identity('x', [allow({ Action: 'kms:ReEncrypt*' })]);
  const done = await world.send('ReEncrypt', { SourceKeyId: source.arn, CiphertextBlob, DestinationKeyId }, x);
  assert.equal(done.status, 200, done.text);
});
