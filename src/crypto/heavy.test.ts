import assert from 'node:assert/strict';
import { generateKeyPairSync, verify } from 'node:crypto';
import { availableParallelism, getPriority } from 'node:os';
import { test } from 'node:test';
import { heavy, inWorker, lengthy } from './heavy.ts';

const { privateKey: key, publicKey } = generateKeyPairSync('ed25519');
const job = { key, message: Buffer.from('message'), hash: null };

test('a job is done by a thread that stands back, and leaves the event loop its priority', async () => {
  const before = getPriority();
  const signature = await inWorker('signWhole', job);
  assert(verify(null, job.message, publicKey, signature));
  assert.equal(getPriority(), before);
});

test('a job that throws says what kind of error it was, and nothing of what it was about', async () => {
  const error = {
    name: 'JobError',
    code: 'ERR_CRYPTO_INVALID_DIGEST',
    message: /^The job signWhole failed: ERR_[A-Z_]+\.$/,
  };
  await assert.rejects(inWorker('signWhole', { ...job, hash: 'no hash, but a secret' }), error);
});

test('all quick work waits in one queue; what takes seconds holds up nobody but its like', async () => {
  const busy = Promise.withResolvers<void>();
  const done: string[] = [];
  const primes = lengthy(() => busy.promise);
  const more = lengthy(async () => done.push('more primes'));
  await inWorker('signWhole', job);
  done.push('quick');
  const all = Array.from({ length: availableParallelism() }, () => heavy(() => busy.promise));
  const waiting = inWorker('signWhole', job).then(() => done.push('after its turn came'));
  await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(done, ['quick']);
  busy.resolve();
  await Promise.all([primes, more, waiting, ...all]);
  assert.deepEqual(done.slice(1).sort(), ['after its turn came', 'more primes']);
});
