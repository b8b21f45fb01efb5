/** What is scraped is valid, and says what happened. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AuditUnavailable, medium as below } from '#audit/medium.ts';
import { dayMs, ManualClock } from '#base/clock.ts';
import type { AuditEntry } from '#call/audit.ts';
import { listenForScrapes } from '#server/scrapes.ts';
import { MemoryStore } from '#storage/memory/memory-store.ts';
import type { KeyRecord } from '#storage/store.ts';
import { makeTrail } from '#test/harness/trail.ts';
import { KeyCensus } from './key-gauges.ts';
import { type Metrics, type MetricsSources, startMetrics } from './metrics.ts';

interface Family {
  readonly type: string;
  readonly samples: Map<string, number>;
}

/** Parses the text format strictly. Source: Prometheus documentation, Text-based format. */
function parseExposition(text: string): Map<string, Family> {
  assert(text.endsWith('\n'), 'the last line ends with a line feed');
  const families = new Map<string, Family>();
  let name = '';
  let helped = '';
  for (const line of text.slice(0, -1).split('\n')) {
    if (line === '') continue;
    const help = /^# HELP ([a-zA-Z_:][a-zA-Z0-9_:]*) \S.*$/.exec(line);
    const type = /^# TYPE ([a-zA-Z_:][a-zA-Z0-9_:]*) (counter|gauge|histogram|summary)$/.exec(line);
    if (help !== null) {
      helped = help[1] ?? '';
      continue;
    }
    if (type !== null) {
      name = type[1] ?? '';
      assert.equal(name, helped, 'HELP comes before TYPE');
      assert(!families.has(name), `${name} comes once`);
      families.set(name, { type: type[2] ?? '', samples: new Map() });
      continue;
    }
    const sample = /^([a-zA-Z_:][a-zA-Z0-9_:]*)(\{.*\})? (-?[\d.]+(?:e[+-]?\d+)?|[+-]Inf|Nan)$/.exec(line);
    assert(sample !== null, `not a sample: ${line}`);
    const [, metric = '', labels = '', value = ''] = sample;
    const family = families.get(name);
    const suffix = metric.slice(name.length);
    assert(metric.startsWith(name) && family !== undefined, `${metric} is not of ${name}`);
    const suffixes = family.type === 'histogram' ? ['_bucket', '_sum', '_count'] : [''];
    assert(suffixes.includes(suffix), `${metric} is not of a ${family.type}`);
    assert.match(labels, /^(?:\{(?:[a-zA-Z_]\w*="(?:[^"\\\n]|\\["\\n])*"(?:,(?!\})|(?=\})))+\})?$/);
    assert(!family.samples.has(metric + labels), `${metric}${labels} comes once`);
    family.samples.set(metric + labels, Number(value));
  }
  for (const [histogram, { type, samples }] of families) if (type === 'histogram') assertCumulative(histogram, samples);
  return families;
}

function assertCumulative(name: string, samples: ReadonlyMap<string, number>): void {
  const series = new Map<string, number[]>();
  for (const [sample, value] of samples) {
    if (!sample.startsWith(`${name}_bucket`)) continue;
    const labels = sample
      .slice(`${name}_bucket`.length)
      .replace(/le="[^"]+",|,?le="[^"]+"/, '')
      .replace('{}', '');
    series.set(labels, [...(series.get(labels) ?? []), value]);
  }
  for (const [labels, values] of series) {
    assert.deepEqual(
      [...values].sort((a, b) => a - b),
      values,
    );
    assert.equal(samples.get(`${name}_count${labels}`), values.at(-1), `${name}${labels} counts what is in +Inf`);
    assert(samples.has(`${name}_sum${labels}`));
    const last = [...samples.keys()].filter(
      (sample) => sample.startsWith(`${name}_bucket`) && sample.includes('le="+Inf"'),
    );
    assert.equal(last.length, series.size);
  }
}

