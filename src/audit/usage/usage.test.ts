/** Usage is exact to the record. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { zstdCompressSync } from 'node:zlib';
import fc from 'fast-check';
import { headerLine, noHash, sealGroup } from '#audit/chain.ts';
import type { AuditEvent } from '#audit/event.ts';
import { compressedEnding, plainEnding, Segments, usageEnding } from '#audit/segments.ts';
import { chainHash } from '#crypto/audit-seal.ts';
import { decodeFigures } from './figures.ts';
import { readUsage } from './read-usage.ts';
import { Repeats } from './repeats.ts';
import { reportUsage, TooManyRows, type UsageRow } from './usage-report.ts';
import { usageSidecar } from './usage-sidecar.ts';

const accounts = ['111122223333', '444455556666'];
const key = (id: string) => ({ type: 'AWS::KMS::Key', ARN: `arn:aws:kms:us-east-1:111122223333:key/${id}` });

/** What the tests vary of a record. */
interface Facts {
  readonly account: string;
  readonly user: string;
  readonly isSession: boolean;
  readonly operation: string;
  readonly keys: readonly string[];
  readonly hour: number;
  readonly hasFailed: boolean;
  /** A copy for the owner of the key, or something that the service did. */
  readonly kind: 'call' | 'copy' | 'service event' | 'synchronisation' | 'nobody' | 'summary';
}

function eventOf({ account, user, isSession, operation, keys, hour, hasFailed, kind }: Facts): AuditEvent {
  const arn = isSession
    ? `arn:aws:sts::${account}:assumed-role/${user}/s${hour}`
    : `arn:aws:iam::${account}:user/${user}`;
  const issuer = { sessionContext: { sessionIssuer: { arn: `arn:aws:iam::${account}:role/${user}` } } };
  const identities = {
    call: { type: 'IAMUser', accountId: account, arn, ...(isSession && issuer) },
    copy: { type: 'AWSAccount', accountId: accounts.find((one) => one !== account) ?? '' },
    nobody: { type: 'Unknown' },
    'service event': { accountId: account, invokedBy: 'AWS Internal' },
    synchronisation: { accountId: account, invokedBy: 'AWS Internal' },
    summary: { accountId: account, invokedBy: 'AWS Internal' },
  };
  const isServiceEvent = kind === 'service event' || kind === 'summary';
  return {
    eventVersion: '1.11',
    userIdentity: identities[kind],
    eventTime: `2026-01-02T${String(hour).padStart(2, '0')}:04:05Z`,
    eventSource: 'kms.amazonaws.com',
    eventName: kind === 'summary' ? 'UnauthenticatedCalls' : kind === 'service event' ? 'RotateKey' : operation,
    awsRegion: 'us-east-1',
    sourceIPAddress: '127.0.0.1',
    userAgent: 'test',
    ...(hasFailed && { errorCode: 'AccessDenied', errorMessage: 'no' }),
    requestParameters: null,
    responseElements: null,
    eventID: '',
    readOnly: true,
    resources: keys.map(key),
    eventType: isServiceEvent ? 'AwsServiceEvent' : 'AwsApiCall',
    managementEvent: true,
    recipientAccountId: account,
    ...(kind === 'summary' && { serviceEventDetails: { count: 1000 + hour } }),
    eventCategory: 'Management',
  };
}

const facts: fc.Arbitrary<Facts> = fc.record({
  account: fc.constantFrom(...accounts),
  user: fc.constantFrom('alice', 'bob'),
  isSession: fc.boolean(),
  operation: fc.constantFrom('Encrypt', 'Decrypt', 'ReEncrypt'),
  keys: fc.constantFrom([], ['a'], ['b'], ['a', 'b'], ['b', 'b']),
  hour: fc.nat(3),
  hasFailed: fc.boolean(),
  kind: fc.constantFrom('call', 'call', 'call', 'copy', 'service event', 'synchronisation', 'nobody', 'summary'),
});

/** What is there of a segment. */
type Form = 'plain' | 'compressed' | 'with sidecar' | 'sidecar alone' | 'damaged sidecar';

