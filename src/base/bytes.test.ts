import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { lengthPrefixed, parseBase64, toBase64 } from './bytes.ts';

test('base64 comes back as it went', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => assert.deepEqual(parseBase64(toBase64(bytes)), new Uint8Array(bytes))),
  );
});

test('whatever is not plain padded base64 is refused', () => {
  for (const text of [
    'a',
    'ab',
    'abc',
    'ab=c',
    'YQ',
    'YQ=',
    'YR==',
    'Y Q=',
    'YQ==\n',
    ' YQ==',
    'YQ\n==',
    '-_-_',
    'YQ==YQ==',
    '====',
    'é===',
  ]) {
    assert.equal(parseBase64(text), undefined, JSON.stringify(text));
  }
  assert.deepEqual(parseBase64(''), new Uint8Array());
});

test('two different lists never give the same bytes', () => {
  const lists = fc.array(fc.string(), { maxLength: 4 });
  fc.assert(
    fc.property(lists, lists, (a, b) => {
      assert.equal(lengthPrefixed(a).equals(lengthPrefixed(b)), JSON.stringify(a) === JSON.stringify(b));
    }),
  );
  assert.notDeepEqual(lengthPrefixed(['ab', 'c']), lengthPrefixed(['a', 'bc']));
});
