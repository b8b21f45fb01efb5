import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { filesIn } from '#test/harness/delivered.ts';
import { DeliveredFolder } from './delivered-folder.ts';
import { type ObjectToPut, Outbox, type PutObject } from './outbox.ts';

const folder = mkdtempSync(join(tmpdir(), 'keywright-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

/** A workplace with so many lists of one file each. */
function makePlace(lists: number) {
  const directory = mkdtempSync(join(folder, 'place-'));
  mkdirSync(join(directory, 'outbox'));
  mkdirSync(join(directory, '111122223333'));
  for (let number = 1; number <= lists; number++) {
    const files = [{ accountId: '111122223333', key: `f${number}.json.gz` }];
    writeFileSync(
      join(directory, 'outbox', String(number).padStart(12, '0')),
      JSON.stringify({ atMs: 0, bucket: 'b', files }),
    );
    writeFileSync(join(directory, '111122223333', `f${number}.json.gz`), `content ${number}`);
  }
  const logged: string[] = [];
  const log = { info: (event: string) => void logged.push(event), failure: (event: string) => void logged.push(event) };
  const outbox = (put: PutObject, firstWaitMs = 1) =>
    new Outbox({ directory, files: new DeliveredFolder(directory), put, log, firstWaitMs });
  return { directory, outbox, logged };
}

test('files go in order, once, and leave the outbox; what is not complete stays', async () => {
  const { directory, outbox } = makePlace(3);
  const put: ObjectToPut[] = [];
  const box = outbox(async (object) => void put.push(object));
  box.wake(2);
  await box.idle();
  assert.deepEqual(
    put.map(({ bucket, key, bytes }) => `${bucket}/${key} ${Buffer.from(bytes)}`),
    ['b/f1.json.gz content 1', 'b/f2.json.gz content 2'],
  );
  assert.deepEqual(filesIn(join(directory, 'outbox')), ['000000000003']);
  assert.equal(box.backlog, 0);
  await box.stop();
});

test('where the bucket takes nothing it is tried again, in order, and told once', async () => {
  const { outbox, logged } = makePlace(2);
  const tried: string[] = [];
  const box = outbox(async ({ key }) => {
    tried.push(key);
    if (tried.length < 4) throw new Error('The bucket answered 503.');
  });
  box.wake(2);
  await box.idle();
  assert.deepEqual(tried, ['f1.json.gz', 'f1.json.gz', 'f1.json.gz', 'f1.json.gz', 'f2.json.gz']);
  assert.equal(logged.filter((event) => event.includes('cannot be uploaded')).length, 1);
  assert.equal(logged.filter((event) => event.includes('uploaded again')).length, 1);
});

test('it waits longer each time', async () => {
  const { outbox } = makePlace(1);
  const at: number[] = [];
  const box = outbox(async () => {
    at.push(performance.now());
    if (at.length < 5) throw new Error('no');
  }, 20);
  box.wake(1);
  await box.idle();
  const waits = at.slice(1).map((time, index) => time - (at[index] ?? 0));
  for (const [index, wait] of waits.entries()) assert(wait >= 20 * 2 ** index - 5, `${waits}`);
});

test('an outbox that was stopped in the middle goes on in the next process', async () => {
  const { directory, outbox } = makePlace(3);
  const first = outbox(async ({ key }) => {
    if (key === 'f2.json.gz') throw new Error('no');
  }, 60_000);
  first.wake(3);
  await sleep(100);
  assert.equal(first.backlog, 2);
  await first.stop();
  assert.deepEqual(filesIn(join(directory, 'outbox')), ['000000000002', '000000000003']);
  const put: string[] = [];
  const second = outbox(async ({ key }) => void put.push(key));
  second.wake(3);
  await second.idle();
  assert.deepEqual(put, ['f2.json.gz', 'f3.json.gz']);
});

test('a file that somebody has removed does not hold up the others', async () => {
  const { directory, outbox, logged } = makePlace(2);
  rmSync(join(directory, '111122223333', 'f1.json.gz'));
  const put: string[] = [];
  const box = outbox(async ({ key }) => void put.push(key));
  box.wake(2);
  await box.idle();
  assert.deepEqual(put, ['f2.json.gz']);
  assert.deepEqual(logged, ['audit file is gone and was not uploaded']);
});
