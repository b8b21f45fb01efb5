import assert from 'node:assert/strict';
import { cpSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import { parseAccountId, parseRegion } from '#model/arn.ts';
import { makeTrail, readRecords, type TrailBench } from '#test/harness/trail.ts';
import { acceptTrail } from './open-trail.ts';
import { compressedEnding } from './segments.ts';

/** Twelve records in several segments, of which the last is open. */
async function filled(): Promise<TrailBench> {
  const bench = await makeTrail({ segmentBytes: 500 });
  for (let n = 1; n <= 12; n++) await bench.trail.append(JSON.stringify({ n, text: 'x'.repeat(40) }));
  return bench;
}

const accept = ({ vault, place }: TrailBench) => {
  const accountId = parseAccountId('111122223333');
  const region = parseRegion('us-east-1');
  assert(accountId !== undefined && region !== undefined);
  return acceptTrail(vault, place, () => ({ eventName: 'AcceptAuditTrail', accountId, region, atMs: 0 }));
};

async function textsOf(bench: TrailBench): Promise<string> {
  return (await bench.verify()).findings.map(({ text }) => text).join('\n');
}

test('a trail that nobody has touched is found to be whole, compressed segments included', async () => {
  await using bench = await filled();
  const { segments } = bench.trail;
  writeFileSync(segments.path(1, compressedEnding), zstdCompressSync(segments.read(1)));
  rmSync(segments.path(1));
  const { findings, records, tornBytes } = await bench.verify();
  assert.deepEqual([findings, records, tornBytes], [[], 12, 0]);
  await bench.reopen();
});

test('a segment that has been removed is named, at the start as well', async () => {
  for (const [removed, text] of [
    [[1], /^Segment 1 has been removed\.$/],
    [[2, 3], /^Segments 2 to 3 have been removed\.$/],
  ] as const) {
    await using bench = await filled();
    for (const segment of removed) rmSync(bench.trail.segments.path(segment));
    assert.match(await textsOf(bench), text);
    await assert.rejects(bench.reopen(), /removed/);
  }
});

test('no byte of any segment can be changed', async () => {
  await using bench = await filled();
  const { segments } = bench.trail;
  for (const segment of segments.list()) {
    const whole = readFileSync(segments.path(segment));
    for (let at = segment; at < whole.length; at += 41) {
      const altered = Buffer.from(whole);
      altered.writeUInt8(altered.readUInt8(at) ^ 2, at);
      writeFileSync(segments.path(segment), altered);
      assert.match(await textsOf(bench), /altered|follow|missing|not written/, `segment ${segment}, byte ${at}`);
    }
    writeFileSync(segments.path(segment), whole);
  }
  assert.equal(await textsOf(bench), '');
});

test('a segment that was written anew with a right chain of its own is not the one that was there', async () => {
  await using bench = await filled();
  await using other = await filled();
  cpSync(other.trail.segments.path(2), bench.trail.segments.path(2));
  assert.match(await textsOf(bench), /Segment 2 cannot be read/);
});

test('notes of the end that nobody vouched for count for nothing', async () => {
  await using bench = await filled();
  for (const path of [bench.headPath, bench.anchorPath]) {
    const note = readFileSync(path, 'latin1');
    writeFileSync(path, note.replaceAll('"last":1', '"last":0'));
    assert.match(await textsOf(bench), /has been altered/);
    writeFileSync(path, note, 'latin1');
  }
  rmSync(bench.headPath);
  assert.equal(await textsOf(bench), '', 'the anchor says it');
  rmSync(bench.anchorPath);
  assert.match(await textsOf(bench), /no note of where the trail ends/);
});

test('a data directory that was put back from an older copy is told from one that was cut off', async () => {
  await using bench = await filled();
  await bench.trail.close();
  const copy = `${bench.place.directory}-copy`;
  cpSync(bench.place.directory, copy, { recursive: true });
  await bench.reopen({ isKilled: true });
  await bench.trail.append('{"n":13}');
  await bench.trail.close();
  rmSync(bench.place.directory, { recursive: true });
  renameSync(copy, bench.place.directory);
  await assert.rejects(
    bench.reopen({ isKilled: true }),
    /put back from an older copy: its trail ends with record 12 of start 1, and had reached record 13 of start 2/,
  );
});

test('a database that was put back without the trail is noticed', async () => {
  await using bench = await filled();
  await bench.reopen();
  const { store } = bench.vault;
  const trailId = bench.trail.head.trail;
  await store.write(async (transaction) => transaction.put('trail', ['trail'], { trailId, starts: 1 }));
  await assert.rejects(bench.reopen(), /The database is an older copy: it knows of 1 starts, and the trail of 2/);
});

test('what is wrong can be accepted: an older copy goes on, anything else is set aside', async () => {
  await using bench = await filled();
  assert.deepEqual((await accept(bench)).findings, []);
  await bench.trail.close();
  const copy = `${bench.place.directory}-copy`;
  cpSync(bench.place.directory, copy, { recursive: true });
  await bench.reopen({ isKilled: true });
  await bench.trail.append('{"n":13}');
  await bench.trail.close();
  rmSync(bench.place.directory, { recursive: true });
  renameSync(copy, bench.place.directory);
  assert.equal((await accept(bench)).findings[0]?.kind, 'behind');
  await bench.reopen({ isKilled: true });
  assert.equal(readRecords(bench.trail.segments).length, 12);

  rmSync(bench.trail.segments.path(2));
  const { findings, setAside: aside = '' } = await accept(bench);
  assert.equal(findings[0]?.kind, 'missing');
  await bench.reopen();
  assert.equal(readRecords(bench.trail.segments).length, 0);
  assert(readFileSync(join(aside, 'segments', '000000000001.log'), 'utf8').includes('"n":1'));
  assert.deepEqual((await bench.verify()).findings, []);
});

test('a trail that is gone, with all that the store knows of it, is missed because of its anchor', async () => {
  await using bench = await filled();
  await bench.trail.close();
  rmSync(bench.place.directory, { recursive: true });
  await bench.vault.store.write(async (transaction) => transaction.delete('trail', ['trail']));
  await assert.rejects(bench.reopen({ isKilled: true }), /The audit trail is gone: it had reached record 12/);
  await accept(bench);
  await bench.reopen({ isKilled: true });
  assert.equal(readRecords(bench.trail.segments).length, 0);
});
