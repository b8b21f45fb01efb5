import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import { inspect } from 'node:util';
import fc from 'fast-check';
import { HmacKey } from './hmac-key.ts';

const bytes = fc.uint8Array({ maxLength: 200 });

test("MACs are those of OpenSSL, for keys and messages of any length, one message after the other, with a key's own bytes wiped", () => {
  fc.assert(
    fc.property(
      fc.uint8Array({ maxLength: 64 }),
      fc.array(bytes, { minLength: 1, maxLength: 4 }),
      (secret, messages) => {
        const passed = Uint8Array.from(secret);
        const key = new HmacKey(passed);
        passed.fill(0);
        for (const message of messages) {
          const expected = createHmac('sha256', secret).update(message).digest();
          assert.deepEqual(key.mac(message), expected);
          assert.equal(key.macHex(Buffer.from(message).toString('latin1')), expected.toString('hex'));
        }
      },
    ),
  );
});

test('what a MAC was given out as does not change with the next', () => {
  const key = new HmacKey(Buffer.from('key'));
  const first = key.mac(Buffer.from('a'));
  const copy = Buffer.from(first);
  key.mac(Buffer.from('b'));
  assert.deepEqual(first, copy);
});

test('printing a key shows nothing of it', () => {
  assert.equal(inspect(new HmacKey(Buffer.from('a key to be kept'))), 'HmacKey {}');
});
