/**
 * Records of requests that nobody has signed, or not rightly: anyone can make those. So many at a time are recorded one by one;
 * beyond that they are counted, the counts are recorded once in a while, and only then are they answered.
 */
import type { Clock } from '#base/clock.ts';
import type { AccountId, Region } from '#model/arn.ts';
import { eventTimeOf, serviceEvent } from './event.ts';
import type { Recorder } from './recorder.ts';

// Diverges: unauthenticated-calls
/** How many in one burst, and how many a second in the long run. Less than 2 GB a day, before compression. */
const burst = 10_000;
const perSecond = 5;
const summaryMs = 1000;
/** Longer ones are counted: what they say is whatever somebody chose. */
const longestLine = 4096;

interface Home {
  readonly accountId: AccountId;
  readonly region: Region;
}

interface Summary {
  readonly sinceMs: number;
  readonly counts: Map<string, number>;
  readonly recorded: Promise<void>;
}

export class AnonymousRecords {
  readonly #trail: Recorder;
  readonly #clock: Clock;
  readonly #home: Home;
  readonly #burst: number;
  readonly #perSecond: number;
  #tokens: number;
  #filledAtMs: number;
  #summary: Summary | undefined;

  /** `among` is how many processes share the bounds. */
  constructor(trail: Recorder, clock: Clock, home: Home, among = 1) {
    this.#burst = burst / among;
    this.#perSecond = perSecond / among;
    this.#tokens = this.#burst;
    this.#trail = trail;
    this.#clock = clock;
    this.#home = home;
    this.#filledAtMs = clock.now();
  }

  /** Records the line, or counts it among those with the same error. As Trail.append. */
  append(line: string, errorName: string): Promise<void> {
    const nowMs = this.#clock.now();
    const refill = (Math.max(0, nowMs - this.#filledAtMs) / 1000) * this.#perSecond;
    this.#tokens = Math.min(this.#burst, this.#tokens + refill);
    this.#filledAtMs = nowMs;
    if (this.#tokens >= 1 && line.length <= longestLine) {
      this.#tokens--;
      return this.#trail.append(line);
    }
    return this.count(errorName);
  }

  /** Counts a request among those with the same error. As Trail.append. */
  count(errorName: string): Promise<void> {
    this.#summary ??= this.#newSummary(this.#clock.now());
    const { counts, recorded } = this.#summary;
    counts.set(errorName, (counts.get(errorName) ?? 0) + 1);
    return recorded;
  }

  #newSummary(sinceMs: number): Summary {
    const recorded = new Promise((resolve) => setTimeout(resolve, summaryMs)).then(() => this.#record());
    recorded.catch(() => undefined); // whoever waits sees it
    return { sinceMs, counts: new Map(), recorded };
  }

  #record(): Promise<void> {
    const { sinceMs = 0, counts = new Map<string, number>() } = this.#summary ?? {};
    this.#summary = undefined;
    const atMs = this.#clock.now();
    const count = [...counts.values()].reduce((sum, one) => sum + one, 0);
    const details = { count, errors: Object.fromEntries(counts), from: eventTimeOf(sinceMs), to: eventTimeOf(atMs) };
    return this.#trail.append(
      JSON.stringify(serviceEvent({ eventName: 'UnauthenticatedCalls', ...this.#home, atMs, details })),
    );
  }
}
