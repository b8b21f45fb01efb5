import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileArnPattern, splitArn } from './arn-pattern.ts';
import { compileText, parseTemplate } from './template.ts';

const scope = { kind: 'identity', hasVariables: true } as const;
const like = { hasWildcards: true, ignoresCase: false };
const context = new Map([
  ['aws:username', ['Alice']],
  ['aws:principaltag/team', ['a*b']],
  ['aws:principaltag/empty', ['']],
  ['aws:principaltag/two', ['x', 'y']],
  ['aws:tagkeys', ['k']],
  ['aws:resourcetag/team', ['red']],
]);
const variable = (name: string) => `\${${name}}`;
const fits = (pattern: string, text: string) => compileText(pattern, scope, like)(text, context);

test('a variable is its value, whatever case its name is in', () => {
  assert.equal(fits(`u-${variable('aws:UserName')}-*`, 'u-Alice-1'), true);
  assert.equal(fits(variable('aws:username'), 'alice'), false);
});

test('a variable has its default only if the key is absent', () => {
  assert.equal(fits(variable("aws:PrincipalTag/none, 'it''s }'"), "it''s }"), true);
  assert.equal(fits(variable("aws:PrincipalTag/empty, 'x'"), 'x'), false);
  assert.equal(fits(variable("aws:PrincipalTag/empty, 'x'"), ''), true);
  assert.equal(fits(variable("aws:PrincipalTag/none, '*'"), 'anything'), false);
});

test('a variable without one value fits nothing, and says so', () => {
  for (const name of [
    'aws:PrincipalTag/none',
    'aws:PrincipalTag/two',
    'aws:TagKeys',
    "aws:TagKeys, 'x'",
    "aws:PrincipalTag/two, 'x'",
  ]) {
    assert.equal(fits(`${variable(name)}*`, 'x'), undefined, name);
  }
});

test('a key policy cannot read the tags of the key', () => {
  const matches = compileText(variable('aws:ResourceTag/team'), { ...scope, kind: 'key' }, like);
  assert.equal(matches('red', context), undefined);
  assert.equal(fits(variable('aws:ResourceTag/team'), 'red'), true);
});

test('values and escapes are text', () => {
  assert.equal(fits(variable('aws:PrincipalTag/team'), 'axxb'), false);
  assert.equal(fits(variable('aws:PrincipalTag/team'), 'a*b'), true);
  assert.equal(fits(`${variable('*')}${variable('?')}${variable('$')}*`, '*?$x'), true);
  assert.equal(fits(variable('*'), 'x'), false);
});

test('without variables a dollar sign is nothing special', () => {
  const matches = compileText(variable('aws:username'), { ...scope, hasVariables: false }, like);
  assert.equal(matches(variable('aws:username'), context), true);
});

test('case is ignored in the pattern, in values and in defaults', () => {
  const ignoring = (pattern: string) => compileText(pattern, scope, { hasWildcards: false, ignoresCase: true });
  assert.equal(ignoring(`X${variable('aws:username')}`)('xALICE', context), true);
  assert.equal(ignoring(variable("aws:PrincipalTag/none, 'Z'"))('z', context), true);
  assert.equal(ignoring('*')('x', context), false);
});

test('malformed variables are recognised', () => {
  const syntax = { hasVariables: true, hasWildcards: true };
  const rest = ['{', '{}', '{a', '{a:b,x}', "{a:b,'x'}", "{a:b, 'x}", "{, 'x'}"];
  for (const text of rest.map((after) => `$${after}`)) {
    assert.equal(parseTemplate(text, syntax), undefined, text);
    assert.equal(compileText(text, scope, like)(text, context), undefined, text);
  }
  for (const text of ['$', '$x', '{}', `}${variable('a:b')}{`, `$${variable('a:b')}`])
    assert(parseTemplate(text, syntax), text);
});

test('ARNs are compared part by part', () => {
  const arn = (pattern: string, text: string) => compileArnPattern(pattern, scope)(splitArn(text), context);
  assert.equal(arn('arn:*:kms:*:1:key/*', 'arn:aws:kms:r:1:key/a:b/c'), true);
  assert.equal(arn('arn:*:1:key/*', 'arn:aws:kms:r:1:key/a'), false);
  assert.equal(arn('arn:aws:kms:r:1:key/a', 'arn:aws:kms:r:1'), false);
  assert.equal(arn('*', 'arn:aws:kms:r:1:key/a'), false);
  assert.equal(arn(`arn:aws:iam::1:user/${variable('aws:username')}`, 'arn:aws:iam::1:user/Alice'), true);
  assert.equal(arn(`arn:${variable('aws:username')}:x:y:z:*`, 'arn:Alice:x:y:z:'), true);
});

test('a value with colons stays in the part of the ARN that its variable is in', () => {
  const colons = new Map([['a:b', ['x:y']]]);
  const matches = compileArnPattern(`arn:${variable('a:b')}:s:r:1:z`, scope);
  assert.equal(matches(splitArn('arn:x:y:s:r:1:z'), colons), false);
});

test('an ARN pattern whose variable has no value says so, even where another part does not fit', () => {
  const matches = compileArnPattern(`arn:aws:s3:::${variable('a:b')}`, scope);
  assert.equal(matches(splitArn('arn:aws:kms:::x'), context), undefined);
  assert.equal(matches(splitArn('x'), context), undefined);
});
