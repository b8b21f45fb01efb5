import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SecretBytes } from '#base/secret-bytes.ts';
import { randomBytes } from './random.ts';
import { WrappingKey } from './wrap.ts';

const makeKey = () => new WrappingKey(new SecretBytes(randomBytes(32)));
const secret = () => new SecretBytes(Buffer.from('a secret of ours'));

test('what is wrapped for a purpose is unwrapped for that purpose only', () => {
  const key = makeKey();
  const wrapped = key.wrap(secret(), ['material', 'a', 'b']);
  assert(key.unwrap(wrapped, ['material', 'a', 'b'])?.equals(secret()));
  for (const purpose of [
    [],
    ['material'],
    ['material', 'a'],
    ['material', 'ab'],
    ['material', 'b', 'a'],
    ['material', 'a', 'b', ''],
  ]) {
    assert.equal(key.unwrap(wrapped, purpose), undefined, purpose.join());
  }
});

test('another key does not unwrap it, nor does this one once a bit has changed', () => {
  const key = makeKey();
  const wrapped = key.wrap(secret(), ['p']);
  assert.equal(makeKey().unwrap(wrapped, ['p']), undefined);
  for (let at = 0; at < wrapped.length; at++) {
    const altered = Buffer.from(wrapped);
    altered[at] = (altered[at] ?? 0) ^ 0x80;
    assert.equal(key.unwrap(altered, ['p']), undefined, `byte ${at}`);
    assert.equal(key.unwrap(wrapped.subarray(0, at), ['p']), undefined, `length ${at}`);
  }
});

test('a wrapping key has 256 bits', () => {
  assert.throws(() => new WrappingKey(new SecretBytes(randomBytes(16))), RangeError);
});
