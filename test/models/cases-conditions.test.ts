/** Cases 33 to 49 of the authorization dossier: absent keys, sets, variables; and Resource. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { A, alice, allow, delegation, deny, policy, role, session, testCases, to, when } from './cases.ts';

const direct = 'key policy direct';
const none = 'no resource-based policy';
const denied = 'explicit deny resource-based policy';

/** Alice may use the key if the condition holds. */
const aliceIf = (operator: string, key: string, value: unknown) => [
  allow({ ...to(alice.arn), ...when(operator, key, value) }),
];
/** Alice may use the key unless the condition holds. */
const aliceUnless = (operator: string, key: string, value: unknown) => [
  allow(to(alice.arn)),
  deny({ Principal: '*', ...when(operator, key, value) }),
];
const variable = (name: string) => `\${${name}}`;

const app = aliceIf('StringEquals', 'kms:EncryptionContext:AppName', 'Ex');
const keysOf = (...keys: readonly string[]) => ({ 'kms:EncryptionContextKeys': keys });
const onlyAppName = { 'ForAllValues:StringEquals': keysOf('AppName') };
const notEmpty = { Null: { 'kms:EncryptionContextKeys': 'false' } };
const viaS3 = 's3.us-west-2.amazonaws.com';
testCases([
  {
    case: 33,
    title: 'the name of a context key is compared without case',
    key: app,
    context: { 'kms:EncryptionContext:appname': 'Ex' },
    expect: direct,
  },
  {
    case: 34,
    title: 'the value of a context key is compared with case',
    key: app,
    context: { 'kms:EncryptionContext:AppName': 'ex' },
    expect: none,
  },
  {
    case: 35,
    title: 'a condition on the context never holds for DescribeKey',
    key: app,
    action: 'kms:DescribeKey',
    expect: none,
  },
  {
    case: 36,
    title: 'ForAllValues holds for no values at all',
    key: [allow({ ...to(alice.arn), Condition: onlyAppName })],
    expect: direct,
  },
  {
    case: 36,
    title: 'Null closes the hole that ForAllValues leaves',
    key: [allow({ ...to(alice.arn), Condition: { ...onlyAppName, ...notEmpty } })],
    expect: none,
  },
  {
    case: 37,
    title: 'ForAnyValue needs a value even to deny',
    key: aliceUnless('ForAnyValue:StringNotEquals', 'kms:EncryptionContextKeys', 'Secret'),
    expect: direct,
  },
  {
    case: 39,
    title: 'a negated deny fires if the key is absent',
    key: aliceUnless('StringNotEquals', 'kms:ViaService', viaS3),
    expect: denied,
  },
  {
    case: 39,
    title: 'a negated deny fires if the key is absent',
    key: aliceUnless('StringNotEqualsIfExists', 'kms:ViaService', viaS3),
    expect: denied,
  },
  {
    case: 39,
    title: 'a positive deny does not fire if the key is absent',
    key: aliceUnless('StringEquals', 'kms:ViaService', viaS3),
    expect: direct,
  },
  {
    case: 40,
    title: 'Bool does not hold for an access key, which says nothing of MFA',
    key: aliceUnless('Bool', 'aws:MultiFactorAuthPresent', 'false'),
    expect: direct,
  },
  {
    case: 40,
    title: 'BoolIfExists holds for an access key',
    key: aliceUnless('BoolIfExists', 'aws:MultiFactorAuthPresent', false),
    expect: denied,
  },
  {
    case: 41,
    title: 'kms:RequestAlias is absent from a request by ARN',
    key: aliceIf('StringEquals', 'kms:RequestAlias', 'alias/fin'),
    expect: none,
  },
  {
    case: 41,
    title: 'kms:RequestAlias is the name of the alias',
    key: aliceIf('StringEquals', 'kms:RequestAlias', 'alias/fin'),
    context: { 'kms:RequestAlias': 'alias/fin' },
    expect: direct,
  },
  {
    case: 41,
    title: 'kms:RequestAlias is never an ARN',
    key: aliceIf('StringEquals', 'kms:RequestAlias', `arn:aws:kms:us-west-2:${A}:alias/fin`),
    context: { 'kms:RequestAlias': 'alias/fin' },
    expect: none,
  },
]);

