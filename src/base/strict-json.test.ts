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

test('a text is refused for what JSON.parse would drop of it, and for nothing else', () => {
  const name = fc.constantFrom('a', 'b', ':', 'a:b', '__proto__', '0', '{"');
  const value = fc.constantFrom('1', '"x"', '"a:b:c"', '"::"', '"\\u003a"', '"\\":"', '[":",{}]', '{"a":":"}');
  fc.assert(
    fc.property(fc.array(fc.tuple(name, value), { maxLength: 5 }), (members) => {
      const json = `[{${members.map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}]`;
      const isUnique = new Set(members.map(([key]) => key)).size === members.length;
      if (isUnique) assert.deepEqual(parseJson(json), JSON.parse(json));
      else assert.throws(() => parseJson(json), JsonError, json);
    }),
  );
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
