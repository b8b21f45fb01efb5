import assert from 'node:assert/strict';
import { test } from 'node:test';
import { format, inspect } from 'node:util';
import { SecretBytes } from './secret-bytes.ts';

const secret = () => new SecretBytes(Buffer.from('correct horse'));

test('no way of printing shows the bytes', () => {
  const shown = [
    String(secret()),
    JSON.stringify({ secret: secret() }),
    inspect(secret()),
    format('%o %s', secret(), secret()),
  ];
  for (const text of shown) {
    assert(text.includes('[13 secret bytes]'), text);
    assert(!text.includes('horse') && !text.includes('99'), text);
  }
});

test('disposing overwrites the bytes', () => {
  const bytes = Buffer.from('correct horse');
  {
    using held = new SecretBytes(bytes);
    assert.equal(held.length, 13);
  }
  assert.deepEqual(bytes, Buffer.alloc(13));
});

test('secrets are equal when their bytes are', () => {
  assert(secret().equals(secret()));
  assert(!secret().equals(new SecretBytes(Buffer.from('correct house'))));
  assert(!secret().equals(new SecretBytes(Buffer.from('correct'))));
});

test('a copy of what is revealed outlives the secret, also of one that came as a Buffer', () => {
  const secret = new SecretBytes(Buffer.from('kept'));
  const copy = secret.reveal().slice();
  secret[Symbol.dispose]();
  assert.equal(Buffer.from(copy).toString(), 'kept');
});
