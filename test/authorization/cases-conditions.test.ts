/** Cases 33 to 54 of the authorization dossier: conditions, variables, values. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { A, allow, type Case, delegation, deny, roleArn, says, testCases, to, userArn, World, when } from './scene.ts';

/** Alice may use the key if the condition holds. */
const aliceIf = (operator: string, key: string, value: unknown) => [
  allow({ ...to(userArn('Alice')), ...when(operator, key, value) }),
];
/** Alice may use the key unless the condition holds. */
const aliceUnless = (operator: string, key: string, value: unknown) => [
  delegation,
  allow(to(userArn('Alice'))),
  deny({ ...to(userArn('Alice')), ...when(operator, key, value) }),
];
const variable = (name: string) => `\${${name}}`;
const contextIs = (name: string, value: string, operator = 'StringEquals') =>
  aliceIf(operator, `kms:EncryptionContext:${name}`, value);

const app = contextIs('AppName', 'Ex');
const onlyAppName = { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['AppName'] } };
const notEmpty = { Null: { 'kms:EncryptionContextKeys': 'false' } };
const viaS3 = 's3.us-west-2.amazonaws.com';
testCases([
  {
    case: 33,
    title: 'the name of a context key is compared without case',
    key: app,
    context: { appname: 'Ex' },
    expect: 'allowed',
  },
  {
    case: 34,
    title: 'the value of a context key is compared with case',
    key: app,
    context: { AppName: 'ex' },
    expect: says.noKeyPolicy,
  },
  {
    case: 35,
    title: 'a condition on the context never holds for DescribeKey',
    key: app,
    operation: 'DescribeKey',
    expect: says.noKeyPolicy,
  },
  {
    case: 36,
    title: 'ForAllValues holds for no values at all',
    key: [allow({ ...to(userArn('Alice')), Condition: onlyAppName })],
    expect: 'allowed',
  },
  {
    case: 36,
    title: 'ForAllValues refuses another name',
    key: [allow({ ...to(userArn('Alice')), Condition: onlyAppName })],
    context: { Other: 'x' },
    expect: says.noKeyPolicy,
  },
  {
    case: 36,
    title: 'Null closes the hole that ForAllValues leaves',
    key: [allow({ ...to(userArn('Alice')), Condition: { ...onlyAppName, ...notEmpty } })],
    expect: says.noKeyPolicy,
  },
  {
    case: 37,
    title: 'ForAnyValue needs a value even to deny',
    key: aliceUnless('ForAnyValue:StringNotEquals', 'kms:EncryptionContextKeys', 'Secret'),
    expect: 'allowed',
  },
  {
    case: 39,
    title: 'a negated deny fires if the key is absent',
    key: aliceUnless('StringNotEquals', 'kms:ViaService', viaS3),
    expect: says.keyDeny,
  },
  {
    case: 39,
    title: 'a negated deny fires if the key is absent',
    key: aliceUnless('StringNotEqualsIfExists', 'kms:ViaService', viaS3),
    expect: says.keyDeny,
  },
  {
    case: 39,
    title: 'a positive deny does not fire if the key is absent',
    key: aliceUnless('StringEquals', 'kms:ViaService', viaS3),
    expect: 'allowed',
  },
  {
    case: 40,
    title: 'Bool does not hold for an access key, which says nothing of MFA',
    key: aliceUnless('Bool', 'aws:MultiFactorAuthPresent', 'false'),
    expect: 'allowed',
  },
  {
    case: 40,
    title: 'BoolIfExists holds for an access key',
    key: aliceUnless('BoolIfExists', 'aws:MultiFactorAuthPresent', false),
    expect: says.keyDeny,
  },
  {
    case: 40,
    title: 'Bool holds for temporary credentials',
    caller: 'alice, temporary',
    key: aliceUnless('Bool', 'aws:MultiFactorAuthPresent', 'false'),
    expect: says.keyDeny,
  },
]);

