/** Figures that are kept elsewhere, as metrics of prom-client: it asks for them when somebody scrapes. */
import { Counter, Gauge, Histogram as PromHistogram, type Registry } from 'prom-client';
import type { Histogram } from './histogram.ts';

type Labels = Readonly<Record<string, string>>;

export interface Sample {
  readonly labels?: Labels;
  readonly value: number;
}

export interface Described {
  readonly name: string;
  readonly help: string;
  readonly labelNames?: readonly string[];
}

/** What `read` gives replaces what was there. `read` must not reject. */
export function addGauge(
  register: Registry,
  about: Described,
  read: () => Iterable<Sample> | Promise<Iterable<Sample>>,
) {
  new Gauge({
    ...settingsOf(register, about),
    async collect() {
      const samples = await read();
      this.reset();
      for (const { labels = {}, value } of samples) this.set(labels, value);
    },
  });
}

/** The values never become less. */
export function addCounter(register: Registry, about: Described, read: () => Iterable<Sample>) {
  new Counter({
    ...settingsOf(register, about),
    collect() {
      const samples = read();
      this.reset();
      for (const { labels = {}, value } of samples) this.inc(labels, value);
    },
  });
}

export interface HistogramSample {
  readonly labels?: Labels;
  readonly histogram: Histogram;
}

/** In seconds. */
export function addHistogram(register: Registry, about: Described, read: () => Iterable<HistogramSample>) {
  const settings = settingsOf(register, about);
  const metric = new ReadHistogram({ ...settings, registers: [] });
  metric.about = about;
  metric.read = read;
  register.registerMetric(metric);
}

function settingsOf(register: Registry, { name, help, labelNames = [] }: Described) {
  return { name, help, labelNames: [...labelNames], registers: [register] };
}

/** prom-client's own takes one observation at a time and has no way to be given buckets. */
class ReadHistogram extends PromHistogram {
  about: Described = { name: '', help: '' };
  read: () => Iterable<HistogramSample> = () => [];

  override async get() {
    const { name, help } = this.about;
    const values = [...this.read()].flatMap(({ labels = {}, histogram }) => valuesOf(name, labels, histogram));
    return { name, help, type: 'histogram' as never, values, aggregator: 'sum' as const, collect: () => undefined };
  }

  /** The registry prefers this one, which the types do not tell of. */
  getForPromString() {
    return this.get();
  }
}

function valuesOf(name: string, labels: Labels, histogram: Histogram) {
  const buckets = histogram.buckets();
  return [
    ...buckets.map(({ bound, count }) => ({
      metricName: `${name}_bucket`,
      labels: { ...labels, le: String(bound) },
      value: count,
    })),
    { metricName: `${name}_sum`, labels, value: histogram.seconds },
    { metricName: `${name}_count`, labels, value: buckets.at(-1)?.count ?? 0 },
  ];
}
