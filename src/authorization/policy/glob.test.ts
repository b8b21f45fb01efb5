import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compileGlob, matchesGlob, parseGlob } from './glob.ts';

const matches = (pattern: string, text: string) => matchesGlob(parseGlob(pattern), text);

test('a star takes any run and a question mark one character, of whatever kind', () => {
  for (const [pattern, text] of [
    ['', ''],
    ['*', ''],
    ['**', 'a'],
    ['a*', 'a'],
    ['*a', 'aaa'],
    ['a*b*c', 'abbcbc'],
    ['x*y', 'x\r\n:/y'],
    ['?', '\n'],
    ['a?c*?', 'abcd'],
    ['*a?c*', 'aababcx'],
    ['*?*', 'a'],
  ] as const) {
    assert(matches(pattern, text), `${pattern} takes ${JSON.stringify(text)}`);
  }
  for (const [pattern, text] of [
    ['', 'a'],
    ['?', ''],
    ['a', 'A'],
    ['a*a', 'a'],
    ['ab*ba', 'aba'],
    ['*a?c*', 'ac'],
    ['a*b*b', 'ab'],
    ['*?*?*', 'a'],
  ] as const) {
    assert(!matches(pattern, text), `${pattern} does not take ${JSON.stringify(text)}`);
  }
});

test('text that looks like a wildcard is text', () => {
  const glob = compileGlob([{ text: 'a*?' }, { wild: '*' }, { text: '?' }]);
  assert(matchesGlob(glob, 'a*?b?'));
  assert(!matchesGlob(glob, 'axxb?'));
  assert(!matchesGlob(glob, 'a*?bb'));
});

test('patterns mean what they mean to a matcher that tries everything', () => {
  const tryAll = (pattern: string, text: string): boolean => {
    const [first, rest] = [pattern[0], pattern.slice(1)];
    if (first === undefined) return text === '';
    if (first === '*') return tryAll(rest, text) || (text !== '' && tryAll(pattern, text.slice(1)));
    return text !== '' && (first === '?' || first === text[0]) && tryAll(rest, text.slice(1));
  };
  const over = (...letters: string[]) =>
    fc.array(fc.constantFrom(...letters), { maxLength: 12 }).map((all) => all.join(''));
  fc.assert(
    fc.property(over('a', 'b', '?', '*'), over('a', 'b'), (pattern, text) =>
      assert.equal(matches(pattern, text), tryAll(pattern, text)),
    ),
    { numRuns: 5000 },
  );
  // Segments with gaps over more than one word of 32 characters.
  const long = fc
    .array(fc.constantFrom('a', 'b', '?', '\u0416'), { minLength: 30, maxLength: 100 })
    .map((all) => all.join(''));
  fc.assert(
    fc.property(long, fc.string({ maxLength: 3 }), fc.boolean(), (segment, before, isWhole) => {
      const text = `${before}${segment.replaceAll('?', 'c').slice(isWhole ? 0 : 1)}bb`;
      assert.equal(matches(`*${segment}*`, text), tryAll(`*${segment}*`, text));
    }),
  );
});

test('no pattern of a policy can take long', () => {
  const text = 'a'.repeat(8192);
  const patterns = [
    '*a*a*a*ab',
    '*a*a*a*a*a*a*a*a*b*',
    '*?a?a?a?b*',
    `*${'a'.repeat(4000)}b*`,
    `*b${'a'.repeat(4000)}*`,
    `*${'a?'.repeat(2000)}b*`,
    `*${'?'.repeat(4000)}b*`,
    `${'*a'.repeat(4000)}b*`,
    `${'*?'.repeat(4000)}b*`,
  ];
  const start = performance.now();
  for (const pattern of patterns) assert(!matches(pattern, text), pattern.slice(0, 20));
  assert(performance.now() - start < 500, `${performance.now() - start} ms`);
});