const aliases = ['alias/fin', 'alias/x'];
const requestAlias = aliceIf('StringEquals', 'kms:RequestAlias', 'alias/fin');
const finArn = `arn:aws:kms:us-west-2:${A}:alias/fin`;
const hasFin = when('ForAnyValue:StringEquals', 'kms:ResourceAliases', 'alias/fin');
testCases([
  {
    case: 41,
    title: 'kms:RequestAlias is absent from a request by ARN',
    key: requestAlias,
    aliases,
    expect: says.noKeyPolicy,
  },
  ...['alias/fin', finArn].map(
    (KeyId): Case => ({
      case: 41,
      title: 'kms:RequestAlias is the name of the alias',
      key: requestAlias,
      aliases,
      input: { KeyId },
      expect: 'allowed',
    }),
  ),
  {
    case: 41,
    title: 'kms:RequestAlias is never an ARN',
    key: aliceIf('StringEquals', 'kms:RequestAlias', finArn),
    aliases,
    input: { KeyId: finArn },
    expect: says.noKeyPolicy,
  },
  {
    case: 42,
    title: 'kms:ResourceAliases works in an IAM policy',
    key: [delegation],
    identity: [allow(hasFin)],
    aliases,
    expect: 'allowed',
  },
  {
    case: 42,
    title: 'kms:ResourceAliases of a key without the alias',
    key: [delegation],
    identity: [allow(hasFin)],
    aliases: ['alias/x'],
    expect: says.noIdentity,
  },
  {
    case: 42,
    title: 'kms:ResourceAliases is absent in a key policy',
    key: [allow({ ...to(userArn('Alice')), ...hasFin })],
    aliases,
    expect: says.noKeyPolicy,
  },
  {
    case: 43,
    title: 'an alias in Resource is not the key behind it',
    key: [delegation],
    identity: [allow({ Resource: finArn })],
    aliases,
    input: { KeyId: 'alias/fin' },
    expect: says.noIdentity,
  },
  {
    case: 44,
    title: 'a variable without value matches nothing',
    caller: 'session s1',
    key: [allow({ ...to(roleArn), ...when('StringLike', 'aws:userid', `*${variable('aws:username')}*`) })],
    expect: says.noKeyPolicy,
  },
  {
    case: 44,
    title: 'a variable without value matches nothing, which a negated deny is about',
    caller: 'session s1',
    key: [
      allow(to(roleArn)),
      deny({ ...to(roleArn), ...when('StringNotEquals', 'aws:userid', variable('aws:username')) }),
    ],
    expect: says.keyDeny,
  },
  ...['2008-10-17', ''].map(
    (version): Case => ({
      case: 45,
      title: 'before 2012-10-17 a variable is plain text',
      version,
      key: contextIs('u', variable('aws:username')),
      context: { u: 'Alice' },
      expect: says.noKeyPolicy,
    }),
  ),
  {
    case: 45,
    title: 'before 2012-10-17 a variable is plain text, and matches itself',
    version: '2008-10-17',
    key: contextIs('u', variable('aws:username')),
    context: { u: variable('aws:username') },
    expect: 'allowed',
  },
  {
    case: 45,
    title: 'from 2012-10-17 on a variable is its value',
    key: contextIs('u', variable('aws:username')),
    context: { u: 'Alice' },
    expect: 'allowed',
  },
]);

/** Alice with a tag whose value is a star. */
const taggedStar = (world: World) =>
  world.kms.did('TagUser', { UserName: 'Alice', Tags: [{ Key: 'team', Value: '=' }] }).then(() => undefined);
testCases([
  {
    case: 46,
    title: 'the value of a variable is compared',
    before: taggedStar,
    key: contextIs('t', variable('aws:PrincipalTag/team'), 'StringLike'),
    context: { t: '=' },
    expect: 'allowed',
  },
  {
    case: 46,
    title: 'the value of a variable is compared',
    before: taggedStar,
    key: contextIs('t', variable('aws:PrincipalTag/team'), 'StringLike'),
    context: { t: 'anything' },
    expect: says.noKeyPolicy,
  },
  {
    case: 47,
    title: 'a wildcard takes newlines',
    key: contextIs('t', 'x*y', 'StringLike'),
    context: { t: 'x\ny' },
    expect: 'allowed',
  },
  {
    case: 47,
    title: 'a pattern made to explode costs nothing',
    key: contextIs('t', '*a*a*a*ab', 'StringLike'),
    context: { t: 'a'.repeat(3500) },
    expect: says.noKeyPolicy,
  },
  {
    case: 49,
    title: 'a negated condition holds for what a key does not have',
    key: aliceIf('StringNotEquals', 'kms:MultiRegionKeyType', 'REPLICA'),
    expect: 'allowed',
  },
  {
    case: 50,
    title: 'the address of the caller is in its range',
    key: aliceIf('IpAddress', 'aws:SourceIp', '127.0.0.0/8'),
    expect: 'allowed',
  },
  {
    case: 50,
    title: 'the address of the caller is in no other range',
    key: aliceIf('IpAddress', 'aws:SourceIp', '10.0.0.0/8'),
    expect: says.noKeyPolicy,
  },
  {
    case: 50,
    title: 'an address that is another fires a negated deny',
    key: aliceUnless('NotIpAddress', 'aws:SourceIp', '203.0.113.5'),
    expect: says.keyDeny,
  },
  {
    case: 51,
    title: 'a date may be in seconds',
    key: aliceIf('DateGreaterThan', 'aws:CurrentTime', '1577836800'),
    expect: 'allowed',
  },
  {
    case: 51,
    title: 'a date may be in seconds',
    key: aliceIf('DateGreaterThan', 'aws:CurrentTime', '4102444800'),
    expect: says.noKeyPolicy,
  },
  {
    case: 52,
    title: 'a deny on less than thirty days does not hit the default of thirty',
    operation: 'ScheduleKeyDeletion',
    key: aliceUnless('NumericLessThan', 'kms:ScheduleKeyDeletionPendingWindowInDays', 30),
    expect: 'allowed',
  },
  {
    case: 52,
    title: 'a deny on less than thirty days hits seven',
    operation: 'ScheduleKeyDeletion',
    input: { PendingWindowInDays: 7 },
    key: aliceUnless('NumericLessThan', 'kms:ScheduleKeyDeletionPendingWindowInDays', 30),
    expect: says.keyDeny,
  },
  {
    case: 52,
    title: 'what begins as a number is none',
    operation: 'ScheduleKeyDeletion',
    input: { PendingWindowInDays: 7 },
    key: aliceIf('NumericLessThan', 'kms:ScheduleKeyDeletionPendingWindowInDays', '10abc'),
    expect: says.noKeyPolicy,
  },
  ...['kms:EncryptionAlgorithm', 'aws:RequestedRegion'].flatMap((key): Case[] => {
    const is = key === 'aws:RequestedRegion' ? 'us-west-2' : 'SYMMETRIC_DEFAULT';
    return [
      {
        case: 53,
        title: 'either of two values will do',
        key: aliceIf('StringEquals', key, [is, 'else']),
        expect: 'allowed',
      },
      {
        case: 53,
        title: 'a negated condition must differ from both of two values',
        key: aliceIf('StringNotEquals', key, ['else', is]),
        expect: says.noKeyPolicy,
      },
    ];
  }),
  {
    case: 54,
    title: 'a role with a path needs a pattern that has room for it',
    caller: 'session s1',
    key: [allow({ Principal: '*', ...when('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/App') })],
    expect: says.noKeyPolicy,
  },
  {
    case: 54,
    title: 'a role with a path fits a pattern that has room for it',
    caller: 'session s1',
    key: [allow({ Principal: '*', ...when('ArnLike', 'aws:PrincipalArn', 'arn:aws:iam::*:role/*App') })],
    expect: 'allowed',
  },
]);

