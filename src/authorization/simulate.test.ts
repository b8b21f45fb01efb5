import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAccountId } from '#model/arn.ts';
import type { AttachedPolicies, PolicyText, Principal } from '#model/principal.ts';
import { judgeWithoutKey } from './decide.ts';
import { compilePolicy } from './policy/compile.ts';
import { parsePolicyDocument } from './policy/parse.ts';
import { type Question, simulate } from './simulate.ts';

/** A policy variable, in a way that does not look like a template of ours. */
const variable = (name: string): string => `\${${name}}`;

const account = (text: string) => {
  const accountId = parseAccountId(text);
  assert(accountId !== undefined);
  return accountId;
};
const accountId = account('111122223333');
const alice = 'arn:aws:iam::111122223333:user/alice';
const resource = 'arn:aws:kms:us-east-1:111122223333:key/1';

const document = (...statements: object[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((one) => ({ Effect: 'Allow', Action: 'kms:*', Resource: '*', ...one })),
  });
const policy = (name: string, ...statements: object[]): PolicyText => ({ name, document: document(...statements) });

function user(policies: AttachedPolicies): Principal {
  const hasBoundary = policies.boundary !== undefined;
  return { kind: 'user', accountId, arn: alice, uniqueId: 'AIDA', userId: 'AIDA', tags: [], hasBoundary, policies };
}

const ask = (policies: AttachedPolicies, more: Partial<Question> = {}) =>
  simulate({ principal: user(policies), action: 'kms:Encrypt', resource, context: new Map(), ...more });

function key(...statements: object[]): Question['key'] {
  const parsed = parsePolicyDocument(document(...statements), 'key');
  return { accountId, policy: compilePolicy(parsed, { knownActions: new Set() }), isCrossAccountCapable: true };
}

const named = ({ matches }: ReturnType<typeof simulate>) =>
  matches.map(({ policy: name, index, effect }) => `${name} ${index} ${effect}`);

test('the verdict is that of a real request, and every statement that applies is listed', () => {
  const identity = [
    policy('first', { Action: 's3:*' }, { Sid: 'Second' }),
    policy('second', { Resource: 'arn:aws:kms:*:*:key/2' }, {}, { Effect: 'Deny', Action: 'kms:Decrypt' }),
  ];
  const found = ask({ identity });
  assert.deepEqual(named(found), ['first 1 Allow', 'second 1 Allow']);
  assert.equal(found.matches[0]?.sid, 'Second');
  const real = judgeWithoutKey({ caller: user({ identity }), action: 'kms:Encrypt', context: new Map() }, resource);
  assert.deepEqual(found.verdict, real);
  const denied = ask({ identity }, { action: 'kms:Decrypt' });
  assert.deepEqual(named(denied), ['first 1 Allow', 'second 1 Allow', 'second 2 Deny']);
  assert(!denied.verdict.isAllowed && denied.verdict.isExplicit);
});

test('a boundary, session policies and service control policies are told apart', () => {
  const identity = [policy('own', {})];
  const bound = ask({ identity, boundary: policy('bound', { Action: 'kms:Decrypt' }) });
  assert.equal(bound.allowedByBoundary, false);
  assert(!bound.verdict.isAllowed && bound.verdict.because === 'permissions boundary');
  assert.equal(ask({ identity, boundary: policy('bound', {}) }).allowedByBoundary, true);
  const denying = policy('bound', {}, { Effect: 'Deny' });
  assert.equal(ask({ identity, boundary: denying }).allowedByBoundary, false);
  const controlled = ask({ identity, serviceControl: [policy('control', { Action: 's3:*' })] });
  assert.equal(controlled.allowedByOrganization, false);
  const all = ask({
    identity,
    boundary: policy('bound', {}),
    session: [policy('session', {})],
    serviceControl: [policy('control', {})],
  });
  assert.deepEqual(
    all.matches.map(({ type }) => type),
    ['identity-based policy', 'permissions boundary', 'session policy', 'service control policy'],
  );
  assert.deepEqual([all.allowedByBoundary, all.allowedByOrganization], [true, true]);
  const none = ask({ identity });
  assert.deepEqual([none.allowedByBoundary, none.allowedByOrganization], [undefined, undefined]);
});

