import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { canonicalRequest, stringToSign } from './canonical.ts';

const body = Buffer.from('{}');
const bodyHash = createHash('sha256').update(body).digest('hex');

function canonical(rawHeaders: readonly string[], signedHeaders: readonly string[]): string[] {
  const request = { method: 'POST', target: '/?b&a=1', rawHeaders, body };
  return canonicalRequest(request, { form: 'header', signedHeaders }, { normalizePath: true }).split('\n');
}

test('the canonical request has its parts in order', () => {
  assert.deepEqual(canonical(['Host', 'h', 'X-Amz-Target', 'T', 'Accept', '*/*'], ['host', 'x-amz-target']), [
    ...['POST', '/', 'a=1&b=', 'host:h', 'x-amz-target:T', '', 'host;x-amz-target', bodyHash],
  ]);
});

test('header values lose the white space that carries no meaning', () => {
  const cases = {
    '': '',
    ' ': '',
    ' a  b ': 'a b',
    'a\tb': 'a b',
    '\t a \t b\t': 'a b',
    'a b': 'a b',
    '"a   b"': '"a b"',
    '\u00c3\u00a0': '\u00c3\u00a0', // à in UTF-8
    '\u00a0a\u00a0': '\u00a0a\u00a0',
  };
  for (const [value, expected] of Object.entries(cases)) {
    assert.equal(canonical(['Host', 'h', 'A', value], ['a', 'host'])[3], `a:${expected}`, JSON.stringify(value));
  }
});

test('a repeated header is joined with commas in the order received', () => {
  assert.equal(canonical(['a', '2', 'Host', 'h', 'A', ' 1', 'a', ''], ['a', 'host'])[3], 'a:2,1,');
});

test('the host must be signed', () => {
  assert.throws(() => canonical(['Host', 'h', 'A', '1'], ['a']), {
    name: 'InvalidSignatureException',
    message: "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.",
  });
});

test('the host may be sent once only', () => {
  assert.throws(() => canonical(['Host', 'h', 'host', 'h'], ['host']), { name: 'IncompleteSignatureException' });
});

test('every x-amz header that was sent must be signed, others need not be', () => {
  for (const name of ['X-Amz-Target', 'x-amz-security-token', 'x-amz-date', 'X-AMZ-']) {
    assert.throws(() => canonical(['Host', 'h', name, '1'], ['host']), {
      name: 'InvalidSignatureException',
      message: `'${name.toLowerCase()}' must be a 'SignedHeader' in the AWS Authorization.`,
    });
  }
  canonical(['Host', 'h', 'X-Amzn-Trace-Id', '1', 'Content-Type', 'c'], ['host']);
});

test('a signed header that was not sent is refused', () => {
  for (const name of ['a', '', '__proto__', 'constructor']) {
    assert.throws(() => canonical(['Host', 'h'], [name, 'host']), { name: 'InvalidSignatureException' }, name);
  }
});

test('what was seen of one request is not taken for granted of the next that signs the same headers', () => {
  const names = ['a', 'host', 'x-amz-date'];
  const headers = ['Host', 'h', 'A', '1', 'X-Amz-Date', 'd', 'Other', 'o'];
  const first = canonical(headers, names);
  const signing = (value: string) => first.with(3, `a:${value}`);
  assert.deepEqual(canonical(headers, names), signing('1'));
  assert.deepEqual(canonical(['x-amz-date', 'd', 'host', 'h', 'a', '1'], names), first);
  assert.deepEqual(canonical(headers.with(3, ' 2  2'), names), signing('2 2'));
  assert.deepEqual(canonical([...headers, 'a', '2'], names), signing('1,2'));
  canonical(headers, names);
  const refused = [
    [...headers, 'X-Amz-Target', 't'],
    [...headers, 'HOST', 'h'],
    headers.slice(2),
    headers.slice(0, 4),
    headers.with(0, 'Hos'),
    headers.with(6, 'X-Amz-Other'),
  ];
  for (const other of refused) assert.throws(() => canonical(other, names), /Signature|Host/i, String(other));
  assert.deepEqual(canonical(headers, names), first);
});

test('a stated body hash must be the right one', () => {
  const header = 'x-amz-content-sha256';
  const names = ['host', header];
  canonical(['Host', 'h', header, bodyHash], names);
  const wrong = ['UNSIGNED-PAYLOAD', 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD', '', bodyHash.toUpperCase(), '0'.repeat(64)];
  for (const value of wrong) {
    assert.throws(() => canonical(['Host', 'h', header, value], names), { name: 'InvalidSignatureException' }, value);
  }
  assert.throws(() => canonical(['Host', 'h', header, bodyHash, header, bodyHash], names), {
    name: 'IncompleteSignatureException',
  });
});

test('the string to sign hashes the bytes received, not their UTF-8', () => {
  const text = 'caf\u00c3\u00a9';
  const hash = createHash('sha256').update(Buffer.from('café')).digest('hex');
  assert.equal(
    stringToSign({ amzDate: '20150830T123600Z', scope: 's' }, text),
    `AWS4-HMAC-SHA256\n20150830T123600Z\ns\n${hash}`,
  );
});

test('hostile headers take linear time', () => {
  const start = process.hrtime.bigint();
  canonical(['Host', 'h', 'a', ' '.repeat(16_000), 'a', '\t'.repeat(16_000), 'a', ' a'.repeat(8_000)], ['a', 'host']);
  const names = Array.from({ length: 3_000 }, (_, at) => `h${at}`).sort();
  canonical(['Host', 'h', ...names.flatMap((name) => [name, ''])], ['host', ...names]);
  canonical(['Host', 'h', ...names.flatMap(() => ['a', 'v'])], ['a', 'host']);
  assert.ok(process.hrtime.bigint() - start < 1_000_000_000n);
});
