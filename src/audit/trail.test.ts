import assert from 'node:assert/strict';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import { dayMs, ManualClock } from '#base/clock.ts';
import { makeTrail, readRecords, type TrailBench } from '#test/harness/trail.ts';
import { sealGroup } from './chain.ts';
import { AuditUnavailable, medium } from './medium.ts';

const lineOf = (n: number) => JSON.stringify({ eventVersion: '1.11', n });

async function write(bench: TrailBench, count: number, from = 1): Promise<void> {
  for (let n = from; n < from + count; n++) await bench.trail.append(lineOf(n));
}

test('what has been appended is on the medium when it is acknowledged, in order, and in few groups', async () => {
  await using bench = await makeTrail();
  const all = Array.from({ length: 500 }, (_, n) => bench.trail.append(lineOf(n + 1)));
  const acknowledged = await Promise.all(all).then(() => readRecords(bench.trail.segments));
  assert.deepEqual(
    acknowledged.map(({ n }) => n),
    Array.from({ length: 500 }, (_, n) => n + 1),
  );
  assert(bench.syncs < 10, `${bench.syncs} synchronisations`);
});

test('listeners are told of each group before anything of it is written', async () => {
  const steps: string[] = [];
  await using bench = await makeTrail({
    medium: {
      ...medium,
      write(...args) {
        steps.push('bytes');
        medium.write(...args);
      },
    },
  });
  bench.trail.listen({ writing: () => void steps.push('writing'), written: () => void steps.push('written') });
  await write(bench, 2);
  assert.deepEqual(steps, ['writing', 'bytes', 'written', 'writing', 'bytes', 'written']);
});

test('a segment that is full, or of the day before, is closed, and the chain goes on in the next', async () => {
  const clock = new ManualClock(Date.UTC(2026, 0, 1, 23));
  await using bench = await makeTrail({ clock, segmentBytes: 700 });
  const closed: number[] = [];
  bench.trail.listen({ closed: (segment) => void closed.push(segment) });
  await write(bench, 10);
  assert.deepEqual(closed, [1, 2]);
  clock.advance(dayMs);
  await write(bench, 1, 11);
  assert.deepEqual(closed, [1, 2, 3]);
  assert.equal(readRecords(bench.trail.segments).length, 11);
  assert.deepEqual((await bench.verify()).findings, []);
  const { records, segments } = await bench.verify();
  assert.deepEqual([records, segments], [11, 4]);
});

test('while the medium takes nothing nothing is acknowledged, and afterwards the trail goes on by itself', async () => {
  let isFull = false;
  await using bench = await makeTrail({
    retryMs: 10,
    medium: {
      ...medium,
      write(file, bytes, position) {
        medium.write(file, isFull ? bytes.subarray(0, 10) : bytes, position);
        if (isFull) throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
      },
    },
  });
  const heard: string[] = [];
  const recovered = Promise.withResolvers<number>();
  bench.trail.listen({
    failed: (error) => void heard.push(String(error)),
    recovered: ({ refused }) => recovered.resolve(refused),
  });
  bench.trail.recordFailuresAs(({ refused }) => JSON.stringify({ refused }));
  await write(bench, 3);
  isFull = true;
  await assert.rejects(bench.trail.append(lineOf(4)), AuditUnavailable);
  assert.match(String(bench.trail.problem()), /cannot be written/);
  await assert.rejects(bench.trail.append(lineOf(5)), AuditUnavailable);
  assert.deepEqual(heard, ['Error: no space left on device']);
  isFull = false;
  assert.equal(await recovered.promise, 3);
  await bench.recovered();
  await write(bench, 1, 6);
  assert.deepEqual(
    readRecords(bench.trail.segments).map(({ n, refused }) => n ?? `refused ${refused}`),
    // Those who asked were refused, but what they asked for may have been done.
    [1, 2, 3, 'refused 3', 4, 5, 6],
  );
  assert.deepEqual((await bench.verify()).findings, []);
});

test('a group that was synchronised in vain is not there afterwards', async () => {
  let fails = false;
  await using bench = await makeTrail({
    retryMs: 10,
    medium: { ...medium, sync: (file) => (fails ? Promise.reject(new Error('EIO')) : medium.sync(file)) },
  });
  await write(bench, 1);
  fails = true;
  const both = [bench.trail.append(lineOf(2)), bench.trail.append(lineOf(3))];
  for (const one of both) await assert.rejects(one, AuditUnavailable);
  fails = false;
  await bench.recovered();
  await write(bench, 1, 4);
  assert.deepEqual(
    readRecords(bench.trail.segments).map(({ n }) => n),
    [1, undefined, 2, 3, 4],
  );
});