test('with a key policy the key decides, and without one only the caller', () => {
  const identity = [policy('own', {})];
  assert(ask({ identity }).verdict.isAllowed);
  const closed = ask({ identity }, { key: key({ Principal: { AWS: '444455556666' } }) });
  assert(!closed.verdict.isAllowed && closed.verdict.because === 'resource-based policy');
  const open = ask({ identity: [] }, { key: key({ Principal: { AWS: alice } }) });
  assert(open.verdict.isAllowed && open.verdict.by === 'key policy direct');
  assert.deepEqual(named(open), ['key policy 0 Allow']);
});

test('grants and resource control policies count where they are given', () => {
  const closed = key({ Principal: { AWS: '444455556666' } });
  assert(closed !== undefined);
  const granted = { ...closed, grants: [{ grantId: 'g', strength: 'direct' as const }] };
  const byGrant = ask({ identity: [] }, { key: granted });
  assert(byGrant.verdict.isAllowed && byGrant.verdict.by === 'grant');
  const denying = policy('control', { Effect: 'Deny', Principal: '*' });
  const denied = ask({ identity: [] }, { key: { ...granted, resourceControl: [denying] } });
  assert(!denied.verdict.isAllowed && denied.verdict.because === 'resource control policy');
  assert.deepEqual(named(denied), ['control 0 Deny']);
});

test('an operation that is for one account only is refused to others whatever the key policy says', () => {
  const foreign = key({ Principal: '*' });
  assert(foreign !== undefined);
  const elsewhere = { ...foreign, accountId: account('444455556666'), isCrossAccountCapable: false };
  const { verdict } = ask({ identity: [policy('own', {})] }, { key: elsewhere });
  assert(!verdict.isAllowed && verdict.because === 'operation');
});

test('keys that the context lacks are named where a statement is about the action and the resource', () => {
  const identity = [
    policy(
      'own',
      { Condition: { StringEquals: { 'kms:ViaService': 's3', 'aws:PrincipalTag/team': variable('aws:username') } } },
      { Action: 's3:*', Condition: { Bool: { 'aws:SecureTransport': 'true' } } },
      { Resource: 'arn:aws:kms:*:*:key/2', Condition: { Bool: { 'aws:ViaAWSService': 'true' } } },
      { Resource: `arn:aws:kms:*:*:key/${variable('aws:userid')}`, Condition: { Null: { 'AWS:sourceip': 'true' } } },
    ),
  ];
  const context = new Map([['aws:principaltag/team', ['a']]]);
  assert.deepEqual(ask({ identity }, { context }).missingKeys, [
    'kms:ViaService',
    'aws:username',
    'aws:userid',
    'AWS:sourceip',
  ]);
  context.set('aws:userid', ['2']);
  context.set('kms:viaservice', ['s3']);
  context.set('aws:username', ['a']);
  const complete = ask({ identity }, { context });
  assert.deepEqual(complete.missingKeys, []);
  assert(complete.verdict.isAllowed);
});

test('a statement of a key policy that means somebody else misses nothing', () => {
  const Condition = { Bool: { 'aws:SecureTransport': 'true' } };
  const other = key({ Principal: { AWS: 'arn:aws:iam::111122223333:user/bob' }, Condition });
  assert.deepEqual(ask({ identity: [] }, { key: other }).missingKeys, []);
  assert.deepEqual(ask({ identity: [] }, { key: key({ Principal: '*', Condition }) }).missingKeys, [
    'aws:SecureTransport',
  ]);
});

test('what is no ARN fits only statements on all resources', () => {
  const identity = [policy('own', { Resource: 'arn:aws:kms:*:*:*' })];
  assert(!ask({ identity }, { resource: '*' }).verdict.isAllowed);
  assert(ask({ identity: [policy('own', {})] }, { resource: '*' }).verdict.isAllowed);
});
