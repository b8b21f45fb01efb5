import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '#model/api-error.ts';
import { boolean, integer, list, optional, string, structure, timestamp } from '#model/schema.ts';
import { formToJson, parseForm } from './form.ts';

const shape = structure({
  Name: string(),
  Count: optional(integer()),
  IsOn: optional(boolean),
  At: optional(timestamp),
  Tags: optional(list(structure({ Key: string(), Value: string() }))),
  Ids: optional(list(string())),
  Inner: optional(structure({ Deep: string() })),
});
const read = (text: string) => formToJson(shape, parseForm(text, 'body'));

test('scalars, lists, structures and lists of structures have their forms', () => {
  const text =
    'Action=X&Name=a%20b+c&Count=12&IsOn=TRUE&At=2026-01-02T03%3A04%3A05Z&Tags.member.2.Key=k2&Tags.member.2.Value=&Tags.member.1.Key=k1&Tags.member.1.Value=v1&Ids=&Inner.Deep=%E2%82%AC';
  assert.deepEqual(read(text), {
    Name: 'a b c',
    Count: 12,
    IsOn: true,
    At: Date.UTC(2026, 0, 2, 3, 4, 5) / 1000,
    Tags: [
      { Key: 'k1', Value: 'v1' },
      { Key: 'k2', Value: '' },
    ],
    Ids: [],
    Inner: { Deep: '€' },
  });
});

test('in a query string a plus sign is itself', () => {
  assert.deepEqual(formToJson(shape, parseForm('Name=a+b', 'query')), { Name: 'a+b' });
});

test('a tenth element of a list comes after the ninth', () => {
  const text = Array.from({ length: 12 }, (_, index) => `Ids.member.${index + 1}=id${index + 1}`).join('&');
  assert.deepEqual(read(`Name=x&${text}`), { Name: 'x', Ids: Array.from({ length: 12 }, (_, i) => `id${i + 1}`) });
});

test('names that every object inherits are names like any other', () => {
  assert.deepEqual(read('__proto__.polluted=1&constructor=2&Name=x'), { Name: 'x' });
  assert.equal(({} as Record<string, unknown>)['polluted'], undefined);
});

test('what is no form is refused', () => {
  for (const text of ['Name=%', 'Name=%zz', 'Name=%ff', 'Name=a&Name=b', 'A=1&A.B=2', 'A.B=2&A=1']) {
    assert.throws(
      () => parseForm(text, 'body'),
      (error) => error instanceof ApiError && error.name === 'MalformedQueryString',
      text,
    );
  }
  assert.throws(() => parseForm('a&'.repeat(5000), 'body'), ApiError);
});

test('a value of another type is refused', () => {
  const wrong = [
    'Count=1e3',
    'Count=x',
    'IsOn=yes',
    'At=soon',
    'Tags=x',
    'Tags.member.x=1',
    'Tags.member.1=x',
    'Name.A=1',
  ];
  for (const text of [...wrong, 'Inner=x', 'Ids.member.0=a', 'Ids.other.1=a']) {
    assert.throws(
      () => read(text),
      (error) => error instanceof ApiError && error.name === 'SerializationException',
      text,
    );
  }
});
