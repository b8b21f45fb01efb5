import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createSecretKey } from 'node:crypto';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { Threads } from './threads.ts';

const script = new URL(import.meta.resolve('#test/harness/jobs-worker.ts'));
const secret = 'a secret that an error text could quote';

test('a job gets handles of keys and copies of bytes, and answers with bytes of the caller’s own', async () => {
  const threads = new Threads(script);
  const pooled = Buffer.from('only these'); // lies in a buffer with other things
  const key = createSecretKey(Buffer.from('key material'));
  const answer = await threads.run('describe', { key, bytes: pooled, text: 'a', number: 1 });
  assert.deepEqual(answer, { keyBytes: 12, text: 'only these', bufferBytes: 10, rest: ['a', 1] });
  assert.equal(pooled.toString(), 'only these');
  const echoed = await threads.run('echo', { bytes: pooled });
  assert(Buffer.isBuffer(echoed));
  assert.equal(echoed.toString(), 'only these');
});

test('a thread is used again once it is idle', async () => {
  const threads = new Threads(script);
  const first = await threads.run('threadId', {});
  assert.equal(await threads.run('threadId', {}), first);
  const [one, two] = await Promise.all([threads.run('threadId', {}), threads.run('threadId', {})]);
  assert.notEqual(one, two);
});

test('a job that throws is told by code or kind, never by the text', async () => {
  const threads = new Threads(script);
  await assert.rejects(threads.run('fail', { secret }), (error: Error & { code?: string }) => {
    assert.equal(error.name, 'JobError');
    assert.equal(error.code, 'ERR_OF_TEST');
    return !error.message.includes('secret') && error.cause === undefined;
  });
  await assert.rejects(threads.run('failWithoutCode', { secret }), { code: 'RangeError' });
  await assert.rejects(threads.run('unknown', {}), { code: 'TypeError' });
});

test('a thread that dies rejects its job, and the next job gets another thread', async () => {
  const threads = new Threads(script);
  const before = await threads.run('threadId', {});
  await assert.rejects(threads.run('exit', {}), { message: /stopped in the middle/ });
  await assert.rejects(threads.run('crash', {}), { message: /stopped in the middle/ });
  assert.notEqual(await threads.run('threadId', {}), before);
  // Dies after its job, while it is idle.
  const idle = await threads.run('exitLater', {});
  await new Promise((resolve) => setTimeout(resolve, 200));
  assert.notEqual(await threads.run('threadId', {}), idle);
});

test('a waiting job keeps the process alive, an idle thread does not', { timeout: 60_000 }, async () => {
  const text = `
    const { Threads } = await import(${JSON.stringify(new URL('./threads.ts', import.meta.url).href)});
    const threads = new Threads(new URL(${JSON.stringify(script.href)}));
    process.stdout.write(String(await threads.run('echo', { bytes: Buffer.from('done') })));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', text]);
  assert.equal(stdout, 'done');
});
