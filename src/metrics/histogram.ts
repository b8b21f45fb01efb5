/** A histogram of durations: fixed bounds, plain numbers, so that counting costs next to nothing. */

/** In seconds: from what the quickest operations take to what clients wait for. */
const bounds = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] as const;

/** One bucket: how many were at most `bound` seconds, which is `+Inf` for all. */
export interface Bucket {
  readonly bound: number | '+Inf';
  readonly count: number;
}

/** How many in each bucket, and their sum in seconds. */
export interface HistogramCounts {
  readonly counts: readonly number[];
  readonly seconds: number;
}

export class Histogram {
  readonly #counts: number[] = new Array(bounds.length + 1).fill(0);
  #seconds = 0;

  observe(milliseconds: number): void {
    const seconds = milliseconds / 1000;
    this.#seconds += seconds;
    let at = 0;
    // Most are quick: from below it takes few steps.
    while (at < bounds.length && seconds > (bounds[at] ?? 0)) at++;
    this.#counts[at] = (this.#counts[at] ?? 0) + 1;
  }

  get counts(): HistogramCounts {
    return { counts: [...this.#counts], seconds: this.#seconds };
  }

  /** Adds what another histogram has counted. */
  add({ counts, seconds }: HistogramCounts): void {
    counts.forEach((count, at) => {
      this.#counts[at] = (this.#counts[at] ?? 0) + count;
    });
    this.#seconds += seconds;
  }

  get seconds(): number {
    return this.#seconds;
  }

  buckets(): readonly Bucket[] {
    let count = 0;
    return this.#counts.map((own, at) => {
      count += own;
      return { bound: bounds[at] ?? '+Inf', count };
    });
  }
}