const forms: readonly Form[] = ['plain', 'compressed', 'with sidecar', 'sidecar alone', 'damaged sidecar'];

interface MadeSegment {
  readonly form: Form;
  readonly groups: readonly (readonly Facts[])[];
}

const madeSegment: fc.Arbitrary<MadeSegment> = fc.record({
  form: fc.constantFrom(...forms),
  groups: fc.array(fc.array(facts, { minLength: 1, maxLength: 5 }), { maxLength: 4 }),
});

function withTrail<T>(work: (segments: Segments) => T): T {
  const directory = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  try {
    const path = join(directory, 'segments');
    const segments = new Segments(path);
    mkdirSync(path);
    return work(segments);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

/** Writes a segment in its form; returns where it ends. */
function write(segments: Segments, segment: number, { form, groups }: MadeSegment): number {
  const header = headerLine({ keywrightAudit: 1, trail: 't', segment, first: 1, previous: noHash, openedAt: '' });
  const parts = [Buffer.from(header)];
  let hash = chainHash('', parts[0] ?? Buffer.alloc(0));
  let last = 0;
  const work = usageSidecar.begin();
  for (const group of groups) {
    const events = group.map(eventOf);
    last += events.length;
    const sealed = sealGroup(
      hash,
      events.map((event) => JSON.stringify(event)),
      last,
      { mac: () => noHash },
    );
    hash = sealed.hash;
    parts.push(Buffer.from(sealed.bytes));
    for (const event of events) work.take(event, 0);
  }
  const bytes = Buffer.concat(parts);
  if (form === 'compressed') writeFileSync(segments.path(segment, compressedEnding), zstdCompressSync(bytes));
  else if (form !== 'sidecar alone') writeFileSync(segments.path(segment, plainEnding), bytes);
  if (form === 'damaged sidecar') writeFileSync(segments.path(segment, usageEnding), '{"keywrightUsage":1,"texts":[');
  if (form === 'with sidecar' || form === 'sidecar alone') {
    writeFileSync(segments.path(segment, usageEnding), work.finish([]));
  }
  return bytes.length;
}

/** Counts from the facts alone. */
function naiveCount(all: readonly Facts[]): Map<string, { calls: number; failed: number }> {
  const counts = new Map<string, { calls: number; failed: number }>();
  for (const one of all) {
    if (one.kind === 'copy' || one.kind === 'service event' || one.kind === 'synchronisation') continue;
    const who = one.isSession ? 'role' : 'user';
    const principal = one.kind === 'call' ? `arn:aws:iam::${one.account}:${who}/${one.user}` : '';
    const keys = [...new Set(one.keys)].map((id) => key(id).ARN).join(',');
    const [operation, named, count] =
      one.kind === 'summary' ? ['Unauthenticated', '', 1000 + one.hour] : [`kms:${one.operation}`, keys, 1];
    const id = [`2026-01-02T0${one.hour}`, one.account, 'us-east-1', named, operation, principal].join('|');
    const sum = counts.get(id) ?? { calls: 0, failed: 0 };
    sum.calls += count;
    sum.failed += one.hasFailed || one.kind === 'summary' ? count : 0;
    counts.set(id, sum);
  }
  return counts;
}

const everything = ['hour', 'account', 'region', 'key', 'operation', 'principal'] as const;
const asMap = (rows: readonly UsageRow[]) =>
  new Map(rows.map(({ of, calls, failed }) => [everything.map((name) => of[name]).join('|'), { calls, failed }]));

test('usage equals a naive count of the records, whatever is there of each segment', () => {
  fc.assert(
    fc.property(fc.array(madeSegment, { minLength: 1, maxLength: 7 }), fc.integer({ min: 1, max: 3 }), (made, merged) =>
      withTrail((segments) => {
        const ends = made.map((one, index) => write(segments, index + 1, one));
        const end = { segment: made.length, end: ends.at(-1) ?? 0 };
        const expected = naiveCount(made.flatMap(({ groups }) => groups.flat()));
        // The second time, what has been merged is there.
        for (let time = 0; time < 2; time++) {
          const report = reportUsage(readUsage(segments, end, { mergedAtOnce: merged }), { by: everything });
          assert.deepEqual(asMap(report.rows), expected);
          const totals = [...expected.values()];
          assert.equal(
            report.calls,
            totals.reduce((sum, { calls }) => sum + calls, 0),
          );
          assert.equal(
            report.failed,
            totals.reduce((sum, { failed }) => sum + failed, 0),
          );
        }
      }),
    ),
    { numRuns: 60 },
  );
});

const call: Facts = {
  account: '111122223333',
  user: 'alice',
  isSession: false,
  operation: 'Encrypt',
  keys: ['a'],
  hour: 1,
  hasFailed: false,
  kind: 'call',
};

test('figures of many segments that add up to few are merged, and the merged ones count once', () => {
  withTrail((segments) => {
    for (let segment = 1; segment <= 5; segment++)
      write(segments, segment, { form: 'sidecar alone', groups: [[call]] });
    const merged = join(segments.directory, '..', 'usage', '000000000001-4.json');
    const calls = () => reportUsage(readUsage(segments, { segment: 5, end: 0 }, { mergedAtOnce: 4 }), { by: [] }).calls;
    assert.equal(calls(), 5);
    assert.equal(decodeFigures(readFileSync(merged)).cells.length, 1);
    for (let segment = 1; segment <= 4; segment++) rmSync(segments.path(segment, usageEnding));
    write(segments, 4, { form: 'sidecar alone', groups: [[call, call]] });
    assert.equal(calls(), 5);
  });
});

test('what is being written counts as far as it is durable, and no further', () => {
  withTrail((segments) => {
    const durable = write(segments, 1, { form: 'plain', groups: [[call, call]] });
    write(segments, 1, { form: 'plain', groups: [[call, call], [call]] });
    write(segments, 2, { form: 'plain', groups: [[call]] });
    const calls = (segment: number, end: number) =>
      reportUsage(readUsage(segments, { segment, end }), { by: [] }).calls;
    assert.equal(calls(1, durable), 2);
    assert.equal(calls(2, 1_000_000), 4);
  });
});

test('a segment that is neither there nor counted is an error', () => {
  withTrail((segments) => {
    write(segments, 1, { form: 'damaged sidecar', groups: [[call]] });
    rmSync(segments.path(1));
    const read = () => [...readUsage(segments, { segment: 1, end: 0 })];
    assert.throws(read, /What segment 1 of the audit trail counts for cannot be read/);
  });
});

test('a recount reads the records, whatever the files beside them say', () => {
  withTrail((segments) => {
    const end = write(segments, 1, { form: 'with sidecar', groups: [[call]] });
    const other = usageSidecar.begin();
    for (let time = 0; time < 5; time++) other.take(eventOf(call), 0);
    writeFileSync(segments.path(1, usageEnding), other.finish([]));
    const calls = (isRecount: boolean) =>
      reportUsage(readUsage(segments, { segment: 1, end }, { isRecount }), { by: [] }).calls;
    assert.deepEqual([calls(false), calls(true)], [5, 1]);
  });
});

test('a report has what is asked for alone, in the order of calls or of time', () => {
  withTrail((segments) => {
    const many = [
      call,
      call,
      { ...call, user: 'bob', hour: 3, operation: 'Decrypt', keys: ['b'] },
      { ...call, hour: 0 },
    ];
    const end = write(segments, 1, { form: 'plain', groups: [many] });
    const figures = [...readUsage(segments, { segment: 1, end })];
    const rows = (query: Parameters<typeof reportUsage>[1]) =>
      reportUsage(figures, query).rows.map(({ of, calls }) => [...Object.values(of), calls]);
    assert.deepEqual(rows({ by: ['operation'] }), [
      ['kms:Encrypt', 3],
      ['kms:Decrypt', 1],
    ]);
    assert.deepEqual(
      rows({ by: ['hour'] }).map(([hour]) => hour),
      ['2026-01-02T00', '2026-01-02T01', '2026-01-02T03'],
    );
    assert.deepEqual(rows({ by: ['day'] }), [['2026-01-02', 4]]);
    assert.deepEqual(rows({ by: ['month'], operation: 'Encrypt' }), [['2026-01', 3]]);
    assert.deepEqual(rows({ by: [], principal: 'user/bob' }), [[1]]);
    assert.deepEqual(rows({ by: [], key: 'b' }), [[1]]);
    assert.deepEqual(rows({ by: [], key: key('b').ARN, operation: 'kms:Encrypt' }), []);
    assert.deepEqual(rows({ by: [], from: '2026-01-02T01', to: '2026-01-02T03' }), [[2]]);
  });
});

test('more rows than anybody reads are refused', () => {
  const cells = function* () {
    for (let batch = 0; batch < 3; batch++) {
      const of = {
        hour: '',
        account: '',
        region: '',
        operation: '',
        principal: '',
        variant: '',
        succeeded: 1,
        failed: 0,
      };
      yield {
        cells: Array.from({ length: 100_000 }, (_, n) => ({ ...of, key: `${batch}-${n}` })),
        keyEvents: [],
        repeats: [],
      };
    }
  };
  assert.throws(() => reportUsage(cells(), { by: ['key'] }), TooManyRows);
});

test('who repeats a request is told with how often, by five minutes, and what is of objects in a bucket by bucket', () => {
  const work = usageSidecar.begin();
  const repeat = (minute: number, encryptionContext: Record<string, string>, operation = 'GenerateDataKey') => {
    const eventTime = `2026-01-02T01:${String(minute).padStart(2, '0')}:00Z`;
    work.take({ ...eventOf({ ...call, operation }), eventTime, requestParameters: { encryptionContext } }, 0);
  };
  for (const minute of [0, 1, 4, 5, 7, 20]) repeat(minute, { b: '2', a: '1' });
  repeat(2, { a: '1', b: '2' });
  repeat(3, { once: 'only' });
  for (const object of ['x', 'y/z']) repeat(1, { 'aws:s3:arn': `arn:aws:s3:::photos/${object}` }, 'Decrypt');
  repeat(1, { 'aws:s3:arn': 'arn:aws:s3:::with-bucket-key' }, 'Decrypt');
  for (const length of [300, 301]) for (const minute of [1, 2]) repeat(minute, { long: 'x'.repeat(length) });
  const { repeats } = decodeFigures(work.finish([]));
  const first = Date.parse('2026-01-02T01:00:00Z') / 300_000;
  const [most, ...others] = repeats.map(({ kind, context, day, calls, windows, first: from, last }) => [
    kind,
    context.slice(0, 30),
    ...[day, calls, windows, from - first, last - first],
  ]);
  assert.deepEqual(most, ['data key', '{"a":"1","b":"2"}', '2026-01-02', 7, 3, 0, 4]);
  assert.deepEqual(
    others.find(([kind]) => kind === 'object'),
    ['object', 'arn:aws:s3:::photos', '2026-01-02', 2, 1, 0, 0],
  );
  assert.equal(repeats.length, 4, 'two long contexts that differ at their ends are two');
});

test('a window that neighbours share counts once when repeats are added up', () => {
  const repeats = new Repeats();
  const repeat = {
    kind: 'data key',
    ...{ account: 'a', region: 'r', principal: 'p', key: 'k', operation: 'o', context: 'c', day: '2026-01-02' },
  } as const;
  repeats.add({ ...repeat, calls: 10, windows: 3, first: 100, last: 102 });
  repeats.add({ ...repeat, calls: 5, windows: 2, first: 102, last: 103 });
  repeats.add({ ...repeat, calls: 4, windows: 1, first: 105, last: 105 });
  repeats.add({ ...repeat, calls: 1, windows: 1, first: 104, last: 104 });
  repeats.add({ ...repeat, day: '2026-01-03', calls: 2, windows: 1, first: 200, last: 200 });
  repeats.add({ ...repeat, context: 'once', calls: 2, windows: 2, first: 200, last: 201 });
  assert.deepEqual(
    repeats.most(10).map(({ day, calls, windows, last }) => [day, calls, windows, last]),
    [
      ['2026-01-02', 20, 5, 105],
      ['2026-01-03', 2, 1, 200],
    ],
  );
  assert.equal(repeats.most(1).length, 1);
});
