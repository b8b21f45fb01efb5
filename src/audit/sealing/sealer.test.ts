import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { eventTimeOf } from '#audit/event.ts';
import type { Lookup } from '#audit/search/lookup.ts';
import { TrailSearch } from '#audit/search/trail-search.ts';
import { dayMs } from '#base/clock.ts';
import type { AccountId, Region } from '#model/arn.ts';
import { startTrail, type TestTrail, testEvent, testTimeMs } from '#test/harness/audit.ts';
import { Sealer, type SealerSettings } from './sealer.ts';

const home = { accountId: '111122223333' as AccountId, region: 'us-east-1' as Region };
const everything: Lookup = {
  accountId: home.accountId,
  region: home.region,
  fromMs: 0,
  toMs: Number.MAX_SAFE_INTEGER,
  limit: 1000,
};

/** A sealer that is stopped at the end of the test, and what it logged. */
function startSealer(kept: TestTrail, settings: Partial<SealerSettings> = {}) {
  const failures: unknown[] = [];
  const sealed: number[] = [];
  const sealer = new Sealer(kept.trail, {
    clock: kept.clock,
    log: { failure: (_, error) => void failures.push(error) },
    home,
    retentionDays: 90,
    onSealed: (segment) => void sealed.push(segment),
    ...settings,
  });
  sealer.start();
  return { sealer, failures, sealed, [Symbol.asyncDispose]: () => sealer.stop() };
}

const sealed = (n: number) => ['idx', 'log.zst', 'usage.json'].map((ending) => `00000000000${n}.${ending}`);
const filesOf = ({ trail: { segments } }: TestTrail) => readdirSync(segments.directory).sort();

/** Closes segments with a record a day, each a day after the one before. */
async function writeDays(kept: TestTrail, days: number) {
  for (let day = 0; day < days; day++) {
    await kept.append([testEvent({ eventName: `Day${day}`, eventTime: eventTimeOf(testTimeMs + day * dayMs) })]);
    await kept.trail.roll();
  }
}

test('what is closed is sealed, at the start and as time goes on', async () => {
  await using kept = await startTrail();
  await writeDays(kept, 2);
  writeFileSync(kept.trail.segments.path(1, '.idx.new'), 'of a process that was killed');
  await using started = startSealer(kept);
  await writeDays(kept, 2);
  await started.sealer.settled();
  assert.deepEqual(started.sealed, [1, 2, 3, 4]);
  assert.deepEqual(filesOf(kept), [...[1, 2, 3, 4].flatMap(sealed), '000000000005.log']);
  assert.deepEqual((await kept.verify())?.findings, []);
  assert.deepEqual(started.failures, []);
});

test('look-ups find all while segments are closed, sealed and dropped', async () => {
  await using kept = await startTrail();
  kept.clock.advance(90 * dayMs + 1000);
  const search = new TrailSearch(kept.trail);
  for (let n = 0; n < 10; n++) {
    await kept.append([testEvent({ eventTime: eventTimeOf(kept.clock.now() - 91 * dayMs) })]);
    await kept.trail.roll();
  }
  await using started = startSealer(kept, { roundMs: 5 });
  try {
    for (let live = 2; live <= 60; live += 2) {
      const eventTime = eventTimeOf(kept.clock.now());
      await kept.append([testEvent({ eventTime, eventName: 'Live' }), testEvent({ eventTime, eventName: 'Live' })]);
      const looking = search.lookup({ ...everything, attribute: { name: 'EventName', value: 'Live' } });
      await kept.trail.roll();
      assert.equal((await looking).lines.length, live);
    }
    await started.sealer.settled();
    assert.deepEqual(started.failures, []);
    assert(kept.trail.head.firstSegment > 10);
  } finally {
    await search.stop();
  }
});