test('what a kill has left of a group that nobody was answered is cut off at the next start', async () => {
  await using bench = await makeTrail();
  await write(bench, 5);
  const path = bench.trail.segments.path(1);
  for (const torn of ['{"n":6', '{"n":6}\n', `{"n":6}\n#6 ${'0'.repeat(64)}\n`]) {
    writeFileSync(path, torn, { flag: 'a' });
    await bench.reopen({ isKilled: true });
    await write(bench, 1);
    assert.equal(readRecords(bench.trail.segments).filter(({ n }) => n === 6).length, 0);
  }
  assert.equal(readRecords(bench.trail.segments).length, 8);
});

test('groups that the machine synchronised and had no time to note are kept', async () => {
  await using bench = await makeTrail();
  await write(bench, 2);
  const note = readFileSync(bench.headPath);
  await write(bench, 3, 3);
  writeFileSync(bench.headPath, note);
  writeFileSync(bench.anchorPath, note);
  await bench.reopen({ isKilled: true });
  assert.equal(readRecords(bench.trail.segments).length, 5);
});

test('the newest records cannot be cut off', async () => {
  await using bench = await makeTrail();
  await write(bench, 5);
  const { end } = bench.trail.head;
  await write(bench, 2, 6);
  truncateSync(bench.trail.segments.path(1), end);
  await assert.rejects(bench.reopen({ isKilled: true }), /ends with record 5, and had reached record 7/);
});

test('no byte of the last segment can be changed before the next start', async () => {
  await using bench = await makeTrail();
  await write(bench, 4);
  await bench.trail.close();
  const path = bench.trail.segments.path(1);
  const whole = readFileSync(path);
  for (let at = 0; at < whole.length; at += 7) {
    const altered = Buffer.from(whole);
    altered.writeUInt8((altered.readUInt8(at) ^ 1) & 0xff, at);
    writeFileSync(path, altered);
    await assert.rejects(bench.reopen({ isKilled: true }), /is not what it was/, `byte ${at}`);
  }
  writeFileSync(path, whole);
  await bench.reopen({ isKilled: true });
});

test('a segment that was only begun when its end was last noted is whole with the groups that came after', async () => {
  await using bench = await makeTrail();
  await write(bench, 2);
  await bench.trail.roll();
  const note = readFileSync(bench.headPath);
  await write(bench, 2, 3);
  writeFileSync(bench.headPath, note);
  writeFileSync(bench.anchorPath, note);
  await bench.reopen({ isKilled: true });
  assert.equal(readRecords(bench.trail.segments).length, 4);
});

test('groups that somebody else has added, with a right chain, are not taken for those of the server', async () => {
  await using bench = await makeTrail();
  await write(bench, 2);
  const { hash, end } = bench.trail.head;
  await bench.trail.close();
  const path = bench.trail.segments.path(1);
  const whole = readFileSync(path);
  const stranger = { mac: () => '0'.repeat(64) };
  writeFileSync(path, Buffer.concat([whole.subarray(0, end), sealGroup(hash, [lineOf(3)], 3, stranger).bytes]));
  await assert.rejects(bench.reopen({ isKilled: true }), /records from 3 on that this server has not written/);
  writeFileSync(path, whole);
  await bench.reopen({ isKilled: true });
});

test('what comes while the trail is being closed is written as well', async () => {
  await using bench = await makeTrail();
  const first = bench.trail.append(lineOf(1));
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  const second = bench.trail.append(lineOf(2)); // the first is on its way to the medium
  await bench.trail.close();
  await Promise.all([first, second]);
  assert.equal(readRecords(bench.trail.segments).length, 2);
});

test('a record that is refused while the trail is just recovering is written as well', async () => {
  let isFull = true;
  let onSync: () => void = () => undefined;
  await using bench = await makeTrail({
    retryMs: 10,
    medium: {
      write: medium.write,
      async sync(file) {
        if (isFull) throw new Error('EIO');
        onSync();
        await medium.sync(file);
      },
    },
  });
  await assert.rejects(bench.trail.append(lineOf(1)), AuditUnavailable);
  let late: Promise<void> | undefined;
  let syncs = 0;
  onSync = () => {
    // The first tries whether there is room; the second is that of the records.
    if (++syncs === 2) late = bench.trail.append(lineOf(2));
    late?.catch(() => undefined);
  };
  isFull = false;
  await bench.recovered();
  assert(late !== undefined);
  await assert.rejects(late, AuditUnavailable);
  await write(bench, 1, 3);
  assert.deepEqual(
    readRecords(bench.trail.segments).map(({ n }) => n),
    [undefined, 1, 2, 3],
  );
});
