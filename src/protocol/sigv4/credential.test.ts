import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCredential, readSignedHeaders } from './credential.ts';

const amzDate = '20150830T123600Z';

test('a credential has five parts in visible ASCII, none of them empty', () => {
  const wrong = [
    'AKID/20150830/us-east-1/kms',
    'AKID/20150830/us-east-1/kms/aws4_request/x',
    'AK/ID/20150830/us-east-1/kms/aws4_request',
    '/20150830/us-east-1/kms/aws4_request',
    'AKID/20150830//kms/aws4_request',
    'AKID/20150830/us-east-1//aws4_request',
    'AKID/20150830/us-east-1/kms/',
    'AKID//us-east-1/kms/aws4_request',
    ' AKID/20150830/us-east-1/kms/aws4_request',
    'AKID/20150830/us-east-1/kms\n/aws4_request',
    'AKID/20150830/us-éast-1/kms/aws4_request',
    'AKID/2015083/us-east-1/kms/aws4_request',
    'AKID/2015-08-30/us-east-1/kms/aws4_request',
    `${'A'.repeat(300)}/20150830/us-east-1/kms/aws4_request`,
  ];
  for (const credential of wrong) {
    assert.throws(() => readCredential(credential, amzDate), { name: 'IncompleteSignatureException' }, credential);
  }
});

test('the scope must end in aws4_request', () => {
  assert.throws(() => readCredential('AKID/20150830/us-east-1/kms/aws4', amzDate), {
    name: 'InvalidSignatureException',
    message: "Credential should be scoped with a valid terminator: 'aws4_request'.",
  });
});

test('the day of the scope must be that of the time of signing', () => {
  assert.throws(() => readCredential('AKID/20150829/us-east-1/kms/aws4_request', amzDate), {
    name: 'InvalidSignatureException',
    message:
      "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150829' != '20150830', from '20150830T123600Z'.",
  });
});

test('a time that is not one is refused', () => {
  assert.throws(() => readCredential('AKID/20150230/us-east-1/kms/aws4_request', '20150230T000000Z'), {
    name: 'IncompleteSignatureException',
  });
});

test('signed headers are put in canonical order', () => {
  assert.deepEqual(readSignedHeaders('x-amz-date;content-type;host'), ['content-type', 'host', 'x-amz-date']);
});

test('signed headers in upper case, repeated or empty are refused', () => {
  for (const list of ['Host', 'host;host', 'x-amz-date;host;x-amz-date', '', ';host', 'host;', 'host;;x-amz-date']) {
    assert.throws(() => readSignedHeaders(list), { name: 'IncompleteSignatureException' }, list);
  }
});
