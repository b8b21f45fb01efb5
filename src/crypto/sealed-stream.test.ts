import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SecretBytes } from '#base/secret-bytes.ts';
import { randomBytes } from './random.ts';
import { openStream, sealStream } from './sealed-stream.ts';

async function* chunksOf(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

async function collect(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(chunk);
  return Buffer.concat(chunks);
}

const key = () => new SecretBytes(Buffer.alloc(32, 7));
const aad = Buffer.from('header');

test('a stream comes back whole, however it is cut into chunks', async () => {
  const sizes = fc.integer({ min: 1, max: 50 });
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), sizes, sizes, async (plain, first, second) => {
      const sealed = await collect(sealStream(chunksOf(plain, first), key(), aad));
      assert.deepEqual(await collect(openStream(chunksOf(sealed, second), key(), aad)), Buffer.from(plain));
    }),
  );
});

test('an altered, shortened, lengthened or foreign stream ends in an error', async () => {
  const sealed = await collect(sealStream(chunksOf(randomBytes(100), 30), key(), aad));
  const opens = (bytes: Uint8Array, other = key(), header = aad) =>
    collect(openStream(chunksOf(bytes, 17), other, header));
  for (let at = 0; at < sealed.length; at++) {
    const altered = Buffer.from(sealed);
    altered[at] = (altered[at] ?? 0) ^ 1;
    await assert.rejects(opens(altered));
    await assert.rejects(opens(sealed.subarray(0, at)));
  }
  await assert.rejects(opens(Buffer.concat([sealed, Buffer.of(0)])));
  await assert.rejects(opens(sealed, new SecretBytes(Buffer.alloc(32, 8))));
  await assert.rejects(opens(sealed, key(), Buffer.from('other')));
});
