import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { encode, encodeUnsigned, readElements, readSequence, readUnsigned, tags } from './der.ts';

test('what is encoded is read, of any length', () => {
  const length = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.constantFrom(65_535, 65_536));
  fc.assert(
    fc.property(length, fc.uint8Array({ maxLength: 40 }), (size, bytes) => {
      const encoded = encode(tags.sequence, encode(tags.octetString, Buffer.alloc(size, 1)), encodeUnsigned(bytes));
      const [octets, number, ...more] = readSequence(encoded) ?? [];
      assert.deepEqual([octets?.tag, octets?.contents.length, more.length], [tags.octetString, size, 0]);
      const start = bytes.findIndex((byte) => byte !== 0);
      assert.deepEqual(Buffer.from(readUnsigned(number) ?? [9]), Buffer.from(start < 0 ? [] : bytes.subarray(start)));
    }),
  );
});

test('whatever is read without complaint is encoded the same way', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 30 }), (bytes) => {
      const elements = readElements(bytes);
      if (elements === undefined) return;
      const again = Buffer.concat(elements.map(({ tag, contents }) => encode(tag, contents)));
      assert.deepEqual(again, Buffer.from(bytes));
    }),
    { numRuns: 2000 },
  );
});

const refused: readonly (readonly [what: string, hex: string])[] = [
  ['a length that a shorter form would hold', '30810102'],
  ['a length with a leading zero', '3082008000'],
  ['an indefinite length', '30800000'],
  ['contents that end early', '300302'],
  ['a tag alone', '30'],
  ['a tag of several bytes', '1f0100'],
  ['a length of four bytes', '3084010000000000'],
];

for (const [what, hex] of refused) {
  test(`${what} is not DER`, () => assert.equal(readElements(Buffer.from(hex, 'hex')), undefined));
}

test('a sequence with anything behind is not that sequence', () => {
  assert.equal(readSequence(Buffer.from('300000', 'hex')), undefined);
  assert.deepEqual(readSequence(Buffer.from('3000', 'hex')), []);
});

test('negative and padded integers are not unsigned ones', () => {
  const read = (hex: string) => readUnsigned(readElements(Buffer.from(hex, 'hex'))?.[0]);
  assert.equal(read('020180'), undefined);
  assert.equal(read('0202007f'), undefined);
  assert.equal(read('0200'), undefined);
  assert.equal(read('040101'), undefined);
  assert.deepEqual(read('02020080'), Buffer.of(0x80));
  assert.deepEqual(read('020100'), Buffer.alloc(0));
});
