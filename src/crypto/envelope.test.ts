import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { SecretBytes } from '#base/secret-bytes.ts';
import { parseAccountId, parseKeyId } from '#model/arn.ts';
import { EnvelopeKey, materialIdOf, noContext, readMaterialName } from './envelope.ts';
import { randomBytes } from './random.ts';

function makeKey(keyIdText = '1234abcd-12ab-34cd-56ef-1234567890ab'): EnvelopeKey {
  const accountId = parseAccountId('111122223333');
  const keyId = parseKeyId(keyIdText);
  assert(accountId !== undefined && keyId !== undefined);
  using material = new SecretBytes(randomBytes(32));
  return new EnvelopeKey({ accountId, keyId, materialId: materialIdOf(keyId, material) }, material);
}

const secret = (bytes: Uint8Array) => new SecretBytes(Buffer.from(bytes));
const text = fc.string({ unit: 'binary' });
const context = fc.array(fc.tuple(text, text), { maxLength: 4 }).map((pairs) => new Map(pairs));

test('what is encrypted is decrypted under the same context, whatever its order', () => {
  const key = makeKey();
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 100 }), context, (plaintext, pairs) => {
      const ciphertext = key.encrypt(secret(plaintext), pairs);
      assert.equal(ciphertext.length, plaintext.length + 100);
      const opened = key.decrypt(ciphertext, new Map([...pairs].reverse()));
      assert.deepEqual(Buffer.from(opened?.reveal() ?? []), Buffer.from(plaintext));
    }),
  );
});

test('every single flipped bit of a ciphertext is noticed', () => {
  const key = makeKey();
  const ciphertext = key.encrypt(secret(Buffer.from('attack at dawn')), new Map([['a', 'b']]));
  for (let bit = 0; bit < ciphertext.length * 8; bit++) {
    const altered = Buffer.from(ciphertext);
    altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
    assert.equal(key.decrypt(altered, new Map([['a', 'b']])), undefined, `bit ${bit}`);
  }
});

test('every shortening and lengthening of a ciphertext is noticed', () => {
  const key = makeKey();
  const ciphertext = key.encrypt(secret(Buffer.from('x')), noContext);
  for (let length = 0; length < ciphertext.length; length++) {
    assert.equal(key.decrypt(ciphertext.subarray(0, length), noContext), undefined);
  }
  assert.equal(key.decrypt(Buffer.concat([ciphertext, Buffer.of(0)]), noContext), undefined);
});

test('another context is another context, however alike', () => {
  const key = makeKey();
  fc.assert(
    fc.property(context, context, (mine, theirs) => {
      const same = mine.size === theirs.size && [...mine].every(([name, value]) => theirs.get(name) === value);
      const opened = key.decrypt(key.encrypt(secret(Buffer.from('x')), mine), theirs);
      assert.equal(opened !== undefined, same);
    }),
  );
  const opens = (mine: [string, string][], theirs: [string, string][]) =>
    key.decrypt(key.encrypt(secret(Buffer.from('x')), new Map(mine)), new Map(theirs)) !== undefined;
  assert(!opens([['ab', 'c']], [['a', 'bc']]));
  assert(!opens([['a', '']], []));
  assert(!opens([['a', 'b']], [['A', 'b']]));
  assert(
    !opens(
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
      [
        ['a', 'd'],
        ['c', 'b'],
      ],
    ),
  );
});

test('two encryptions of the same thing differ in nonce, IV and ciphertext', () => {
  const key = makeKey();
  const [a, b] = [
    key.encrypt(secret(Buffer.from('same')), noContext),
    key.encrypt(secret(Buffer.from('same')), noContext),
  ];
  assert.deepEqual(a.subarray(0, 56), b.subarray(0, 56));
  assert.notDeepEqual(a.subarray(56, 72), b.subarray(56, 72));
  assert.notDeepEqual(a.subarray(72, 84), b.subarray(72, 84));
  assert.notDeepEqual(a.subarray(84), b.subarray(84));
});

test('another material of the same key does not open a ciphertext', () => {
  assert.equal(makeKey().decrypt(makeKey().encrypt(secret(Buffer.from('x')), noContext), noContext), undefined);
});

test('a ciphertext names its account, key and material; what is none names nothing', () => {
  for (const id of ['1234abcd-12ab-34cd-56ef-1234567890ab', 'mrk-1234abcd12ab34cd56ef1234567890ab']) {
    const key = makeKey(id);
    assert.deepEqual(readMaterialName(key.encrypt(secret(Buffer.from('x')), noContext)), key.name);
  }
  for (const bytes of [Buffer.alloc(0), Buffer.alloc(99), Buffer.alloc(200), Buffer.alloc(200, 0xff)]) {
    assert.equal(readMaterialName(bytes), undefined);
  }
});

test('a material id depends on the key and on the material', () => {
  const [a, b] = [
    parseKeyId('1234abcd-12ab-34cd-56ef-1234567890ab'),
    parseKeyId('1234abcd-12ab-34cd-56ef-1234567890ac'),
  ];
  assert(a !== undefined && b !== undefined);
  assert.match(materialIdOf(a, secret(Buffer.alloc(32))), /^[0-9a-f]{64}$/);
  assert.equal(materialIdOf(a, secret(Buffer.alloc(32))), materialIdOf(a, secret(Buffer.alloc(32))));
  assert.notEqual(materialIdOf(a, secret(Buffer.alloc(32))), materialIdOf(b, secret(Buffer.alloc(32))));
  assert.notEqual(materialIdOf(a, secret(Buffer.alloc(32))), materialIdOf(a, secret(Buffer.alloc(32, 1))));
});

test('materials that HMAC takes for one key have ids of their own', () => {
  const key = parseKeyId('1234abcd-12ab-34cd-56ef-1234567890ab');
  assert(key !== undefined);
  const long = Buffer.alloc(100, 7);
  const ids = [
    long,
    createHash('sha256').update(long).digest(),
    Buffer.alloc(48, 1),
    Buffer.concat([Buffer.alloc(48, 1), Buffer.alloc(8)]),
  ].map((bytes) => materialIdOf(key, secret(bytes)));
  assert.equal(new Set(ids).size, ids.length);
});
