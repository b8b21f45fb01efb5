import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '#model/api-error.ts';
import { readAuthorization } from './authorization.ts';

const signature = 'ab'.repeat(32);
const scope = '20150830/us-east-1/kms/aws4_request';
const parts = {
  credential: `Credential=AKIDEXAMPLE/${scope}`,
  signedHeaders: 'SignedHeaders=host;x-amz-date',
  signature: `Signature=${signature}`,
};
const header = (...those: string[]): string => `AWS4-HMAC-SHA256 ${those.join(', ')}`;
const whole = header(parts.credential, parts.signedHeaders, parts.signature);
const date = ['X-Amz-Date', '20150830T123600Z'];

const read = (rawHeaders: readonly string[], target = '/') =>
  readAuthorization({ method: 'POST', target, rawHeaders, body: new Uint8Array() });

/** The error of a refused request. */
function refusal(rawHeaders: readonly string[], target = '/'): ApiError {
  try {
    read(rawHeaders, target);
  } catch (error) {
    assert.ok(error instanceof ApiError, String(error));
    return error;
  }
  return assert.fail('the request was not refused');
}

test('the Authorization header is read part by part', () => {
  assert.deepEqual(read(['Authorization', whole, ...date, 'X-Amz-Security-Token', 'token']), {
    form: 'header',
    accessKeyId: 'AKIDEXAMPLE',
    date: '20150830',
    region: 'us-east-1',
    service: 'kms',
    scope,
    amzDate: '20150830T123600Z',
    signedAtMs: Date.UTC(2015, 7, 30, 12, 36),
    signedHeaders: ['host', 'x-amz-date'],
    signature,
    sessionToken: 'token',
  });
});

test('the parts may be in any order, with or without spaces after the commas', () => {
  const expected = read(['authorization', whole, ...date]);
  const { credential, signedHeaders, signature: signed } = parts;
  for (const value of [
    `AWS4-HMAC-SHA256 ${credential},${signedHeaders},${signed}`,
    `AWS4-HMAC-SHA256  ${signed} ,  ${credential},${signedHeaders}`,
  ]) {
    assert.deepEqual(read(['AUTHORIZATION', value, ...date]), expected);
  }
});

test('a request without any authentication is told that the token is missing', () => {
  assert.equal(refusal(date).name, 'MissingAuthenticationTokenException');
  assert.equal(refusal(date, '/?X-Amz-Date=20150830T123600Z').name, 'MissingAuthenticationTokenException');
});

test('all missing parts are listed in one message', () => {
  const requires = (name: string): string => `Authorization header requires '${name}' parameter.`;
  const dateMissing = "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.";
  const all = [requires('Credential'), requires('Signature'), requires('SignedHeaders'), dateMissing].join(' ');
  for (const value of ['AWS4-HMAC-SHA256', 'AWS4-HMAC-SHA256 ', 'Basic dXNlcjpwYXNz', 'Bearer abc', '']) {
    const error = refusal(['Authorization', value]);
    assert.equal(error.name, 'IncompleteSignatureException');
    assert.equal(error.message, all);
  }
  assert.equal(
    refusal(['Authorization', header(parts.credential), ...date]).message,
    `${requires('Signature')} ${requires('SignedHeaders')}`,
  );
  assert.equal(refusal(['Authorization', whole]).message, dateMissing);
  assert.equal(
    refusal(['Authorization', header(parts.credential, parts.signedHeaders, 'Signature='), ...date]).message,
    requires('Signature'),
  );
});

test('a part without an equal sign is refused', () => {
  for (const value of ['AWS4-HMAC-SHA256 hello', `${whole},,`, `AWS4-HMAC-SHA256 ,${parts.credential}`]) {
    assert.match(refusal(['Authorization', value, ...date]).message, /^Invalid key=value pair \(missing equal-sign\)/);
  }
});

test('a part that is unknown or repeated is refused', () => {
  for (const extra of ['Expires=1', parts.credential, 'credential=x', '=x', '__proto__=x']) {
    const error = refusal(['Authorization', `${whole}, ${extra}`, ...date]);
    assert.equal(error.name, 'IncompleteSignatureException', extra);
  }
});

