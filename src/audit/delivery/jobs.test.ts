import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gunzipSync, gzipSync, zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import type { Trail } from '#audit/trail.ts';
import { digestPublicKey } from '#crypto/audit-digest.ts';
import { validateChain } from '#test/harness/cloudtrail.ts';
import { filesIn, here, keysIn, lineOf, objectsIn, startMs, startPlace } from '#test/harness/delivered.ts';
import { bucketOf, type Destination } from './delivered-files.ts';
import { begin, type Conditions, deliver, digest, type Request, retain, type Summary } from './jobs.ts';
import { stepSizes } from './log-files.ts';

const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const keys = [{ ...digestPublicKey(privateKey), validFromMs: 0, validToMs: Number.MAX_SAFE_INTEGER }];
const folder = mkdtempSync(join(tmpdir(), 'keywright-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

const minuteMs = 60_000;
const hourMs = 60 * minuteMs;
/** Hardly anything fits into a step, a piece or a file. */
const tiny = { step: 3000, piece: 700, text: 2500, gzipped: 600 };

interface Run {
  readonly atMs?: number;
  readonly conditions?: Conditions;
  readonly destination?: Destination;
  readonly isUploaded?: boolean;
}

const requestOf = (
  trail: Trail,
  directory: string,
  { atMs = startMs, destination = here, isUploaded = false }: Run,
) => {
  const settings = { destination, isUploaded, atMs };
  return { directory, segments: trail.segments.directory, head: trail.head, settings } satisfies Request;
};

function deliverAll(trail: Trail, directory: string, run: Run = {}): Summary {
  const request = requestOf(trail, directory, run);
  let summary = begin(request, run.conditions);
  for (let steps = 0; summary.through < trail.head.last || summary.planned === 'logs'; steps++) {
    assert(steps < 1000);
    if (summary.planned === 'digests') summary = digestAll(trail, directory, { ...run, untilMs: 0 });
    summary = deliver(request, run.conditions);
  }
  return summary;
}

function digestAll(trail: Trail, directory: string, run: Run & { untilMs: number; isFlush?: boolean }): Summary {
  const { untilMs, isFlush = false } = run;
  const { settings } = requestOf(trail, directory, run);
  const ask = { directory, settings, untilMs, isFlush };
  let summary = digest(ask, privateKey, run.conditions);
  for (let steps = 0; summary.planned !== null; steps++) {
    assert(steps < 1000);
    summary = digest(ask, privateKey, run.conditions);
  }
  return summary;
}

/** The names of all records in the files of an account, in the order of the files' names. */
function recordsIn(directory: string, account = '111122223333') {
  return keysIn(directory, '_CloudTrail_', account).map((key) => {
    const { Records } = JSON.parse(gunzipSync(readFileSync(join(directory, account, key))).toString());
    for (const record of Records) {
      assert.equal(record.recipientAccountId, account);
      assert(key.includes(`/${record.awsRegion}/`));
    }
    return { key, names: Records.map(({ eventName }: { eventName: string }) => eventName) as string[] };
  });
}

const namesIn = (directory: string, account?: string) =>
  recordsIn(directory, account)
    .flatMap(({ names }) => names)
    .sort();

const newFolder = () => mkdtempSync(join(folder, 'place-'));

function newestDigest(directory: string, account?: string, region = 'us-east-1') {
  const key = keysIn(directory, `_CloudTrail-Digest_${region}_`, account).at(-1);
  assert(key !== undefined, 'there is a digest file');
  return { bucket: bucketOf(account ?? '111122223333'), key };
}

test('a record is delivered into one file of its account and Region, whose name and content are as CloudTrail has them', async () => {
  await using place = await startPlace();
  await place.trail.append(lineOf({ name: 'First' }));
  await place.trail.append(lineOf({ name: 'Other', account: '444455556666', region: 'eu-west-1' }));
  const summary = deliverAll(place.trail, place.workplace);
  assert.equal(summary.through, 2);
  const [file] = recordsIn(place.workplace);
  assert.match(
    file?.key ?? '',
    /^AWSLogs\/111122223333\/CloudTrail\/us-east-1\/2026\/01\/02\/111122223333_CloudTrail_us-east-1_20260102T0330Z_[A-Za-z0-9]{16}\.json\.gz$/,
  );
  assert.deepEqual(namesIn(place.workplace), ['First']);
  assert.deepEqual(namesIn(place.workplace, '444455556666'), ['Other']);
  assert.equal(deliverAll(place.trail, place.workplace).through, 2);
  assert.deepEqual(namesIn(place.workplace), ['First']);
});

test('every record is in exactly one file, in order, however records, steps and files are cut', async () => {
  const records = fc.array(
    fc.record({
      account: fc.constantFrom('111122223333', '444455556666'),
      region: fc.constantFrom('us-east-1', 'eu-west-1'),
      after: fc.constantFrom('nothing', 'group', 'segment', 'delivery'),
    }),
    { minLength: 1, maxLength: 60 },
  );
  const sizes = fc.record({
    step: fc.integer({ min: 1, max: 20_000 }),
    piece: fc.integer({ min: 1, max: 5000 }),
    text: fc.integer({ min: 1, max: 10_000 }),
    gzipped: fc.integer({ min: 1, max: 2000 }),
  });
  await fc.assert(
    fc.asyncProperty(records, sizes, async (wanted, chosen) => {
      await using place = await startPlace();
      const conditions = { sizes: chosen };
      for (const [index, { after: next, ...owner }] of wanted.entries()) {
        const written = place.trail.append(lineOf({ ...owner, name: String(index).padStart(4, '0') }));
        if (next !== 'nothing') await written;
        if (next === 'segment') await place.trail.roll();
        if (next === 'delivery') deliverAll(place.trail, place.workplace, { conditions });
      }
      await place.trail.append(lineOf({ name: 'last' }));
      deliverAll(place.trail, place.workplace, { conditions });
      digestAll(place.trail, place.workplace, { untilMs: startMs + hourMs / 2 });
      for (const account of ['111122223333', '444455556666']) {
        const names = wanted.flatMap((one, index) => (one.account === account ? [String(index).padStart(4, '0')] : []));
        assert.deepEqual(namesIn(place.workplace, account), account === '111122223333' ? [...names, 'last'] : names);
        for (const region of new Set(wanted.flatMap((one) => (one.account === account ? [one.region] : [])))) {
          const get = objectsIn(place.workplace, account);
          const found = validateChain(get, keys, newestDigest(place.workplace, account, region));
          assert.deepEqual(found.problems, []);
          const here = found.records.map(({ eventName }) => eventName).filter((name) => name !== 'last');
          assert.deepEqual(
            here,
            names.filter((name) => wanted[Number(name)]?.region === region),
          );
        }
      }
    }),
    { numRuns: 25 },
  );
});

test('files stay below their sizes', async () => {
  await using place = await startPlace();
  const noise = () => Buffer.from(crypto.getRandomValues(new Uint8Array(300))).toString('hex');
  await Promise.all(Array.from({ length: 200 }, () => place.trail.append(lineOf({ name: noise() }))));
  deliverAll(place.trail, place.workplace, {
    conditions: { sizes: { ...stepSizes, piece: 2000, text: 20_000, gzipped: 8000 } },
  });
  const files = recordsIn(place.workplace);
  assert(files.length > 5);
  for (const { key } of files) {
    const bytes = readFileSync(join(place.workplace, '111122223333', key));
    assert(bytes.length < 8000 + 3000);
    assert(gunzipSync(bytes).length < 23_000);
  }
});

test('a compressed segment is read on from where a plain one was left', async () => {
  await using place = await startPlace();
  await place.trail.append(lineOf({ name: 'A' }));
  deliverAll(place.trail, place.workplace);
  await place.trail.append(lineOf({ name: 'B' }));
  await place.trail.roll();
  const { segments } = place.trail;
  writeFileSync(segments.path(1, '.log.zst'), zstdCompressSync(segments.read(1)));
  rmSync(segments.path(1));
  await place.trail.append(lineOf({ name: 'C' }));
  deliverAll(place.trail, place.workplace, { atMs: startMs + minuteMs });
  assert.deepEqual(namesIn(place.workplace), ['A', 'B', 'C']);
});

test('a trail that has been altered is not delivered', async () => {
  await using place = await startPlace();
  await place.trail.append(lineOf({ name: 'Genuine' }));
  await place.trail.roll();
  const path = place.trail.segments.path(1);
  writeFileSync(path, readFileSync(path, 'utf8').replace('Genuine', 'Altered'));
  assert.throws(() => deliverAll(place.trail, place.workplace), { code: 'AUDIT_TRAIL_ALTERED' });
  assert.deepEqual(keysIn(place.directory, '_CloudTrail_', 'cloudtrail'), []);
});

test('each digest file names those before it, hours without records have theirs, and the chain is valid', async () => {
  await using place = await startPlace();
  await place.trail.append(lineOf({ name: 'A' }));
  deliverAll(place.trail, place.workplace);
  digestAll(place.trail, place.workplace, { atMs: startMs + 31 * minuteMs, untilMs: startMs + 30 * minuteMs });
  await place.trail.append(lineOf({ name: 'B' }));
  const laterMs = startMs + 40 * minuteMs;
  deliverAll(place.trail, place.workplace, { atMs: laterMs });
  const atMs = startMs + 6 * hourMs;
  digestAll(place.trail, place.workplace, { atMs, untilMs: startMs + 5.5 * hourMs });
  const { problems, digests, records } = validateChain(objectsIn(place.workplace), keys, newestDigest(place.workplace));
  assert.deepEqual(problems, []);
  const hours = ['09', '08', '07', '06', '05', '04'];
  assert.deepEqual(
    digests,
    hours.map((hour) => `2026-01-02T${hour}:00:00Z`),
  );
  assert.deepEqual(
    records.map(({ eventName }) => eventName),
    ['B', 'A'],
  );
  assert.match(
    keysIn(place.workplace, 'CloudTrail-Digest')[0] ?? '',
    /^AWSLogs\/111122223333\/CloudTrail-Digest\/us-east-1\/2026\/01\/02\/111122223333_CloudTrail-Digest_us-east-1_keywright_us-east-1_20260102T040000Z\.json\.gz$/,
  );
});

test('a digest file has the members that AWS documents, and null where there is nothing', async () => {
  await using place = await startPlace();
  await place.trail.append(lineOf({ name: 'A' }));
  deliverAll(place.trail, place.workplace);
  digestAll(place.trail, place.workplace, { untilMs: startMs + 1.5 * hourMs });
  const read = (key = '') =>
    JSON.parse(gunzipSync(readFileSync(join(place.workplace, '111122223333', key))).toString());
  const [first, second] = keysIn(place.workplace, 'CloudTrail-Digest').map(read);
  const [log] = keysIn(place.workplace, '_CloudTrail_');
  assert.deepEqual(
    { ...first, logFiles: [{ ...first.logFiles[0], hashValue: '' }] },
    {
      awsAccountId: '111122223333',
      digestStartTime: '2026-01-02T03:00:00Z',
      digestEndTime: '2026-01-02T04:00:00Z',
      digestS3Bucket: 'keywright-audit-111122223333',
      digestS3Object: keysIn(place.workplace, 'CloudTrail-Digest')[0],
      digestPublicKeyFingerprint: keys[0]?.fingerprint,
      digestSignatureAlgorithm: 'SHA256withRSA',
      newestEventTime: '2026-01-02T03:30:00Z',
      oldestEventTime: '2026-01-02T03:30:00Z',
      previousDigestS3Bucket: null,
      previousDigestS3Object: null,
      previousDigestHashValue: null,
      previousDigestHashAlgorithm: null,
      previousDigestSignature: null,
      logFiles: [
        {
          s3Bucket: 'keywright-audit-111122223333',
          s3Object: log,
          hashValue: '',
          hashAlgorithm: 'SHA-256',
          newestEventTime: '2026-01-02T03:30:00Z',
          oldestEventTime: '2026-01-02T03:30:00Z',
        },
      ],
    },
  );
  assert.deepEqual(Object.keys(second), Object.keys(first));
  assert.deepEqual([second.newestEventTime, second.oldestEventTime, second.logFiles], [null, null, []]);
  assert.equal(second.previousDigestHashAlgorithm, 'SHA-256');
});

test('digest files made at once keep the chain, even two of one second', async () => {
  await using place = await startPlace();
  for (const name of ['A', 'B', 'C']) {
    await place.trail.append(lineOf({ name }));
    deliverAll(place.trail, place.workplace);
    digestAll(place.trail, place.workplace, { untilMs: startMs, isFlush: true });
  }
  digestAll(place.trail, place.workplace, { untilMs: startMs + hourMs / 2 });
  const { problems, digests, records } = validateChain(objectsIn(place.workplace), keys, newestDigest(place.workplace));
  assert.deepEqual(problems, []);
  assert.deepEqual(digests, [
    '2026-01-02T04:00:00Z',
    '2026-01-02T03:30:02Z',
    '2026-01-02T03:30:01Z',
    '2026-01-02T03:30:00Z',
  ]);
  assert.deepEqual(
    records.map(({ eventName }) => eventName),
    ['C', 'B', 'A'],
  );
});

test('after a year without a server the chain goes on, with digest files for the last week', async () => {
  await using place = await startPlace();
  await place.trail.append(lineOf({ name: 'A' }));
  deliverAll(place.trail, place.workplace);
  const yearMs = 365 * 24 * hourMs;
  digestAll(place.trail, place.workplace, { atMs: startMs + yearMs, untilMs: startMs + yearMs - hourMs / 2 });
  const { problems, digests, records } = validateChain(objectsIn(place.workplace), keys, newestDigest(place.workplace));
  assert.deepEqual(problems, []);
  assert.equal(digests.length, 168);
  assert.equal(records.length, 1);
});

test('whatever is altered or removed, the chain shows it', async () => {
  await using place = await startPlace();
  await place.trail.append(lineOf({ name: 'A' }));
  deliverAll(place.trail, place.workplace);
  digestAll(place.trail, place.workplace, { untilMs: startMs + 2.5 * hourMs });
  const get = objectsIn(place.workplace);
  const newest = newestDigest(place.workplace);
  const files = [...keysIn(place.workplace, '_CloudTrail_'), ...keysIn(place.workplace, 'CloudTrail-Digest')];
  assert.equal(files.length, 4);
  for (const altered of files) {
    const without = validateChain((bucket, key) => (key === altered ? undefined : get(bucket, key)), keys, newest);
    assert.deepEqual(without.problems, [`keywright-audit-111122223333/${altered}: not found`]);
    const object = get('keywright-audit-111122223333', altered);
    assert(object !== undefined);
    const text = gunzipSync(object.bytes).toString().replace('2026', '2025');
    const bytes = gzipSync(text);
    const changed = validateChain(
      (bucket, key) => (key === altered ? { ...object, bytes } : get(bucket, key)),
      keys,
      newest,
    );
    assert.notDeepEqual(changed.problems, []);
  }
});

test('interrupted before any change to the medium, delivery done again makes the same files', async () => {
  await using place = await startPlace();
  for (let at = 0; at < 12; at++) {
    const account = at % 3 === 0 ? '444455556666' : '111122223333';
    await place.trail.append(lineOf({ name: `N${at}`, account }));
    if (at === 6) await place.trail.roll();
  }
  const run = (directory: string, atMs: number, beforeChange?: () => void) => {
    const conditions = { sizes: tiny, ...(beforeChange && { beforeChange }) };
    deliverAll(place.trail, directory, { atMs, conditions, isUploaded: true });
    digestAll(place.trail, directory, { atMs, conditions, isUploaded: true, untilMs: atMs, isFlush: true });
  };
  const contentOf = (directory: string) =>
    filesIn(directory).map((name) => [name, readFileSync(join(directory, name)).toString('base64')]);
  const reference = newFolder();
  let changes = 0;
  run(reference, startMs, () => changes++);
  assert(changes > 40);
  for (let killedAt = 1; killedAt <= changes; killedAt++) {
    for (const laterMs of [0, 7 * minuteMs]) {
      const directory = newFolder();
      let count = 0;
      assert.throws(
        () =>
          run(directory, startMs, () => {
            if (++count === killedAt) throw new Error('killed');
          }),
        /killed/,
      );
      run(directory, startMs + laterMs);
      if (laterMs === 0) assert.deepEqual(contentOf(directory), contentOf(reference));
      const names = ['111122223333', '444455556666'].flatMap((account) => namesIn(directory, account));
      assert.deepEqual(names.sort(), Array.from({ length: 12 }, (_, at) => `N${at}`).sort());
      const { problems, records } = validateChain(objectsIn(directory), keys, newestDigest(directory));
      assert.deepEqual(problems, []);
      assert.equal(records.length, 8);
    }
  }
});

test('what is to be uploaded is listed once, all of it', async () => {
  await using place = await startPlace();
  await place.trail.append(lineOf({ name: 'A' }));
  await place.trail.append(lineOf({ name: 'B', account: '444455556666' }));
  const destination = { ...here, bucket: 'of-the-operator', prefix: 'kms/' };
  deliverAll(place.trail, place.workplace, { destination, isUploaded: true });
  digestAll(place.trail, place.workplace, { destination, isUploaded: true, untilMs: startMs + hourMs / 2 });
  const lists = filesIn(join(place.workplace, 'outbox'));
  assert.deepEqual(lists, ['000000000001', '000000000002']);
  const listed = lists.flatMap((name) => {
    const { bucket, files } = JSON.parse(readFileSync(join(place.workplace, 'outbox', name), 'utf8'));
    assert.equal(bucket, 'of-the-operator');
    return files.map(({ accountId, key }: { accountId: string; key: string }) => `${accountId}/${key}`);
  });
  const there = ['111122223333', '444455556666'].flatMap((account) =>
    keysIn(place.workplace, 'kms/AWSLogs/', account).map((key) => `${account}/${key}`),
  );
  assert.equal(there.length, 4);
  assert.deepEqual(listed.sort(), [...there].sort());
  const newest = { ...newestDigest(place.workplace), bucket: 'of-the-operator' };
  const get = objectsIn(place.workplace, '111122223333', 'of-the-operator');
  assert.deepEqual(validateChain(get, keys, newest).problems, []);
});

test('a trail that was begun anew is delivered from its beginning, and the digest files go on', async () => {
  await using first = await startPlace();
  await using second = await startPlace();
  await first.trail.append(lineOf({ name: 'A' }));
  deliverAll(first.trail, first.workplace);
  digestAll(first.trail, first.workplace, { untilMs: startMs + hourMs / 2 });
  await second.trail.append(lineOf({ name: 'B' }));
  const atMs = startMs + hourMs;
  assert.equal(deliverAll(second.trail, first.workplace, { atMs }).through, 1);
  digestAll(second.trail, first.workplace, { atMs, untilMs: atMs + hourMs / 2 });
  const { problems, records } = validateChain(objectsIn(first.workplace), keys, newestDigest(first.workplace));
  assert.deepEqual(problems, []);
  assert.deepEqual(
    records.map(({ eventName }) => eventName),
    ['B', 'A'],
  );
});

test('after a trail was put back from an older copy, what it records anew is delivered', async () => {
  await using place = await startPlace();
  await place.trail.append(lineOf({ name: 'A' }));
  const older = place.trail.head;
  await place.trail.append(lineOf({ name: 'B' }));
  deliverAll(place.trail, place.workplace);
  const request = { ...requestOf(place.trail, place.workplace, {}), head: older };
  assert.equal(begin(request).through, 1);
});

test('files are kept for so many days, and longer while something needs them', async () => {
  await using place = await startPlace();
  const dayMs = 24 * hourMs;
  for (const day of [0, 1, 2]) {
    const atMs = startMs + day * dayMs;
    await place.trail.append(lineOf({ name: `D${day}` }));
    deliverAll(place.trail, place.workplace, { atMs });
    if (day < 2) digestAll(place.trail, place.workplace, { atMs, untilMs: atMs + 1000, isFlush: true });
  }
  retain({ directory: place.workplace, beforeMs: startMs });
  assert.deepEqual(namesIn(place.workplace), ['D0', 'D1', 'D2']);
  retain({ directory: place.workplace, beforeMs: startMs + dayMs });
  assert.deepEqual(namesIn(place.workplace), ['D1', 'D2']);
  retain({ directory: place.workplace, beforeMs: startMs + 9 * dayMs });
  assert.deepEqual(namesIn(place.workplace), ['D2'], 'no digest file has it yet');
  digestAll(place.trail, place.workplace, { untilMs: startMs + 2.9 * dayMs, isFlush: true });
  retain({ directory: place.workplace, beforeMs: startMs + 9 * dayMs });
  assert.deepEqual(keysIn(place.workplace, 'CloudTrail'), []);
});
