import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compileConditions } from './conditions.ts';
import type { Effect } from './document.ts';
import { parseOperatorName } from './operators.ts';

type Row = readonly [
  operator: string,
  wanted: string | readonly string[],
  given: readonly string[] | undefined,
  holds: boolean,
];

function holds([operator, wanted, given]: Row, effect: Effect = 'Allow'): boolean {
  const scope = { kind: 'identity', hasVariables: true, effect } as const;
  const conditions = compileConditions([{ operator, key: 'X:Key', values: [wanted].flat() }], scope);
  return conditions(new Map(given === undefined ? [] : [['x:key', given]]));
}

const variable = (name: string): string => `\${${name}}`;

function check(rows: readonly Row[]): void {
  for (const row of rows) assert.equal(holds(row), row[3], JSON.stringify(row));
}

test('text operators', () => {
  check([
    ['StringEquals', 'a', ['a'], true],
    ['StringEquals', 'a*', ['ab'], false],
    ['StringNotEquals', 'a', ['A'], true],
    ['StringEqualsIgnoreCase', 'aB', ['Ab'], true],
    ['StringNotEqualsIgnoreCase', 'aB', ['Ab'], false],
    ['StringLike', 'a*?', ['ab'], true],
    ['StringNotLike', 'a*', ['ab'], false],
    ['stringLIKE', 'a*', ['ab'], true],
  ]);
});

test('operators with an order', () => {
  for (const [type, low, high] of [
    ['Numeric', '9', '10.0'],
    ['Date', '2020-01-01T00:00:00Z', '1577836801'],
  ] as const) {
    check([
      [`${type}Equals`, low, [low], true],
      [`${type}NotEquals`, low, [high], true],
      [`${type}LessThan`, high, [low], true],
      [`${type}LessThan`, low, [low], false],
      [`${type}LessThanEquals`, low, [low], true],
      [`${type}GreaterThan`, low, [high], true],
      [`${type}GreaterThan`, low, [low], false],
      [`${type}GreaterThanEquals`, low, [low], true],
      [`${type}LessThan`, 'x', [low], false],
      [`${type}LessThan`, high, ['x'], false],
      [`${type}NotEquals`, 'x', [low], true],
    ]);
  }
});

test('other operators', () => {
  check([
    ['Bool', 'true', ['TRUE'], true],
    ['Bool', 'false', ['true'], false],
    ['Bool', 'x', ['x'], false],
    ['BinaryEquals', 'YQ==', ['YQ=='], true],
    ['BinaryEquals', 'YQ==', ['YWI='], false],
    ['IpAddress', ['192.0.2.0/24', '10.0.0.0/8'], ['10.1.1.1'], true],
    ['NotIpAddress', ['192.0.2.0/24', '10.0.0.0/8'], ['10.1.1.1'], false],
    ['ArnEquals', 'arn:aws:iam::*:role/*', ['arn:aws:iam::1:role/a'], true],
    ['ArnLike', 'arn:aws:iam::*:role/*', ['arn:aws:iam::1:role/a'], true],
    ['ArnNotEquals', 'arn:aws:iam::*:role/*', ['arn:aws:iam::1:role/a'], false],
    ['ArnNotLike', 'arn:aws:iam::*:role/*', ['no ARN'], true],
    ['Null', 'true', undefined, true],
    ['Null', 'true', [], true],
    ['Null', 'false', [''], true],
    ['Null', ['true', 'false'], ['x'], true],
    ['Null', 'x', ['x'], false],
  ]);
});

test('types other than text have no variables', () => {
  check([
    ['Bool', variable("x:y, 'true'"), ['true'], false],
    ['NumericEquals', variable("x:y, '1'"), ['1'], false],
    ['StringEquals', variable("x:y, '1'"), ['1'], true],
  ]);
});

test('an absent key fails a positive operator and no other', () => {
  check([
    ['StringEquals', 'a', undefined, false],
    ['StringNotEquals', 'a', undefined, true],
    ['StringEqualsIfExists', 'a', undefined, true],
    ['StringNotEqualsIfExists', 'a', undefined, true],
    ['ForAllValues:StringEquals', 'a', undefined, true],
    ['ForAllValues:StringEquals', 'a', [], true],
    ['ForAnyValue:StringEquals', 'a', undefined, false],
    ['ForAnyValue:StringNotEquals', 'a', undefined, false],
    ['ForAnyValue:StringEqualsIfExists', 'a', undefined, true],
    ['StringEqualsIfExists', 'a', ['b'], false],
  ]);
});

test('set operators take each value on its own', () => {
  check([
    ['ForAllValues:StringEquals', ['a', 'b'], ['a', 'b', 'a'], true],
    ['ForAllValues:StringEquals', ['a'], ['a', 'b'], false],
    ['ForAllValues:StringNotEquals', ['a'], ['a', 'b'], false],
    ['ForAnyValue:StringEquals', ['a'], ['a', 'b'], true],
    ['ForAnyValue:StringNotEquals', ['a'], ['a', 'b'], true],
    ['ForAnyValue:StringNotEquals', ['a'], ['a'], false],
    ['foranyvalue:stringlikeifexists', ['a*'], ['b', 'ab'], true],
  ]);
});

test('empty texts are an empty set to a set operator', () => {
  check([
    ['ForAllValues:StringEquals', 'a', [''], true],
    ['ForAllValues:StringEquals', 'a', ['', ''], true],
    ['ForAllValues:StringEquals', 'a', ['', 'a'], false],
    ['ForAnyValue:StringEquals', '', [''], false],
    ['StringEquals', '', [''], true],
  ]);
});

test('several values under an operator for one are read so that doubt refuses', () => {
  const row: Row = ['StringEquals', 'a', ['a', 'b'], true];
  assert.equal(holds(row, 'Allow'), false);
  assert.equal(holds(row, 'Deny'), true);
});

test('no values wanted are matched by none', () => {
  check([
    ['StringEquals', [], ['a'], false],
    ['StringNotEquals', [], ['a'], true],
  ]);
});

test('all conditions must hold', () => {
  const scope = { kind: 'identity', hasVariables: true, effect: 'Allow' } as const;
  const one = { operator: 'StringEquals', key: 'x:a', values: ['1'] };
  const other = { operator: 'StringEquals', key: 'X:B', values: ['2'] };
  const both = compileConditions([one, other], scope);
  assert(
    both(
      new Map([
        ['x:a', ['1']],
        ['x:b', ['2']],
      ]),
    ),
  );
  assert(!both(new Map([['x:a', ['1']]])));
  assert(compileConditions([], scope)(new Map()));
});

test('an operator that nobody knows keeps an Allow from applying and lets a Deny apply', () => {
  const row: Row = ['StringSounds', 'a', ['a'], false];
  assert.equal(holds(row, 'Allow'), false);
  assert.equal(holds(row, 'Deny'), true);
});

test('operator names are taken apart, or not at all', () => {
  for (const name of [
    'String',
    'IfExists',
    'NullIfExists',
    'ForAllValues:Null',
    'ForSomeValues:Bool',
    'ForAnyValue:',
    'constructor',
    '',
    'Bool ',
    'NotBool',
  ]) {
    assert.equal(parseOperatorName(name), undefined, name);
  }
  const name = parseOperatorName('FORANYVALUE:DateEqualsIFEXISTS');
  assert.deepEqual([name?.set, name?.ifExists, name?.operator?.isNegated], ['any', true, false]);
});
