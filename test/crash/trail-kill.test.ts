/** A trail of small segments is killed again and again, so that kills fall between and into the beginnings of segments as well. */
import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { Segments } from '#audit/segments.ts';
import { temporaryDirectory } from '../harness/server-process.ts';
import { readRecords } from '../harness/trail.ts';

const kills = Number(process.env['KEYWRIGHT_TRAIL_KILLS'] ?? 15);

test('whatever was acknowledged is in the trail after SIGKILL, in order, over many segments', async (t) => {
  using directory = temporaryDirectory();
  let next = 1;
  for (let kill = 0; kill < kills; kill++) {
    next = (await writeUntilKilled(directory.path, next)) + 1;
    const numbers = readRecords(new Segments(join(directory.path, 'audit', 'segments'))).map(({ n }) => Number(n));
    assert.deepEqual(
      numbers,
      Array.from({ length: numbers.length }, (_, at) => at + 1),
    );
    assert(numbers.length >= next - 1, `${next - 1} were acknowledged, and ${numbers.length} are there`);
    next = numbers.length + 1;
  }
  const segments = new Segments(join(directory.path, 'audit', 'segments')).list().length;
  t.diagnostic(`${kills} kills; ${next - 1} records in ${segments} segments`);
  assert(segments > kills);
});

/** The last number that was acknowledged; what was found at the start must be whole. */
async function writeUntilKilled(directory: string, from: number): Promise<number> {
  const writer = fork(join(import.meta.dirname, 'trail-writer.ts'), [directory, String(from)], { stdio: 'inherit' });
  const limit = setTimeout(() => writer.kill('SIGKILL'), 20_000);
  let acknowledged = from - 1;
  try {
    const ended = once(writer, 'exit').then(() => assert.fail('the writer ended by itself'));
    ended.catch(() => undefined); // it is killed below
    const [{ findings }] = await Promise.race([once(writer, 'message'), ended]);
    assert.deepEqual(findings, []);
    writer.on('message', (told: { readonly acknowledged: number }) => {
      acknowledged = told.acknowledged;
    });
    await delay(10 + Math.random() * 120);
  } finally {
    writer.kill('SIGKILL');
    await once(writer, 'close');
    clearTimeout(limit);
  }
  return acknowledged;
}
