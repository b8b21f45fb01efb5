import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAuthorization } from './authorization.ts';

const all: Record<string, string> = {
  'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
  'X-Amz-Credential': 'AKIDEXAMPLE%2F20150830%2Fus-east-1%2Fkms%2Faws4_request',
  'X-Amz-Date': '20150830T123600Z',
  'X-Amz-Expires': '3600',
  'X-Amz-SignedHeaders': 'host%3Bx-amz-target',
  'X-Amz-Signature': 'ab'.repeat(32),
};

const targetOf = (parameters: Record<string, string>): string =>
  `/?${Object.entries(parameters)
    .map(([name, value]) => `${name}=${value}`)
    .join('&')}`;
const read = (target: string, rawHeaders: string[] = []) =>
  readAuthorization({ method: 'GET', target, rawHeaders, body: new Uint8Array() });

test('a presigned query is read part by part', () => {
  assert.deepEqual(read(targetOf({ ...all, 'X-Amz-Security-Token': 'a%2Bb%2F', other: '1' })), {
    form: 'query',
    accessKeyId: 'AKIDEXAMPLE',
    date: '20150830',
    region: 'us-east-1',
    service: 'kms',
    scope: '20150830/us-east-1/kms/aws4_request',
    amzDate: '20150830T123600Z',
    signedAtMs: Date.UTC(2015, 7, 30, 12, 36),
    signedHeaders: ['host', 'x-amz-target'],
    signature: 'ab'.repeat(32),
    sessionToken: 'a+b/',
    expiresSeconds: 3600,
  });
});

test('every missing parameter is listed', () => {
  assert.throws(() => read('/?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Signature=x&X-Amz-Expires=1&X-Amz-Date='), {
    name: 'IncompleteSignatureException',
    message:
      "AWS query-string parameters must include 'X-Amz-Credential'. AWS query-string parameters must include 'X-Amz-SignedHeaders'. AWS query-string parameters must include 'X-Amz-Date'. Re-examine the query-string parameters.",
  });
});

test('a parameter of the signature may be sent once only, however it is escaped', () => {
  for (const [name, value] of Object.entries({ ...all, 'X-Amz-Security-Token': 't' })) {
    const target = targetOf({ 'X-Amz-Security-Token': 't', ...all });
    for (const spelling of [name, name.replace('X', '%58')]) {
      assert.throws(() => read(`${target}&${spelling}=${value}`), { name: 'IncompleteSignatureException' }, spelling);
    }
  }
});

test('other parameters may be repeated', () => {
  assert.equal(read(`${targetOf(all)}&a=1&a=2`).form, 'query');
});

test('the lifetime is a whole number of seconds up to seven days', () => {
  for (const expires of ['1', '0060', '604800']) {
    assert.equal(read(targetOf({ ...all, 'X-Amz-Expires': expires })).expiresSeconds, Number(expires));
  }
  for (const expires of ['0', '-1', '604801', '1e3', '3600.0', '%2B60', '60s', '0x10', '1'.repeat(5000)]) {
    assert.throws(() => read(targetOf({ ...all, 'X-Amz-Expires': expires })), { name: 'IncompleteSignatureException' });
  }
});

test('another algorithm is refused', () => {
  assert.throws(() => read(targetOf({ ...all, 'X-Amz-Algorithm': 'AWS4-HMAC-SHA1' })), /Unsupported AWS 'algorithm'/);
});

test('a session token in a header next to a signature in the query is refused', () => {
  assert.throws(() => read(targetOf(all), ['X-Amz-Security-Token', 't']), { name: 'IncompleteSignatureException' });
});

test('broken percent-encoding is refused', () => {
  assert.throws(() => read(`${targetOf(all)}&a=%`), { name: 'InvalidSignatureException' });
});