const hasFin = when('ForAnyValue:StringEquals', 'kms:ResourceAliases', 'alias/fin');
const fin = { 'kms:ResourceAliases': ['alias/x', 'alias/fin'] };
const named = (name: string) => [allow({ ...to(alice.arn), Resource: `arn:aws:kms:*:*:${name}` })];
testCases([
  {
    case: 42,
    title: 'kms:ResourceAliases works in an IAM policy',
    key: [delegation],
    identity: [allow(hasFin)],
    context: fin,
    expect: 'account delegation',
  },
  {
    case: 42,
    title: 'kms:ResourceAliases is absent in a key policy',
    key: [allow({ ...to(alice.arn), ...hasFin })],
    context: fin,
    expect: none,
  },
  {
    case: 42,
    title: 'tags of the key are absent in a key policy',
    key: aliceIf('StringLike', 'AWS:ResourceTag/a', '*'),
    context: { 'aws:ResourceTag/a': 'b' },
    expect: none,
  },
  {
    case: 43,
    title: 'an alias in Resource is not the key behind it',
    key: [delegation],
    identity: [allow({ Resource: `arn:aws:kms:us-west-2:${A}:alias/fin` })],
    context: { 'kms:RequestAlias': 'alias/fin' },
    expect: 'no identity-based policy',
  },
  {
    case: 44,
    title: 'a variable without value matches nothing',
    caller: session('s'),
    key: [allow({ ...to(role), ...when('StringEquals', 'aws:userid', variable('aws:username')) })],
    context: { 'aws:userid': 'x' },
    expect: none,
  },
  {
    case: 44,
    title: 'a variable without value matches nothing, which a negated deny is about',
    caller: session('s'),
    key: [
      allow(to(role)),
      deny({ Principal: '*', ...when('StringNotEquals', 'aws:userid', variable('aws:username')) }),
    ],
    context: { 'aws:userid': 'x' },
    expect: denied,
  },
  ...['2008-10-17', ''].map((version) => ({
    case: 45,
    title: 'before 2012-10-17 a variable is plain text',
    version,
    key: aliceIf('StringEquals', 'kms:EncryptionContext:u', variable('aws:username')),
    context: { 'kms:EncryptionContext:u': 'Alice' },
    expect: none,
  })),
  {
    case: 45,
    title: 'from 2012-10-17 on a variable is its value',
    key: aliceIf('StringEquals', 'kms:EncryptionContext:u', variable('aws:username')),
    context: { 'kms:EncryptionContext:u': 'Alice' },
    expect: direct,
  },
  {
    case: 46,
    title: 'a star that comes in by a variable is a star',
    key: aliceIf('StringLike', 'kms:EncryptionContext:t', variable('aws:PrincipalTag/team')),
    context: { 'aws:PrincipalTag/team': '*', 'kms:EncryptionContext:t': 'anything' },
    expect: none,
  },
  {
    case: 46,
    title: 'a star that comes in by a variable is a star',
    key: aliceIf('StringLike', 'kms:EncryptionContext:t', variable('aws:PrincipalTag/team')),
    context: { 'aws:PrincipalTag/team': '*', 'kms:EncryptionContext:t': '*' },
    expect: direct,
  },
  {
    case: 47,
    title: 'a wildcard takes newlines',
    key: aliceIf('StringLike', 'kms:EncryptionContext:t', 'x*y'),
    context: { 'kms:EncryptionContext:t': 'x\ny' },
    expect: direct,
  },
  {
    case: 48,
    title: 'Null is about whether the parameter was there',
    key: aliceIf('Null', 'kms:BypassPolicyLockoutSafetyCheck', 'true'),
    expect: direct,
  },
  {
    case: 49,
    title: 'a negated condition holds for what a key does not have',
    key: aliceIf('StringNotEquals', 'kms:MultiRegionKeyType', 'REPLICA'),
    expect: direct,
  },
  { case: 14, title: 'wildcards work in the parts of a resource', key: named('key/*'), expect: direct },
  {
    case: 14,
    title: 'a wildcard does not reach over a colon',
    key: [allow({ ...to(alice.arn), Resource: 'arn:aws:kms:*:key/*:x' })],
    expect: none,
  },
]);

test('a key policy with ForAllValues on the encryption context is overly permissive', () => {
  for (const [key, what] of [
    ['kms:EncryptionContext:Dept', 'encryption context'],
    ['aws:RequestTag/Dept', 'tag'],
  ] as const) {
    assert.throws(() => policy('key', aliceIf('ForAllValues:StringEquals', key, 'IT')), {
      name: 'MalformedPolicyDocumentException',
      message: new RegExp(`^OverlyPermissiveCondition: .* without the specified ${what} `),
    });
  }
});
