import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PolicyKind } from './document.ts';
import { parsePolicyDocument } from './parse.ts';

type Json = Readonly<Record<string, unknown>>;

const keyStatement: Json = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' };
const identityStatement: Json = { Effect: 'Allow', Action: 'kms:*', Resource: '*' };
const trustStatement: Json = { Effect: 'Allow', Principal: '*', Action: 'sts:AssumeRole' };
const statementOf = {
  key: keyStatement,
  identity: identityStatement,
  'resource-guardrail': keyStatement,
  trust: trustStatement,
};
const account = '111122223333';

/** A document with one good statement, in which members are replaced; undefined takes one away. */
function parse(kind: PolicyKind, statement: Json = {}, document: Json = {}) {
  const Statement = { ...statementOf[kind], ...statement };
  return parsePolicyDocument(JSON.stringify({ Version: '2012-10-17', Statement, ...document }), kind);
}

function refuses(kind: PolicyKind, statement: Json, document: Json = {}): void {
  assert.throws(
    () => parse(kind, statement, document),
    { name: 'MalformedPolicyDocumentException' },
    JSON.stringify({ ...statement, ...document }),
  );
}

const kinds = ['key', 'identity', 'resource-guardrail'] as const;

test('a single value stands for a list of it', () => {
  for (const kind of kinds) {
    const one = parse(kind);
    const list = parse(kind, { Action: ['kms:*'], Resource: ['*'] });
    assert.deepEqual(one, list);
    assert.deepEqual(
      one,
      parsePolicyDocument(JSON.stringify({ Version: '2012-10-17', Statement: [statementOf[kind]] }), kind),
    );
  }
});

test('what is not JSON of the right form is refused', () => {
  for (const text of ['x', '[]', '"a"', 'null', '{}', '{"Statement":[]}', '{"Statement":null}', '{"Statement":[1]}']) {
    for (const kind of kinds) {
      assert.throws(() => parsePolicyDocument(text, kind), { name: 'MalformedPolicyDocumentException' }, text);
    }
  }
  const twice = '{"Statement":{"Effect":"Deny","Effect":"Allow","Principal":"*","Action":"*","Resource":"*"}}';
  assert.throws(() => parsePolicyDocument(twice, 'key'), { message: 'An object has two members of the same name.' });
  assert.throws(() => parsePolicyDocument('', 'key'), { name: 'MalformedPolicyDocumentException' });
});

test('only the characters of AWS are taken', () => {
  parse('key', { Sid: 'tab\tline\r\nÿ ~' }); // JSON escapes the first three
  for (const character of ['\u0100', '\u0000', '\u001f', '😀', '\u2028']) {
    const text = `{"Statement":{"Sid":"${character}","Effect":"Deny","Principal":"*"}}`;
    assert.throws(() => parsePolicyDocument(text, 'key'), { name: 'MalformedPolicyDocumentException' });
  }
});

test('unknown elements, versions and effects are refused in every kind', () => {
  for (const kind of kinds) {
    refuses(kind, { Efect: 'Allow' });
    refuses(kind, { principal: '*' });
    refuses(kind, {}, { Comment: 'x' });
    for (const Version of ['2012-10-18', '', 2012, null]) refuses(kind, {}, { Version });
    for (const Effect of ['allow', 'ALLOW', '', undefined, null, ['Allow']]) refuses(kind, { Effect });
    refuses(kind, { NotAction: 'kms:*' });
    refuses(kind, { NotResource: '*' });
  }
});

test('variables are read from version 2012-10-17 on', () => {
  assert.equal(parse('key').hasVariables, true);
  assert.equal(parse('key', {}, { Version: '2008-10-17' }).hasVariables, false);
  assert.equal(parse('key', {}, { Version: undefined }).hasVariables, false);
});

test('a key policy takes an Id and any Sid, an identity policy no Id and a plain Sid', () => {
  assert.equal(
    parse('key', { Sid: 'Enable IAM User Permissions' }, { Id: 'key-default-1' }).statements[0]?.sid,
    'Enable IAM User Permissions',
  );
  refuses('key', {}, { Id: 1 });
  refuses('key', { Sid: 1 });
  parse('identity', { Sid: 'Abc1' });
  parse('identity', { Sid: '' });
  refuses('identity', { Sid: 'a b' });
  refuses('identity', {}, { Id: 'x' });
});

