/** Counts what the audit trail writes. */

import type { Trail } from '#audit/trail.ts';
import type { Clock } from '#base/clock.ts';
import { Histogram } from './histogram.ts';

export class TrailWrites {
  readonly #trail: Trail;
  readonly #clock: Clock;
  readonly durations = new Histogram();
  records = 0;
  groups = 0;
  bytes = 0;
  failures = 0;
  lastMs: number;
  #written: { readonly segment: number; readonly end: number };

  constructor(trail: Trail, clock: Clock) {
    this.#trail = trail;
    this.#clock = clock;
    this.#written = trail.head;
    this.lastMs = clock.now();
    trail.listen({
      written: (records, milliseconds) => this.#note(records, milliseconds),
      failed: () => {
        this.failures++;
      },
    });
  }

  #note(records: number, milliseconds: number): void {
    const { segment, end } = this.#trail.head;
    this.records += records;
    this.groups++;
    this.bytes += segment === this.#written.segment ? end - this.#written.end : end;
    this.#written = { segment, end };
    this.durations.observe(milliseconds);
    this.lastMs = this.#clock.now();
  }
}
