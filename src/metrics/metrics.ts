/**
 * What a server tells Prometheus. Source of the form: Prometheus documentation, Exposition formats; of the names: Metric and label
 * naming. Labels are few: accounts, Regions, operations, names of errors; never keys or principals.
 */
import { statfs } from 'node:fs/promises';
import { collectDefaultMetrics, Registry } from 'prom-client';
import type { DeliveryLag } from '#audit/delivery/delivery.ts';
import type { Trail } from '#audit/trail.ts';
import type { Clock } from '#base/clock.ts';
import type { Store } from '#storage/store.ts';
import { Answers } from './answers.ts';
import { addCounter, addGauge, addHistogram } from './exposition.ts';
import { KeyCensus } from './key-gauges.ts';
import { TrailWrites } from './trail-writes.ts';

export interface MetricsSources {
  readonly version: string;
  readonly clock: Clock;
  readonly store: Store;
  readonly trail: Trail;
  /** What has yet to be delivered. */
  readonly lag: () => DeliveryLag;
  /** Takes why a figure is missing from a scrape. */
  readonly logFailure: (error: unknown) => void;
}

export interface Metrics {
  /** Is told of every answer. */
  readonly answers: Answers;
  readonly contentType: string;
  /** Everything, as text. */
  text(): Promise<string>;
}

export function startMetrics(sources: MetricsSources): Metrics {
  const register = new Registry();
  const answers = new Answers();
  collectDefaultMetrics({ register });
  addBuild(register, sources);
  addAnswers(register, answers);
  addTrail(register, sources);
  addKeys(register, sources);
  return { answers, contentType: register.contentType, text: () => register.metrics() };
}

function addBuild(register: Registry, { version }: MetricsSources): void {
  const labels = { version, node: process.versions.node };
  const about = { name: 'keywright_build_info', help: 'What runs here; always 1.', labelNames: ['version', 'node'] };
  addGauge(register, about, () => [{ labels, value: 1 }]);
}

function addAnswers(register: Registry, answers: Answers): void {
  addCounter(
    register,
    {
      name: 'keywright_requests_total',
      help: 'Answers, by the name of the error; "" where there was none, ThrottlingException where a client was too quick.',
      labelNames: ['service', 'operation', 'error'],
    },
    function* () {
      for (const { service, operation, succeeded, failed } of answers.all()) {
        yield { labels: { service, operation, error: '' }, value: succeeded };
        for (const [error, value] of failed) yield { labels: { service, operation, error }, value };
      }
    },
  );
  const durations = {
    name: 'keywright_request_duration_seconds',
    help: 'Time from when all of a request was there until its answer could leave, its record durable.',
    labelNames: ['service', 'operation'],
  };
  addHistogram(register, durations, () =>
    answers
      .all()
      .map(({ service, operation, durations: histogram }) => ({ labels: { service, operation }, histogram })),
  );
}

function addTrail(register: Registry, { trail, clock, lag }: MetricsSources): void {
  const writes = new TrailWrites(trail, clock);
  const counter = (name: string, help: string, read: () => number) =>
    addCounter(register, { name: `keywright_audit_${name}_total`, help }, () => [{ value: read() }]);
  const gauge = (name: string, help: string, read: () => number) =>
    addGauge(register, { name: `keywright_audit_${name}`, help }, () => [{ value: read() }]);
  counter('records', 'Records written to the audit trail, and durable.', () => writes.records);
  counter('groups', 'Groups in which they were written, each synchronised once.', () => writes.groups);
  counter('written_bytes', 'Bytes written to the audit trail, before compression.', () => writes.bytes);
  counter('failures', 'How often the audit trail could not be written any more.', () => writes.failures);
  addHistogram(
    register,
    {
      name: 'keywright_audit_write_duration_seconds',
      help: 'Time that it took to write and synchronise a group.',
    },
    () => [{ histogram: writes.durations }],
  );
  gauge('waiting_records', 'Records that wait for the group before them.', () => trail.waiting);
  gauge('failing', '1 while the audit trail cannot be written and nothing is served, else 0.', () =>
    trail.failure === undefined ? 0 : 1,
  );
  gauge(
    'last_written_timestamp_seconds',
    'When a group was last written, or the server started.',
    () => writes.lastMs / 1000,
  );
  gauge(
    'segments',
    'Segments of the audit trail that are kept.',
    () => trail.head.segment - trail.head.firstSegment + 1,
  );
  gauge('segment_bytes', 'Bytes of the segment that is being written.', () => trail.head.end);
  gauge('undelivered_records', 'Records that have not been delivered as CloudTrail files yet.', () => lag().records);
  gauge('waiting_uploads', 'Lists of CloudTrail files that have yet to be uploaded.', () => lag().uploads);
  addGauge(
    register,
    { name: 'keywright_data_free_bytes', help: 'Bytes that are free where the audit trail lies.' },
    async () => {
      const free = await statfs(trail.segments.directory).catch(() => undefined);
      return free === undefined ? [] : [{ value: free.bavail * free.bsize }];
    },
  );
}

function addKeys(register: Registry, { store, clock, logFailure }: MetricsSources): void {
  const census = new KeyCensus(store, clock);
  const read = () =>
    census.read().catch((error: unknown) => {
      logFailure(error);
      return undefined;
    });
  addGauge(
    register,
    {
      name: 'keywright_keys',
      help: 'Keys, by account, Region, state and manager; counted again after 30 seconds at the earliest.',
      labelNames: ['account', 'region', 'state', 'manager'],
    },
    async () => ((await read())?.keys ?? []).map(({ count, ...labels }) => ({ labels, value: count })),
  );
  addGauge(
    register,
    {
      name: 'keywright_imported_material_expires_in_seconds',
      help: 'Time until the next imported key material expires.',
      labelNames: ['account', 'region'],
    },
    async () =>
      ((await read())?.expiries ?? []).map(({ account, region, atMs }) => ({
        labels: { account, region },
        value: Math.max(0, atMs - clock.now()) / 1000,
      })),
  );
}
