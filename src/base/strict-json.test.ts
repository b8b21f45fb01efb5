import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { JsonError, parseJson, parseJsonBytes } from './strict-json.ts';

const text = (value: string) => new Uint8Array(Buffer.from(value, 'utf8'));

test('what JSON.stringify writes is read back', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), (value) => {
      const json = JSON.stringify(value);
      assert.deepEqual(parseJsonBytes(text(json)), JSON.parse(json));
    }),
  );
});

test('a member that stands twice in one object is refused, at any depth and however it is spelled', () => {
  for (const json of [
    '{"a":1,"a":1}',
    '{"x":[{"a":1,"b":2,"a":3}]}',
    '{"a":1,"\\u0061":2}',
    '{"__proto__":1,"__proto__":2}',
  ]) {
    assert.throws(() => parseJson(json), JsonError, json);
  }
});

test('colons, braces and quotes inside strings are not mistaken for structure', () => {
  for (const json of ['{"a":"b:c,{}[]"}', '{"a\\":":":"}', '{"a":"\\\\","b":":"}', '["\\\\\\":"]']) {
    assert.deepEqual(parseJson(json), JSON.parse(json));
  }
});

test('the same member name in two objects is fine', () => {
  assert.deepEqual(parseJson('{"a":{"a":1},"b":{"a":2}}'), { a: { a: 1 }, b: { a: 2 } });
});

test('a deep nest is refused before it is parsed', () => {
  assert.throws(() => parseJson('['.repeat(100_000)), JsonError);
  assert.throws(() => parseJson(`${'{"a":'.repeat(33)}1${'}'.repeat(33)}`), JsonError);
  assert.doesNotThrow(() => parseJson(`${'['.repeat(32)}${']'.repeat(32)}`));
});

test('invalid UTF-8 and lone surrogates are refused', () => {
  assert.throws(() => parseJsonBytes(Uint8Array.of(0x22, 0xc3, 0x28, 0x22)), JsonError);
  assert.throws(() => parseJsonBytes(Uint8Array.of(0x22, 0xed, 0xa0, 0x80, 0x22)), JsonError);
  assert.throws(() => parseJson('{"a":"\\ud800"}'), JsonError);
  assert.throws(() => parseJson('{"\\udc00":1}'), JsonError);
  assert.deepEqual(parseJson('"\\ud83d\\ude00"'), '😀');
});

test('an error quotes nothing of the text', () => {
  assert.throws(
    () => parseJson('{"Plaintext": hunter2}'),
    (error: Error) => !error.message.includes('hunter2'),
  );
});