test('a Sid comes once in a document, and an empty one is none', () => {
  for (const kind of kinds) {
    const withSid = (Sid: string) => ({
      Statement: [
        { ...statementOf[kind], Sid },
        { ...statementOf[kind], Sid },
      ],
    });
    refuses(kind, {}, withSid('A'));
    parse(kind, {}, withSid(''));
  }
});

test('a key policy may have statements without Action or Resource, an identity policy may not', () => {
  for (const missing of [{ Action: undefined }, { Resource: undefined }, { Action: [] }, { Resource: [] }]) {
    parse('key', missing);
    refuses('identity', missing);
  }
});

test('an action names a service', () => {
  for (const Action of ['*', 'kms:*', 'KMS:Encr?pt', 'made-up:Thing']) parse('key', { Action });
  for (const Action of [
    'Encrypt',
    'kms:',
    ':Encrypt',
    'k*:Encrypt',
    '**',
    'kms:a:b',
    'kms: Encrypt',
    '',
    1,
    [['kms:*']],
    null,
  ]) {
    refuses('key', { Action });
    refuses('identity', { Action });
  }
});

test('a resource is a star or an ARN, with variables in its last part only', () => {
  const variable = (name: string) => `\${${name}}`;
  const good = ['*', 'arn:aws:kms:*:*:key/*', `arn:aws:kms:r:1:key/${variable('aws:username')}`, 'arn:*:kms:?:*:a:b:c'];
  for (const Resource of good) parse('identity', { Resource });
  const bad = ['key/1', 'alias/x', 'arn:aws:kms:r:1', 'arn:aws:*:r:1:x', 'arn:aws:k?s:r:1:x', '', '**', 1, null];
  for (const Resource of bad) refuses('identity', { Resource });
  refuses('identity', { Resource: `arn:aws:kms:r:${variable('aws:a')}:key/x` });
  refuses('identity', { Resource: `arn:aws:kms:r:1:key/$${'{'}x` });
  parse('identity', { Resource: `arn:aws:kms:r:1:key/$${'{'}x` }, { Version: '2008-10-17' });
});

test('an identity policy has no principal, the others have one of two', () => {
  assert.throws(() => parse('identity', { Principal: '*' }), {
    message: 'Policy document should not specify a principal.',
  });
  refuses('identity', { NotPrincipal: '*' });
  refuses('key', { Principal: undefined });
  refuses('key', { NotPrincipal: { AWS: account } });
  refuses('key', { Principal: undefined, NotPrincipal: { AWS: account } });
  parse('key', { Principal: undefined, NotPrincipal: { AWS: account }, Effect: 'Deny' });
});

test('principals have one of the forms that KMS knows', () => {
  const iam = `arn:aws:iam::${account}`;
  const sts = `arn:aws:sts::${account}`;
  const good = [
    '*',
    account,
    `${iam}:root`,
    `${iam}:user/a`,
    `${iam}:user/p/q/a.b@c`,
    `${iam}:role/aws-service-role/x/R`,
    'AIDAABCDEFGHIJKLMNOPQ',
    'AROAABCDEFGHIJKLMNOPQ',
  ];
  const sessions = [`${sts}:assumed-role/R/s@x`, `${sts}:federated-user/f`, `arn:aws-cn:iam::${account}:root`];
  for (const AWS of [...good, ...sessions, [...good, ...sessions]]) parse('key', { Principal: { AWS } });
  parse('key', { Principal: { Service: ['s3.amazonaws.com', 'logs.us-west-2.amazonaws.com'], AWS: account } });
  const bad = [
    '',
    '1111',
    `${iam}:role/*`,
    `${iam}:user/a?`,
    `${iam}:user/`,
    `${iam}:user//a`,
    `${iam}:user/a/`,
    `${iam}:group/g`,
    `${iam}:*`,
    'arn:aws:iam::*:root',
  ];
  const worse = [
    `${sts}:assumed-role/R/*`,
    `${sts}:assumed-role/R`,
    `${sts}:assumed-role/p/R/s`,
    'AIDA',
    'AKIAABCDEFGHIJKLMNOPQ',
    's3.amazonaws.com',
    `${account}\n`,
  ];
  for (const AWS of [...bad, ...worse]) {
    assert.throws(
      () => parse('key', { Principal: { AWS: [account, AWS] } }),
      {
        name: 'MalformedPolicyDocumentException',
        message: 'Policy contains a statement with one or more invalid principals.',
      },
      AWS,
    );
  }
  const others = [
    { Federated: 'x' },
    { CanonicalUser: 'x' },
    { Service: '*' },
    { Service: 'S3.example.com' },
    { User: 'x' },
  ];
  for (const Principal of [
    ...others,
    {},
    { AWS: [] },
    { AWS: [], Service: [] },
    { AWS: 1 },
    'x',
    account,
    null,
    [account],
  ]) {
    refuses('key', { Principal });
  }
});

