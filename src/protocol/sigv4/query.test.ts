import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { canonicalPath, canonicalQuery, parseQuery, splitTarget } from './query.ts';

const bytes = fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((byte) => String.fromCharCode(byte)) });
const escaped = (text: string): string =>
  [...text].map((character) => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`).join('');

test('a target is split at its first question mark', () => {
  assert.deepEqual(splitTarget('/'), { path: '/', query: '' });
  assert.deepEqual(splitTarget('/a?b=c?d'), { path: '/a', query: 'b=c?d' });
});

test('parameters come back as the bytes that were escaped, whatever the escaping', () => {
  fc.assert(
    fc.property(bytes, bytes, (name, value) => {
      assert.deepEqual(parseQuery(`${escaped(name)}=${escaped(value).toUpperCase()}&x`), [
        { name, value },
        { name: 'x', value: '' },
      ]);
    }),
  );
});

test('the canonical query does not depend on order or escaping', () => {
  const pair = fc.tuple(bytes, bytes);
  fc.assert(
    fc.property(fc.array(pair, { minLength: 1 }), (pairs) => {
      const query = pairs.map(([name, value]) => `${escaped(name)}=${escaped(value)}`);
      const canonical = canonicalQuery(query.join('&'), 'header');
      assert.equal(canonicalQuery(query.toReversed().join('&'), 'header'), canonical);
      assert.equal(canonicalQuery(canonical, 'header'), canonical);
      assert.match(canonical, /^(?:[A-Za-z0-9\-._~=&]|%[0-9A-F]{2})*$/);
    }),
  );
});

test('parameters are sorted by name and then by value, not as whole pairs', () => {
  assert.equal(canonicalQuery('Param-3=a&Param=z&Param=b&b&a=', 'header'), 'Param=b&Param=z&Param-3=a&a=&b=');
});

test('only the unreserved characters stay as they are', () => {
  assert.equal(canonicalQuery('a=-._~/+ %20', 'header'), 'a=-._~%2F%2B%20%20');
});

test('an empty piece of a query counts, so that adding one changes the signature', () => {
  assert.notEqual(canonicalQuery('a=b&', 'header'), canonicalQuery('a=b', 'header'));
});

test('the signature is left out of a presigned query only', () => {
  assert.equal(canonicalQuery('X-Amz-Signature=s&a=b', 'query'), 'a=b');
  assert.equal(canonicalQuery('X-Amz-Signature=s&a=b', 'header'), 'X-Amz-Signature=s&a=b');
});

test('broken percent-encoding is refused in a query, and in a path that is decoded', () => {
  for (const broken of ['%', '%4', '%zz', '%+1', 'a%', '%%41', '% 1']) {
    assert.throws(() => canonicalQuery(broken, 'header'), { name: 'InvalidSignatureException' }, broken);
    assert.throws(() => canonicalQuery(`a=${broken}`, 'header'), { name: 'InvalidSignatureException' }, broken);
    assert.throws(() => canonicalPath(`/${broken}`, false), { name: 'InvalidSignatureException' }, broken);
  }
});

test('a normalised path has no dot segments and no empty ones, and is encoded as it was received', () => {
  const cases = {
    '/': '/',
    '//': '/',
    '/./': '/',
    '/..': '/',
    '/../../a': '/a',
    '/a/../..': '/',
    '/a/./b': '/a/b',
    '/a/b/..': '/a/',
    '/a/b/.': '/a/b/',
    '//a//b//': '/a/b/',
    '/a%20b': '/a%2520b',
    '/%2e%2e/a': '/%252e%252e/a',
    '/\u00e1\u0088\u00b4': '/%E1%88%B4',
    '/.../a.': '/.../a.',
  };
  for (const [path, canonical] of Object.entries(cases)) assert.equal(canonicalPath(path, true), canonical, path);
});

test('a path that is not normalised keeps its segments and is encoded once', () => {
  const cases = { '/': '/', '//a/../b/.': '//a/../b/.', '/a%20b': '/a%20b', '/a b%2fc': '/a%20b/c', '/~%7E': '/~~' };
  for (const [path, canonical] of Object.entries(cases)) assert.equal(canonicalPath(path, false), canonical, path);
});

test('a target that is not a path of bytes is refused', () => {
  for (const path of ['', '*', 'http://host/', 'a', '/\u0161']) {
    assert.throws(() => canonicalPath(path, true), { name: 'InvalidSignatureException' }, path);
  }
});

test('hostile queries and paths take linear time', () => {
  const start = process.hrtime.bigint();
  canonicalQuery('&'.repeat(16_000), 'header');
  canonicalQuery('%41'.repeat(5_000), 'header');
  canonicalQuery('='.repeat(16_000), 'query');
  canonicalPath('/'.repeat(16_000), true);
  canonicalPath('/../a'.repeat(3_000), true);
  canonicalPath(`/${'.'.repeat(16_000)}`, true);
  assert.ok(process.hrtime.bigint() - start < 1_000_000_000n);
});