test('other algorithms of the family are refused by name', () => {
  for (const algorithm of ['AWS4-HMAC-SHA1', 'AWS4-ECDSA-P256-SHA256', 'AWS4-HMAC-SHA256-PAYLOAD']) {
    const error = refusal(['Authorization', whole.replace('AWS4-HMAC-SHA256', algorithm), ...date]);
    assert.match(error.message, /^Unsupported AWS 'algorithm'/);
  }
});

test('a header that the signature depends on may be sent once only', () => {
  for (const twice of [
    ['Authorization', whole, 'authorization', whole, ...date],
    ['Authorization', whole, ...date, 'x-amz-date', '20150830T123600Z'],
    ['Authorization', whole, ...date, 'X-Amz-Security-Token', 'a', 'x-amz-security-token', 'a'],
    ['Authorization', whole, 'Date', '20150830T123600Z', 'date', '20150830T123600Z'],
  ]) {
    assert.equal(refusal(twice).name, 'IncompleteSignatureException');
  }
});

test('without X-Amz-Date the Date header counts, in either spelling', () => {
  for (const value of ['Sun, 30 Aug 2015 12:36:00 GMT', '20150830T123600Z']) {
    assert.equal(read(['Authorization', whole, 'Date', value]).amzDate, '20150830T123600Z');
  }
  assert.equal(read(['Authorization', whole, ...date, 'Date', 'nonsense']).amzDate, '20150830T123600Z');
  for (const value of ['nonsense', 'Sun, 31 Feb 2015 12:36:00 GMT', '2015-08-30T12:36']) {
    assert.match(
      refusal(['Authorization', whole, 'Date', value]).message,
      /^Date must be in ISO-8601 'basic format'\./,
    );
  }
});

test('both forms of a signature at once are refused', () => {
  for (const name of ['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature', 'X%2DAmz-Signature']) {
    assert.match(refusal(['Authorization', whole, ...date], `/?${name}=x`).message, /not in both\.$/);
  }
});

test('no error quotes what the Authorization header, the signature or the token said', () => {
  const secret = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
  const hostile = [
    ['Authorization', secret],
    ['Authorization', `AWS4-HMAC-SHA256 ${secret}`],
    ['Authorization', `AWS4-${secret} x`],
    ['Authorization', `${whole}, ${secret}=${secret}`],
    ['Authorization', header(`Credential=${secret}/${scope}`, parts.signedHeaders, parts.signature)],
    ['Authorization', header(`Credential=A/${secret}`, parts.signedHeaders, parts.signature)],
    ['Authorization', header(parts.credential, `SignedHeaders=${secret}`, parts.signature)],
    ['Authorization', header(parts.credential, parts.signedHeaders, `Signature=${secret}`), 'Date', secret],
  ];
  for (const rawHeaders of hostile) {
    const { message } = refusal(rawHeaders.includes('Date') ? rawHeaders : [...rawHeaders, ...date]);
    for (const piece of ['wJalr', 'K7MDENG', 'bPxRfi']) assert.ok(!message.includes(piece), message);
  }
});

test('hostile headers take linear time', () => {
  const start = process.hrtime.bigint();
  for (const value of [',', '=', ' ', ' ,', ';', 'Credential=/']) {
    refusal(['Authorization', `AWS4-HMAC-SHA256 ${value.repeat(16_000 / value.length)}`, ...date]);
  }
  const many = Array.from({ length: 4_000 }, (_, at) => at.toString(36)).join(';');
  read(['Authorization', header(parts.credential, `SignedHeaders=${many}`, parts.signature), ...date]);
  assert.ok(process.hrtime.bigint() - start < 1_000_000_000n);
});

test('where a header begins and the date ends cannot be shifted, whatever was read before', () => {
  const [date, header] = ['20150830T123600Z', headerFor('20150830')];
  const requestWith = (amzDate: string, authorization: string) => ({
    method: 'POST',
    target: '/',
    rawHeaders: ['Host', 'x', 'X-Amz-Date', amzDate, 'Authorization', authorization],
    body: Buffer.from(''),
  });
  assert.equal(readAuthorization(requestWith(date, header)).amzDate, date);
  const shifted = requestWith(date + header.slice(0, 20), header.slice(20));
  assert.throws(() => readAuthorization(shifted), { name: 'IncompleteSignatureException' });
});

function headerFor(day: string): string {
  const scope = `AKIDEXAMPLE/${day}/us-east-1/kms/aws4_request`;
  return `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host;x-amz-date, Signature=${'0'.repeat(64)}`;
}
