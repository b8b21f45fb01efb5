/**
 * How long answers took, as counts in log-linear buckets: 64 to each power of two, so that a percentile is within 1 % of
 * the true one whatever its size, at the cost of one array increment. Values above 200 seconds count as that.
 */

const bucketBits = 6;
const bucketsPerDoubling = 2 ** bucketBits;
/** Resolution of the shortest times: 100 nanoseconds. */
const ticksPerMs = 10_000;
const maxTicks = 2 ** 31 - 1;
const bucketCount = (31 - bucketBits + 1) * bucketsPerDoubling;

export class Histogram {
  readonly counts: Float64Array<ArrayBuffer>;

  /** Empty, or with counts taken from another histogram's; it makes them its own. */
  constructor(counts = new Float64Array(bucketCount)) {
    this.counts = counts;
  }

  record(ms: number): void {
    const bucket = bucketOf(Math.min(Math.round(ms * ticksPerMs), maxTicks));
    this.counts[bucket] = (this.counts[bucket] ?? 0) + 1;
  }

  /** A new histogram with the counts of both. */
  plus(other: Histogram): Histogram {
    return new Histogram(this.counts.map((count, bucket) => count + (other.counts[bucket] ?? 0)));
  }

  get total(): number {
    return this.counts.reduce((sum, count) => sum + count, 0);
  }

  /** The time in milliseconds that a fraction of all answers did not exceed; NaN where there are no answers. */
  percentile(fraction: number): number {
    const rank = Math.max(1, Math.ceil(fraction * this.total));
    let seen = 0;
    for (const [bucket, count] of this.counts.entries()) {
      seen += count;
      if (seen >= rank) return middleOf(bucket) / ticksPerMs;
    }
    return Number.NaN;
  }
}

function bucketOf(ticks: number): number {
  if (ticks < bucketsPerDoubling) return ticks; // one bucket a tick
  const shift = 31 - Math.clz32(ticks) - bucketBits;
  return shift * bucketsPerDoubling + (ticks >>> shift);
}

function middleOf(bucket: number): number {
  if (bucket < 2 * bucketsPerDoubling) return bucket;
  const shift = Math.floor(bucket / bucketsPerDoubling) - 1;
  const lowest = (bucket - shift * bucketsPerDoubling) * 2 ** shift;
  return lowest + (2 ** shift - 1) / 2;
}
