import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextKeysOfDocuments } from './context-keys.ts';
import { parsePolicyDocument } from './parse.ts';

/** A policy variable, in a way that does not look like a template of ours. */
const variable = (name: string): string => `\${${name}}`;

const keysOf = (Version: string, ...statements: object[]) =>
  contextKeysOfDocuments([
    parsePolicyDocument(
      JSON.stringify({
        Version,
        Statement: statements.map((one) => ({ Effect: 'Allow', Action: '*', Resource: '*', ...one })),
      }),
      'identity',
    ),
  ]);

test('the keys of a policy are those of its conditions and of the variables in values and resources', () => {
  const Resource = `arn:aws:s3:::home/${['aws:username', "aws:PrincipalTag/team, 'none'", '*', '?', '$'].map(variable).join('/')}`;
  const Condition = {
    StringLike: { 'kms:ViaService': ['x', `${variable('aws:userid')}*`] },
    Null: { 'aws:TokenIssueTime': 'true' },
  };
  assert.deepEqual(keysOf('2012-10-17', { Resource }, { Condition }), [
    'aws:username',
    'aws:PrincipalTag/team',
    'kms:ViaService',
    'aws:userid',
    'aws:TokenIssueTime',
  ]);
});

test('a key is listed once, as it was written first', () => {
  const Condition = { Bool: { 'AWS:SecureTransport': 'true', 'aws:securetransport': 'true' } };
  assert.deepEqual(keysOf('2012-10-17', { Condition }), ['AWS:SecureTransport']);
});

test('what looks like a variable is none in policies of 2008, nor where variables are not replaced', () => {
  const Condition = { StringEquals: { 'aws:userid': variable('aws:username') } };
  assert.deepEqual(keysOf('2008-10-17', { Condition }), ['aws:userid']);
  assert.deepEqual(keysOf('2012-10-17', { Condition: { NumericEquals: { 'kms:x': variable('aws:username') } } }), [
    'kms:x',
  ]);
});
