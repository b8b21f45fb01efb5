import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isInRange, parseAddress, parseRange } from './ip.ts';
import { parseBinary, parseBool, parseDate, parseNumber } from './values.ts';

test('a number is a number as a whole', () => {
  for (const [text, number] of [
    ['0', 0],
    ['-1.50', -1.5],
    ['007', 7],
    ['1546257599.0', 1546257599],
  ] as const) {
    assert.equal(parseNumber(text), number, text);
  }
  const bad = ['', ' 1', '1 ', '10abc', '1e2', '.5', '5.', '+1', '0x10', 'Infinity', 'NaN', '1\n', '9'.repeat(400)];
  for (const text of bad) assert.equal(parseNumber(text), undefined, JSON.stringify(text));
});

test('a date is a W3C date or seconds', () => {
  for (const [text, seconds] of [
    ['2020', 1577836800],
    ['2020-01', 1577836800],
    ['2020-01-01', 1577836800],
    ['2020-01-01T00:00Z', 1577836800],
    ['2020-01-01T00:00:00Z', 1577836800],
    ['2020-01-01T01:30:00.25+01:30', 1577836800.25],
    ['2019-12-31T23:00:00-01:00', 1577836800],
    ['2020-02-29', 1582934400],
    ['1969-12-31T23:59:59.5Z', -0.5],
    ['0001-01-01T00:00:00Z', -62135596800],
    ['1577836800', 1577836800],
    ['1577836800.25', 1577836800.25],
    ['0', 0],
  ] as const) {
    assert.equal(parseDate(text), seconds, text);
  }
  const bad = [
    '',
    '2020-1-1',
    '2020-13-01',
    '2021-02-29',
    '2020-01-01T24:00Z',
    '2020-01-01T00:00:60Z',
    '2020-01-01 00:00Z',
  ];
  const worse = ['2020-01-01T00:00:00', '2020-01-01T00Z', '2020-01-01T00:00+24:00', '-1', '1577836800s', '20-01-01'];
  for (const text of [...bad, ...worse]) assert.equal(parseDate(text), undefined, text);
});

test('truth values are compared without case, and nothing else is one', () => {
  assert.equal(parseBool('TRUE'), true);
  assert.equal(parseBool('False'), false);
  for (const text of ['', '1', 'yes', ' true']) assert.equal(parseBool(text), undefined, text);
});

test('base64 texts of the same bytes are the same', () => {
  assert.equal(parseBinary('YR=='), parseBinary('YQ=='));
  for (const text of ['YQ', 'YQ=', '====', 'Y Q=', 'YQ==\n', 'Y-_=']) {
    assert.equal(parseBinary(text), undefined, JSON.stringify(text));
  }
});

test('addresses are in ranges by their bits', () => {
  const isIn = (address: string, range: string) => {
    const [value, bound] = [parseAddress(address), parseRange(range)];
    return value !== undefined && bound !== undefined && isInRange(value, bound);
  };
  for (const [address, range] of [
    ['10.1.2.3', '10.0.0.0/8'],
    ['10.1.2.3', '10.9.9.9/8'],
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.2.3', '0.0.0.0/0'],
    ['10.1.127.255', '10.1.0.0/17'],
    ['::ffff:10.1.2.3', '10.1.2.2/31'],
    ['::FFFF:a01:203', '10.1.2.3'],
    ['10.1.2.3', '::ffff:10.0.0.0/104'],
    ['2001:DB8:0:0::1', '2001:db8::/32'],
    ['2001:db8::1', '2001:db8:0:0:0:0:0:1'],
    ['1::', '::/0'],
    ['fe80::1%eth0', 'fe80::/10'],
    ['64:ff9b::10.1.2.3', '64:ff9b::a01:203'],
  ] as const) {
    assert(isIn(address, range), `${address} is in ${range}`);
  }
  for (const [address, range] of [
    ['10.1.128.0', '10.1.0.0/17'],
    ['11.1.2.3', '10.0.0.0/8'],
    ['10.1.2.3', '::/0'],
    ['10.1.2.3', '::ffff:0:0/90'],
    ['::1', '0.0.0.0/0'],
    ['::ffff:10.1.2.3', '::/0'],
    ['2001:db9::', '2001:db8::/32'],
  ] as const) {
    assert(!isIn(address, range), `${address} is not in ${range}`);
  }
});

test('what is no address or range is none', () => {
  for (const text of ['', '1.2.3', '1.2.3.4.5', '01.2.3.4', '256.1.1.1', '1.2.3.4 ', ':::', '1:2', 'localhost', '*']) {
    assert.equal(parseAddress(text), undefined, text);
    assert.equal(parseRange(text), undefined, text);
  }
  for (const text of [
    '1.2.3.4/33',
    '1.2.3.4/',
    '1.2.3.4/-1',
    '1.2.3.4/08',
    '1.2.3.4/8/8',
    '::/129',
    '::ffff:1.2.3.4/129',
    '1.2.3.4/8.0',
  ]) {
    assert.equal(parseRange(text), undefined, text);
  }
});
