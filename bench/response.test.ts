import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ProtocolError, parseResponse } from './response.ts';

const bytes = (...lines: string[]): Buffer => Buffer.from(lines.join('\r\n'));
const whole = bytes('HTTP/1.1 200 OK', 'Content-Type: text/plain', 'Content-Length: 4', '', 'body');

test('a response arrives in any pieces', () => {
  for (let length = 0; length < whole.length; length++) {
    assert.equal(parseResponse(whole.subarray(0, length)), undefined, `${length} bytes`);
  }
  const response = parseResponse(whole);
  assert.deepEqual({ ...response, body: response?.body.toString() }, { status: 200, body: 'body', closes: false });
});

test('header names have any case, and a body may be empty', () => {
  const response = parseResponse(bytes('HTTP/1.1 503 Service Unavailable', 'content-length:0', '', ''));
  assert.deepEqual([response?.status, response?.body.length], [503, 0]);
});

test('a server that closes its connections is noticed', () => {
  assert.ok(parseResponse(bytes('HTTP/1.1 200 OK', 'Content-Length: 0', 'connection:  Close', '', ''))?.closes);
  assert.ok(parseResponse(bytes('HTTP/1.0 200 OK', 'Content-Length: 0', '', ''))?.closes);
});

test('a Content-Length inside another header or the body does not count', () => {
  const sly = bytes('HTTP/1.1 200 OK', 'X-Content-Length: 9', 'Content-Length: 21', '', '', 'Content-Length: 300');
  assert.equal(parseResponse(sly)?.body.length, 21);
});

test('what is not such a response is refused', () => {
  for (const wrong of [
    bytes('HTTP/2 200', 'Content-Length: 0', '', ''),
    bytes('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', '', '0'),
    bytes('SSH-2.0-OpenSSH', 'Content-Length: 0', '', ''),
    Buffer.concat([whole, whole]),
    Buffer.alloc(100_000, 'x'),
  ]) {
    assert.throws(() => parseResponse(wrong), ProtocolError);
  }
});
