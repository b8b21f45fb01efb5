import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { amzDateOfHttpDate, formatAmzDate, parseAmzDate } from './amz-date.ts';

const instants = fc.date({
  min: new Date('1970-01-01T00:00:00Z'),
  max: new Date('9999-12-31T23:59:59Z'),
  noInvalidDate: true,
});

test('every whole second from 1970 to 9999 survives writing and reading', () => {
  fc.assert(
    fc.property(instants, (instant) => {
      const second = Math.floor(instant.getTime() / 1000) * 1000;
      assert.equal(parseAmzDate(formatAmzDate(second)), second);
      assert.equal(amzDateOfHttpDate(new Date(second).toUTCString()), formatAmzDate(second));
    }),
  );
});

test('text that is not an instant in the basic form is not a date', () => {
  const wrong = [
    '',
    '2015-08-30T12:36:00Z',
    '20150830T123600',
    '20150830T123600z',
    '20150830t123600Z',
    '20150830T123600Z ',
    '20150230T000000Z',
    '20150229T000000Z',
    '20150431T000000Z',
    '20151301T000000Z',
    '20150001T000000Z',
    '20150100T000000Z',
    '20150132T000000Z',
    '20150101T240000Z',
    '20150101T006000Z',
    '20150101T000060Z',
    '２0150830T123600Z',
  ];
  for (const text of wrong) assert.equal(parseAmzDate(text), undefined, text);
});

test('the 29th of February is a day in leap years', () => {
  assert.equal(parseAmzDate('20160229T000000Z'), Date.UTC(2016, 1, 29));
});

test('only the preferred spelling of an HTTP date is read', () => {
  assert.equal(amzDateOfHttpDate('Sun, 30 Aug 2015 12:36:00 GMT'), '20150830T123600Z');
  const wrong = [
    'Sunday, 30-Aug-15 12:36:00 GMT',
    'Sun Aug 30 12:36:00 2015',
    'Sun, 30 Aug 2015 12:36:00 +0000',
    'Sun, 30 anF 2015 12:36:00 GMT',
    'Sun, 30 Nfe 2015 12:36:00 GMT',
    'Sun, 30 Xyz 2015 12:36:00 GMT',
    '',
  ];
  for (const text of wrong) assert.equal(amzDateOfHttpDate(text), undefined, text);
});
