import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { test } from 'node:test';
import type { Sidecar } from '#audit/sidecar.ts';
import { startTrail, testEvent } from '#test/harness/audit.ts';
import { decompressBlock } from './blocks.ts';
import { type SealingFiles, sealingFiles, sealSegment } from './seal.ts';
import { sidecars } from './sidecars.ts';
import { tidy } from './tidy.ts';

const endings = sidecars.map(({ ending }) => ending);
const sealedNames = ['000000000001.idx', '000000000001.log.zst', '000000000001.usage.json', '000000000002.log'];

/** A trail whose first segment is closed, with 20 records. */
async function closedTrail() {
  const kept = await startTrail();
  for (let n = 0; n < 20; n++) await kept.append([testEvent({ userAgent: `agent ${n}` })]);
  await kept.trail.roll();
  const { segments } = kept.trail;
  const namesThere = () => readdirSync(segments.directory).sort();
  return { kept, segments, bytes: segments.read(1), namesThere };
}

test('a sealed segment gives back every byte, and so does zstdcat', async () => {
  const { kept, segments, bytes, namesThere } = await closedTrail();
  await using _ = kept;
  assert.equal(sealSegment(segments, 1, { sidecars, blockBytes: 1000 }), 'sealed');
  assert.deepEqual(namesThere(), sealedNames);
  assert(segments.read(1).equals(bytes));
  if (existsSync('/usr/bin/zstdcat')) {
    assert(execFileSync('/usr/bin/zstdcat', [segments.path(1, '.log.zst')]).equals(bytes));
  }
  const verified = await kept.verify();
  assert.deepEqual([verified?.findings, verified?.records], [[], 20]);
});

test('sidecars get every record in order, with the block that it lies in', async () => {
  const { kept, segments } = await closedTrail();
  await using _ = kept;
  const seen: (readonly [string, number])[] = [];
  const sidecar: Sidecar = {
    ending: '.seen',
    begin: () => ({
      take: ({ userAgent }, block) => void seen.push([userAgent, block]),
      finish: (blocks) => Buffer.from(JSON.stringify(blocks)),
    }),
  };
  sealSegment(segments, 1, { sidecars: [sidecar], blockBytes: 1000 });
  const blocks: { offset: number; length: number; first: number; records: number }[] = JSON.parse(
    readFileSync(segments.path(1, '.seen'), 'utf8'),
  );
  const file = readFileSync(segments.path(1, '.log.zst'));
  assert.deepEqual(
    seen.map(([agent]) => agent),
    Array.from({ length: 20 }, (_, n) => `agent ${n}`),
  );
  assert(blocks.length > 5);
  for (const [n, { offset, length, first, records }] of blocks.entries()) {
    const text = decompressBlock(file.subarray(offset, offset + length)).toString();
    const agents = [...text.matchAll(/"userAgent":"(agent \d+)"/g)].map(([, agent]) => agent);
    assert.deepEqual(
      agents,
      seen.filter(([, block]) => block === n).map(([agent]) => agent),
    );
    assert.deepEqual(
      agents,
      Array.from({ length: records }, (_, i) => `agent ${first - 1 + i}`),
    );
  }
});

/** Stops for good before its nth step: what comes after does not happen. */
function stoppingAt(step: number): SealingFiles {
  let steps = 0;
  const unlessStopped = (work: () => void) => {
    if (steps++ >= step) throw new Error('stopped');
    work();
  };
  return {
    write: (path, content) => unlessStopped(() => sealingFiles.write(path, content)),
    rename: (from, to) => unlessStopped(() => sealingFiles.rename(from, to)),
    remove: (path) => unlessStopped(() => sealingFiles.remove(path)),
  };
}

test('whatever step it is stopped at, nothing is lost, and the next start does it again', async () => {
  const reached = new Set<string>();
  // A file is written and renamed for each sidecar and the segment; then the plain segment goes.
  const steps = 2 * (sidecars.length + 1) + 1;
  for (let step = 0; step <= steps; step++) {
    const { kept, segments, bytes, namesThere } = await closedTrail();
    await using _ = kept;
    const seal = () => sealSegment(segments, 1, { sidecars, files: stoppingAt(step) });
    if (step < steps) assert.throws(seal, /stopped/);
    else assert.equal(seal(), 'sealed');
    writeFileSync(segments.path(1, '.log.zst.new'), 'half of it'); // as a kill leaves it
    reached.add(String(namesThere()));
    assert(segments.read(1).equals(bytes));
    await kept.reopen();
    const unsealed = tidy(segments, kept.trail.head, endings);
    assert.deepEqual(unsealed, step < steps ? [1] : []);
    for (const segment of unsealed) assert.equal(sealSegment(segments, segment, { sidecars }), 'sealed');
    assert.deepEqual(namesThere(), sealedNames);
    assert(segments.read(1).equals(bytes));
    assert.deepEqual((await kept.verify())?.findings, []);
  }
  assert(reached.size >= 4, 'the steps leave different things behind');
});

test('a disk that is full leaves the plain segment, and no drafts', async () => {
  const { kept, segments, bytes, namesThere } = await closedTrail();
  await using _ = kept;
  const files: SealingFiles = {
    ...sealingFiles,
    write: (path, content) => {
      writeFileSync(path, content.subarray(0, 10));
      throw Object.assign(new Error('no space left'), { code: 'ENOSPC' });
    },
  };
  assert.throws(() => sealSegment(segments, 1, { sidecars, files }), { code: 'ENOSPC' });
  assert.deepEqual(namesThere(), ['000000000001.log', '000000000002.log']);
  assert(segments.read(1).equals(bytes));
});

test('what was compressed wrongly does not take the place of the segment', async () => {
  const { kept, segments, bytes, namesThere } = await closedTrail();
  await using _ = kept;
  const files: SealingFiles = {
    ...sealingFiles,
    write: (path, content) =>
      sealingFiles.write(
        path,
        content.map((byte, at) => (at === 100 ? byte ^ 1 : byte)),
      ),
  };
  assert.throws(() => sealSegment(segments, 1, { sidecars, files }));
  assert.deepEqual(namesThere(), ['000000000001.log', '000000000002.log']);
  assert(segments.read(1).equals(bytes));
});

test('an altered segment is left as it is', async () => {
  const { kept, segments, bytes, namesThere } = await closedTrail();
  await using _ = kept;
  const text = bytes.toString();
  for (const altered of [text.replace('agent 7', 'agent 8'), text.slice(0, -1), `${text}more`, '']) {
    writeFileSync(segments.path(1), altered);
    assert.equal(sealSegment(segments, 1, { sidecars }), 'altered');
    assert.deepEqual(namesThere(), ['000000000001.log', '000000000002.log']);
    assert.equal(segments.read(1).toString(), altered);
  }
});

test('sidecars that are missing are made anew from the compressed segment', async () => {
  const { kept, segments, bytes, namesThere } = await closedTrail();
  await using _ = kept;
  sealSegment(segments, 1, { sidecars });
  const index = readFileSync(segments.path(1, '.idx'));
  rmSync(segments.path(1, '.idx'));
  assert.deepEqual(tidy(segments, kept.trail.head, endings), [1]);
  assert.equal(sealSegment(segments, 1, { sidecars }), 'sealed');
  assert.deepEqual(namesThere(), sealedNames);
  assert(readFileSync(segments.path(1, '.idx')).equals(index));
  assert(segments.read(1).equals(bytes));
  assert.equal(sealSegment(segments, 7, { sidecars }), 'gone');
});