test('case 46: a star that comes in by a session tag is a star', async () => {
  await using world = await World.make();
  const key = await world.key([
    delegation,
    allow({ ...to(roleArn), ...when('StringLike', 'kms:EncryptionContext:t', variable('aws:PrincipalTag/team')) }),
  ]);
  // Tags may not hold a star; what one may hold and a pattern would take for more is not to be had either.
  const refused = await world.kms.query('TagUser', { UserName: 'Alice', Tags: [{ Key: 'team', Value: '*' }] });
  assert.equal(refused.body.Code, 'ValidationError');
  const session = await world.assume('s1', undefined, { Tags: [{ Key: 'team', Value: 'a b' }] });
  const decrypt = async (t: string) => {
    const input = { KeyId: key.arn, CiphertextBlob: await key.encrypt({ t }), EncryptionContext: { t } };
    return (await world.send('Decrypt', input, session)).status;
  };
  assert.equal(await decrypt('a b'), 200);
  assert.equal(await decrypt('axb'), 400);
});

test('case 38: ForAllValues on the encryption context is refused when the policy is put', async () => {
  await using world = await World.make();
  const key = await world.key();
  for (const [condition, what] of [
    ['kms:EncryptionContext:Dept', 'encryption context'],
    ['aws:RequestTag/Dept', 'tag'],
  ] as const) {
    const Policy = JSON.stringify({
      Statement: [delegation, ...aliceIf('ForAllValues:StringEquals', condition, 'IT')],
    });
    const { body } = await world.send('PutKeyPolicy', { KeyId: key.id, Policy }, world.kms.root);
    assert.equal(body.__type, 'MalformedPolicyDocumentException');
    assert.match(body.message, new RegExp(`^OverlyPermissiveCondition: .* without the specified ${what} `));
  }
});

test('case 48: a parameter that was not sent has its default, or is absent, as each key is documented', async () => {
  await using world = await World.make();
  const alice = await world.caller('alice');
  const create = async (condition: object) => {
    await world.identity('alice', [allow({ Action: ['kms:CreateKey', 'kms:PutKeyPolicy'], Condition: condition })]);
    return (await world.send('CreateKey', { BypassPolicyLockoutSafetyCheck: true }, alice)).status;
  };
  assert.equal(
    await create({ StringEquals: { 'kms:KeySpec': 'SYMMETRIC_DEFAULT', 'kms:KeyUsage': 'ENCRYPT_DECRYPT' } }),
    200,
  );
  assert.equal(
    await create({ StringEquals: { 'kms:KeyOrigin': 'AWS_KMS' }, Bool: { 'kms:MultiRegion': 'false' } }),
    200,
  );
  assert.equal(await create({ StringEquals: { 'kms:KeySpec': 'RSA_2048' } }), 400);
  assert.equal(await create({ Bool: { 'kms:BypassPolicyLockoutSafetyCheck': 'true' } }), 200);
  assert.equal(await create({ Null: { 'kms:BypassPolicyLockoutSafetyCheck': 'true' } }), 400);
  await world.identity('alice', [
    allow({ Action: ['kms:CreateKey'], ...when('Null', 'kms:BypassPolicyLockoutSafetyCheck', 'true') }),
    allow({ Action: 'kms:PutKeyPolicy' }),
  ]);
  assert.equal((await world.send('CreateKey', {}, alice)).status, 200);
});
