import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compilePolicy } from './compile.ts';
import type { PolicyDocument } from './document.ts';
import { evaluate } from './evaluate.ts';
import { parsePolicyDocument } from './parse.ts';
import type { PolicyRequest } from './request.ts';

const knownActions = new Set(['kms:Encrypt', 'kms:Decrypt']);
const request: PolicyRequest = {
  caller: { kind: 'service', names: ['s3.amazonaws.com'] },
  action: 'kms:Encrypt',
  resource: 'arn:aws:kms:us-west-2:111122223333:key/k1',
  context: new Map(),
};
const statement = { Effect: 'Allow', Action: 'kms:*', Resource: '*' };

function compiled(...statements: readonly object[]) {
  const text = JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((one) => ({ ...statement, ...one })),
  });
  return compilePolicy(parsePolicyDocument(text, 'identity'), { knownActions });
}

const allowed = (one: object, more: Partial<PolicyRequest> = {}) =>
  evaluate(compiled(one), { ...request, ...more }).allows.length === 1;

test('actions are compared without case and with wildcards', () => {
  for (const Action of ['kms:encrypt', 'KMS:EN*', 'kms:?ncrypt', '*', ['kms:Decrypt', 'kms:Encrypt']]) {
    assert(allowed({ Action }), JSON.stringify(Action));
  }
  for (const Action of ['kms:Encryp', 'kms:Encrypt?', 'kms:Re*', 'iam:*', 'kms:encryptx'])
    assert(!allowed({ Action }), Action);
  assert(allowed({ Action: undefined, NotAction: 'kms:Decrypt' }));
  assert(!allowed({ Action: undefined, NotAction: ['kms:Decrypt', 'kms:E*'] }));
});

test('actions that are not known are matched all the same', () => {
  const policy = compiled({ Action: 'kms:New*' });
  for (const _ of [1, 2]) assert.equal(evaluate(policy, { ...request, action: 'kms:NewThing' }).allows.length, 1);
});

test('NotResource is about all that it does not name', () => {
  const not = (NotResource: unknown) => ({ Resource: undefined, NotResource });
  assert(allowed(not('arn:aws:kms:*:*:key/k2')));
  assert(!allowed(not(['arn:aws:kms:*:*:key/k2', 'arn:aws:kms:*:*:key/k1'])));
  assert(!allowed(not('*')));
});

test('NotResource with a variable that has no value is about nothing', () => {
  const Resource = `arn:aws:kms:*:*:key/\${aws:username}`;
  const not = { Resource: undefined, NotResource: ['arn:aws:s3:::x', Resource] };
  assert(!allowed(not));
  assert(!allowed({ Resource }));
  const context = new Map([['aws:username', ['k2']]]);
  assert(allowed(not, { context }));
  assert(!allowed({ Resource }, { context }));
});

test('only a star covers what is no ARN', () => {
  assert(allowed({}, { resource: 'x' }));
  assert(!allowed({ Resource: 'arn:*:kms:*:*:*' }, { resource: 'x' }));
});

test('empty lists never apply, even if a document with them was kept', () => {
  const { statements, ...document } = parsePolicyDocument(JSON.stringify({ Statement: statement }), 'identity');
  for (const isExcept of [true, false]) {
    for (const element of ['actions', 'resources']) {
      const emptied: PolicyDocument = {
        ...document,
        statements: statements.map((one) => ({ ...one, [element]: { isExcept, patterns: [] } })),
      };
      assert.deepEqual(evaluate(compilePolicy(emptied, { knownActions }), request), { allows: [], denies: [] });
    }
  }
});

test('a statement looks at the request where it has a condition, or a variable among its resources', () => {
  const isUnconditional = (one: object) =>
    compiled(one)
      .statementsFor('kms:Encrypt')
      .map((each) => each.isUnconditional);
  const arn = 'arn:aws:kms:us-west-2:111122223333:key/';
  assert.deepEqual(isUnconditional({ Resource: `${arn}k1` }), [true]);
  assert.deepEqual(isUnconditional({ Resource: undefined, NotResource: `${arn}*` }), [true]);
  assert.deepEqual(isUnconditional({ Resource: ['*', `${arn}\${aws:username}`] }), [false]);
  assert.deepEqual(isUnconditional({ Resource: undefined, NotResource: `${arn}\${aws:username}` }), [false]);
  assert.deepEqual(isUnconditional({ Condition: { Bool: { 'aws:SecureTransport': 'true' } } }), [false]);
});

test('every statement that applies is found, in order and by effect', () => {
  const policy = compiled({ Sid: 'A' }, { Effect: 'Deny' }, { Action: 'iam:*' }, { Effect: 'Deny', Sid: 'D' });
  const found = evaluate(policy, request);
  assert.deepEqual(found.allows, [{ statement: { sid: 'A', index: 0 }, strength: 'direct' }]);
  assert.deepEqual(
    found.denies.map((match) => match.statement),
    [
      { sid: undefined, index: 1 },
      { sid: 'D', index: 3 },
    ],
  );
});

test('ten thousand statements are parsed, compiled and asked in no time', () => {
  const many = (count: number) =>
    JSON.stringify({
      Version: '2012-10-17',
      Statement: Array.from({ length: count }, (_, index) => ({
        Sid: `S${index}`,
        Effect: 'Deny',
        Action: ['kms:Enc*', 'iam:Get*'],
        Resource: `arn:aws:kms:*:*:key/\${aws:PrincipalTag/team, '${index}'}`,
        Condition: { StringLike: { 'kms:EncryptionContext:a': `*${index}*` } },
      })),
    });
  const text = many(10_000);
  const start = performance.now();
  const policy = compilePolicy(parsePolicyDocument(text, 'identity'), { knownActions });
  const compiledAt = performance.now();
  assert.deepEqual(evaluate(policy, request).denies, []);
  const askedAt = performance.now();
  assert(compiledAt - start < 2000, `${compiledAt - start} ms to compile`);
  assert(askedAt - compiledAt < 200, `${askedAt - compiledAt} ms to ask`);
});