async function valueIn(metrics: Metrics, sample: string): Promise<number | undefined> {
  const families = parseExposition(await metrics.text());
  const [, name = ''] = /^(\w+?)(?:_count|_sum|_bucket)?(?:\{.*)?$/.exec(sample) ?? [];
  return (families.get(name) ?? families.get(/^\w+/.exec(sample)?.[0] ?? ''))?.samples.get(sample);
}

const operation = { name: 'Encrypt' } as AuditEntry['operation'];
const entry = (rest: object = {}): AuditEntry =>
  ({
    received: { arrivedAtMs: performance.now() - 3 },
    service: 'kms',
    operation,
    refusal: undefined,
    ...rest,
  }) as never;

async function withMetrics(
  work: (
    metrics: Metrics,
    world: { store: MemoryStore; clock: ManualClock; bench: Awaited<ReturnType<typeof makeTrail>> },
  ) => Promise<void>,
  rest: Partial<MetricsSources> = {},
  medium = {},
) {
  const clock = new ManualClock(Date.UTC(2026, 0, 2));
  await using bench = await makeTrail({ clock, retryMs: 5, ...medium });
  const store = new MemoryStore();
  const logFailure = (error: unknown) => assert.fail(String(error));
  const metrics = startMetrics({
    version: '1.2.3"\\\n',
    clock,
    store,
    trail: bench.trail,
    lag: () => ({ records: 0, uploads: 0 }),
    logFailure,
    ...rest,
  });
  await work(metrics, { store, clock, bench });
}

test('what is scraped is valid, whatever names are in it, and has the metrics of the process', async () => {
  await withMetrics(async (metrics) => {
    metrics.answers.answered(entry(), undefined);
    metrics.answers.answered(entry({ operation: undefined }), 'UnknownOperationException');
    metrics.answers.answered(entry({ service: 'iam', operation: { name: 'a"b\\c\nd' } }), 'x"}\n');
    const families = parseExposition(await metrics.text());
    for (const name of ['process_cpu_seconds_total', 'nodejs_eventloop_lag_seconds', 'keywright_build_info']) {
      assert(families.has(name), name);
    }
    assert.match(metrics.contentType, /^text\/plain; version=0\.0\.4/);
  });
});

test('answers are counted by operation and error, and their durations fall into buckets', async () => {
  await withMetrics(async (metrics) => {
    for (let time = 0; time < 3; time++) metrics.answers.answered(entry(), undefined);
    metrics.answers.answered(entry(), 'ThrottlingException');
    metrics.answers.answered(entry({ operation: undefined }), 'ValidationException');
    for (let time = 0; time < 2; time++)
      metrics.answers.answered(entry({ operation: { name: 'PutObject' } }), undefined);
    const value = (sample: string) => valueIn(metrics, sample);
    const of = 'service="kms",operation="Encrypt"';
    assert.equal(await value(`keywright_requests_total{${of},error=""}`), 3);
    assert.equal(await value('keywright_requests_total{service="kms",operation="PutObject",error=""}'), 2);
    assert.equal(await value(`keywright_requests_total{${of},error="ThrottlingException"}`), 1);
    assert.equal(
      await value('keywright_requests_total{service="kms",operation="Unknown",error="ValidationException"}'),
      1,
    );
    assert.equal(await value(`keywright_request_duration_seconds_bucket{${of},le="0.0025"}`), 0);
    assert.equal(await value(`keywright_request_duration_seconds_bucket{${of},le="10"}`), 4);
    const sum = (await value(`keywright_request_duration_seconds_sum{${of}}`)) ?? 0;
    assert(sum >= 0.012 && sum < 10, String(sum));
  });
});

test('the audit trail is told of: what it wrote, that it fails, and that it writes again', async () => {
  let isFull = false;
  const medium = {
    write(file: number, bytes: Buffer, position: number) {
      if (isFull) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
      below.write(file, bytes, position);
    },
    sync: (file: number) => below.sync(file),
  };
  await withMetrics(
    async (metrics, { bench, clock }) => {
      const value = (name: string) => valueIn(metrics, `keywright_audit_${name}`);
      clock.advance(5000);
      await Promise.all([bench.trail.append('{"n":1}'), bench.trail.append('{"n":2}')]);
      assert.equal(await value('records_total'), 2);
      assert.equal(await value('groups_total'), 1);
      assert.equal(await value('write_duration_seconds_count'), 1);
      assert(((await value('written_bytes_total')) ?? 0) > 80);
      assert.equal(await value('failing'), 0);
      assert.equal(await value('segments'), 1);
      assert.equal(await value('last_written_timestamp_seconds'), clock.now() / 1000);
      assert.equal(await value('undelivered_records'), 7);
      assert.equal(await value('waiting_uploads'), 3);
      assert(((await valueIn(metrics, 'keywright_data_free_bytes')) ?? 0) > 0);
      isFull = true;
      await assert.rejects(bench.trail.append('{"n":3}'), AuditUnavailable);
      assert.equal(await value('failing'), 1);
      assert.equal(await value('failures_total'), 1);
      isFull = false;
      await bench.recovered();
      assert.equal(await value('failing'), 0);
    },
    { lag: () => ({ records: 7, uploads: 3 }) },
    { medium },
  );
});

const keyRecord = (accountId: string, region: string, state: string, managedFor?: string) =>
  ({ accountId, region, keyId: '', state: { name: state }, ...(managedFor && { managedFor }) }) as KeyRecord;

test('keys are counted by account, Region and state, and the next expiry of material is told', async () => {
  await withMetrics(async (metrics, { store, clock }) => {
    const day = (days: number) => clock.now() + days * dayMs;
    await store.write(async (transaction) => {
      for (let key = 0; key < 250; key++) {
        const record = keyRecord('111122223333', 'us-east-1', key % 5 === 0 ? 'Disabled' : 'Enabled');
        transaction.put('keys', ['111122223333', 'us-east-1', String(key)], record);
      }
      transaction.put(
        'keys',
        ['444455556666', 'eu-west-1', 'x'],
        keyRecord('444455556666', 'eu-west-1', 'Enabled', 'ebs'),
      );
      // As keys/expiry.ts enters them: a notice of the first, the first, the second; and one whose time has come.
      const expiry = { accountId: '111122223333', region: 'us-east-1', keyId: 'k', materialId: 'm' };
      for (const [at, validToMs] of [
        [1, day(8)],
        [8, day(8)],
        [9, day(9)],
        [0, day(0)],
      ] as const) {
        transaction.put('expiries', [String(day(at)).padStart(15, '0'), 'k', String(validToMs)], {
          ...expiry,
          validToMs,
        });
      }
    });
    const keys = (labels: string) => valueIn(metrics, `keywright_keys{${labels}}`);
    const us = 'account="111122223333",region="us-east-1"';
    assert.equal(await keys(`${us},state="Enabled",manager="CUSTOMER"`), 200);
    assert.equal(await keys(`${us},state="Disabled",manager="CUSTOMER"`), 50);
    assert.equal(await keys('account="444455556666",region="eu-west-1",state="Enabled",manager="AWS"'), 1);
    const left = () => valueIn(metrics, `keywright_imported_material_expires_in_seconds{${us}}`);
    assert.equal(await left(), 8 * 86_400);
    clock.advance(dayMs);
    assert.equal(await left(), 7 * 86_400);
  });
});

test('keys are not counted again right away, and a store that cannot be read costs only their figures', async () => {
  const store = new MemoryStore();
  const census = new KeyCensus(store, new ManualClock());
  const first = await census.read();
  await store.write(async (transaction) => transaction.put('keys', ['a', 'b', 'c'], keyRecord('a', 'b', 'Enabled')));
  assert.equal(await census.read(), first);

  const failures: unknown[] = [];
  const broken = { list: () => Promise.reject(new Error('broken')) } as unknown as MemoryStore;
  await withMetrics(
    async (metrics) => {
      const families = parseExposition(await metrics.text());
      assert.equal(families.get('keywright_keys')?.samples.size, 0);
      assert(families.has('keywright_requests_total'));
      assert(failures.length > 0);
    },
    { store: broken, logFailure: (error) => failures.push(error) },
  );
});

test('metrics are served at their path alone', async () => {
  const failures: unknown[] = [];
  let text = async () => 'up 1\n';
  await using scrapes = await listenForScrapes({
    host: '127.0.0.1',
    port: 0,
    contentType: 'text/plain; version=0.0.4',
    text: () => text(),
    logFailure: (error) => failures.push(error),
  });
  const answer = await fetch(scrapes.url);
  assert.deepEqual([answer.status, await answer.text()], [200, 'up 1\n']);
  assert.equal(answer.headers.get('content-type'), 'text/plain; version=0.0.4');
  assert.equal((await fetch(new URL('/', scrapes.url))).status, 404);
  assert.equal((await fetch(scrapes.url, { method: 'POST' })).status, 405);
  text = () => Promise.reject(new Error('broken'));
  assert.equal((await fetch(scrapes.url)).status, 500);
  assert.equal(failures.length, 1);
});