test('segments are dropped when all in them has been kept for long enough, and a record says so', async () => {
  await using kept = await startTrail();
  await writeDays(kept, 4);
  kept.clock.advance(91 * dayMs + dayMs / 2);
  await using started = startSealer(kept);
  await started.sealer.settled();
  const names = filesOf(kept);
  assert.deepEqual(names, [
    ...['000000000001.usage.json', '000000000002.usage.json'],
    ...[3, 4, 5].flatMap(sealed),
    '000000000006.log', // the record was the first of another day
  ]);
  assert.equal(kept.trail.head.firstSegment, 3);
  const search = new TrailSearch(kept.trail);
  const { lines } = await search.lookup(everything);
  await search.stop();
  assert.deepEqual(
    lines.map((line) => JSON.parse(line).eventName),
    ['DeleteAuditSegments', 'Day3', 'Day2'],
  );
  const until = eventTimeOf(testTimeMs + dayMs);
  const details = { firstSegment: 1, lastSegment: 2, records: 2, until };
  assert.deepEqual(JSON.parse(lines[0] ?? '').serviceEventDetails, details);
  const verified = await kept.verify();
  assert.deepEqual([verified?.findings, verified?.records, verified?.segments], [[], 3, 4]);
  await kept.reopen();
});

test('what has not been delivered stays, and so does everything for a retention of 0', async () => {
  for (const settings of [{ deliveredThrough: () => 1 }, { retentionDays: 0 }]) {
    await using kept = await startTrail();
    await writeDays(kept, 3);
    kept.clock.advance(1000 * dayMs);
    await using started = startSealer(kept, settings);
    await started.sealer.settled();
    assert.equal(kept.trail.head.firstSegment, settings.retentionDays === 0 ? 1 : 2);
    assert.deepEqual(started.failures, []);
  }
});

test('what a crash leaves of dropped segments is removed at the next start', async () => {
  await using kept = await startTrail();
  await writeDays(kept, 3);
  kept.clock.advance(1000 * dayMs);
  const { segments } = kept.trail;
  const removed = segments.read(1);
  const first = startSealer(kept);
  await first.sealer.settled();
  await first.sealer.stop();
  assert.equal(kept.trail.head.firstSegment, 4);
  writeFileSync(segments.path(1), removed);
  await kept.reopen();
  await using started = startSealer(kept);
  await started.sealer.settled();
  assert(!existsSync(segments.path(1)));
});

test('an altered segment is not dropped, and keeps what comes after it', async () => {
  await using kept = await startTrail();
  await writeDays(kept, 3);
  const { segments } = kept.trail;
  const text = segments.read(2).toString();
  {
    await using sealing = startSealer(kept, { retentionDays: 0 });
    await sealing.sealer.settled();
  }
  writeFileSync(segments.path(2), text.replace('Day1', 'Day7'));
  kept.clock.advance(1000 * dayMs);
  await using started = startSealer(kept);
  await started.sealer.settled();
  assert.equal(kept.trail.head.firstSegment, 1);
  assert.equal(started.failures.length, 2);
  assert.match(String(started.failures[0]), /Segment 2 of the audit trail has been altered/);
  assert.equal(segments.read(2).toString(), text.replace('Day1', 'Day7'));
});

test('what fails is logged and tried again', async () => {
  await using kept = await startTrail();
  await writeDays(kept, 1);
  const obstacle = kept.trail.segments.path(1, '.log.zst');
  mkdirSync(`${obstacle}/in-the-way`, { recursive: true });
  await using started = startSealer(kept, { retryMs: 10 });
  while (started.failures.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.equal(kept.trail.segments.read(1).length > 0, true);
  rmSync(obstacle, { recursive: true });
  while (started.sealed.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(filesOf(kept), [...sealed(1), '000000000002.log']);
});

test('it stops in the middle of its work, and look-ups that wait are told', async () => {
  await using kept = await startTrail();
  await writeDays(kept, 5);
  const started = startSealer(kept);
  const search = new TrailSearch(kept.trail);
  const looking = search.lookup(everything);
  const refused = assert.rejects(looking, /stopped in the middle/);
  await started.sealer.stop();
  await search.stop();
  await refused;
  assert.deepEqual(started.failures, []);
  assert.deepEqual((await kept.verify())?.findings, []);
});