test('no name of a principal takes long to refuse', () => {
  const start = performance.now();
  const prefixes = [`arn:aws:iam::${account}:user`, `arn:aws:sts::${account}:assumed-role`, 'arn:aws', ''];
  for (const prefix of prefixes) {
    for (const part of ['/a', '/', 'a', '.a', '-']) {
      refuses('key', { Principal: { AWS: `${prefix}${part.repeat(10_000)}*` } });
      refuses('key', { Principal: { Service: `${prefix}${part.repeat(10_000)}` } });
    }
  }
  assert(performance.now() - start < 1000, `${performance.now() - start} ms`);
});

test('the root ARN is kept as the account', () => {
  const [statement] = parse('key', { Principal: { AWS: [`arn:aws:iam::${account}:root`, '*'] } }).statements;
  assert.deepEqual(statement?.principals, { isExcept: false, isEveryone: true, names: [account] });
});

test('conditions have known operators, keys of a service and simple values', () => {
  const { statements } = parse('key', {
    Condition: { Bool: { 'aws:SecureTransport': [true, 'false'] }, NumericEquals: { 'x:y': 1.5 } },
  });
  assert.deepEqual(statements[0]?.conditions, [
    { operator: 'Bool', key: 'aws:SecureTransport', values: ['true', 'false'] },
    { operator: 'NumericEquals', key: 'x:y', values: ['1.5'] },
  ]);
  for (const Condition of [{}, { StringEquals: {} }, { StringEquals: { 'x:y': [] } }, { Null: { 'x:y': true } }])
    parse('key', { Condition });
  const bad = [
    [],
    'x',
    null,
    { StringIs: { 'x:y': 'z' } },
    { StringEquals: 'x' },
    { StringEquals: ['x'] },
    { StringEquals: null },
  ];
  const badKeys = [{ StringEquals: { x: 'y' } }, { StringEquals: { ':x': 'y' } }, { StringEquals: { 'x:': 'y' } }];
  const badValues = [null, { a: 1 }, [['x']], [null]].map((value) => ({ StringEquals: { 'x:y': value } }));
  const badVariable = { StringEquals: { 'x:y': '$'.concat('{x') } };
  for (const Condition of [...bad, ...badKeys, ...badValues, badVariable]) refuses('key', { Condition });
});

test('ForAllValues on single-valued keys is refused in a key policy only', () => {
  const Condition = { 'forallvalues:StringLike': { 'KMS:encryptioncontext:Dept': '*' } };
  assert.throws(() => parse('key', { Condition }), { message: /^OverlyPermissiveCondition: / });
  parse('identity', { Condition });
  parse('key', { Condition: { 'ForAllValues:StringLike': { 'kms:EncryptionContextKeys': '*' } } });
});

test('a key policy has at most 32 KiB, in bytes', () => {
  const text = (length: number) => JSON.stringify({ Statement: keyStatement, Id: 'x'.repeat(length) });
  const room = 32_768 - Buffer.byteLength(text(0));
  parsePolicyDocument(text(room), 'key');
  assert.throws(() => parsePolicyDocument(text(room + 1), 'key'), { name: 'LimitExceededException' });
  assert.throws(() => parsePolicyDocument(text(0).replace('"Id":"', `"Id":"${'é'.repeat(room / 2 + 1)}`), 'key'), {
    name: 'LimitExceededException',
  });
  parsePolicyDocument(JSON.stringify({ Statement: Array.from({ length: 1000 }, () => identityStatement) }), 'identity');
});

test('no refusal repeats more than a little of the document', () => {
  const long = 'x'.repeat(10_000);
  for (const statement of [
    { [long]: 1 },
    { Action: long },
    { Resource: long },
    { Condition: { [long]: {} } },
    { Condition: { Bool: { [long]: true } } },
  ]) {
    assert.throws(
      () => parse('key', statement),
      ({ message }: Error) => message.length < 200,
    );
  }
});
