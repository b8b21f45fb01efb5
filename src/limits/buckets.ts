/**
 * Token buckets: what is left of each quota. There is one set of them for a server, in its only process or in the one that leads:
 * what they say is exact, and at once.
 */
import type { AccountId, Place, Region } from '#model/arn.ts';
import type { Admission, BucketName, Now } from './admission.ts';
import type { QuotaClass } from './classes.ts';
import { areUnlimited, type QuotaSettings, rateOf } from './settings.ts';
import { Slots } from './slots.ts';

/** How much may be saved up, in seconds of the rate: over ten seconds, a hundredth more than the quota. */
// Diverges: quota-bursts
const savedSeconds = 0.1;
/** At low rates, one request; and of the next one what has come of it, so that who is a little late loses nothing. */
const leastSaved = 1.9;
/** So that the sum of many tenths is not less than what they add up to. */
const tolerance = 1e-6;

export class TokenBucket {
  readonly perSecond: number;
  readonly #capacity: number;
  #tokens: number;
  #filledAtMs: number;

  constructor(perSecond: number, nowMs: number) {
    this.perSecond = perSecond;
    this.#capacity = perSecond === 0 ? 0 : Math.max(leastSaved, perSecond * savedSeconds);
    this.#tokens = this.#capacity;
    this.#filledAtMs = nowMs;
  }

  /** Takes as many as there are, at most those wanted; says how many. */
  take(wanted: number, nowMs: number): number {
    if (this.perSecond === Number.POSITIVE_INFINITY) return wanted;
    this.#fill(nowMs);
    const granted = Math.min(wanted, Math.max(0, Math.floor(this.#tokens + tolerance)));
    this.#tokens -= granted;
    return granted;
  }

  give(count: number): void {
    this.#tokens = Math.min(this.#capacity, this.#tokens + count);
  }

  isFull(nowMs: number): boolean {
    if (this.perSecond === Number.POSITIVE_INFINITY) return true;
    this.#fill(nowMs);
    return this.#tokens >= this.#capacity;
  }

  #fill(nowMs: number): void {
    const come = ((nowMs - this.#filledAtMs) / 1000) * this.perSecond;
    this.#tokens = Math.min(this.#capacity, this.#tokens + come);
    this.#filledAtMs = nowMs;
  }
}

export class Buckets implements Admission {
  readonly #now: Now;
  readonly #slots: Slots<TokenBucket>;
  #settings: QuotaSettings;
  #isUnlimited: boolean;

  constructor(settings: QuotaSettings, now: Now) {
    this.#now = now;
    this.#settings = settings;
    this.#isUnlimited = areUnlimited(settings);
    this.#slots = new Slots(
      (place, name) => new TokenBucket(rateOf(this.#settings, place, name), now()),
      (bucket) => bucket.isFull(now()),
    );
  }

  get isUnlimited(): boolean {
    return this.#isUnlimited;
  }

  get settings(): QuotaSettings {
    return this.#settings;
  }

  /** How many are remembered. */
  get size(): number {
    return this.#slots.size;
  }

  /** All begin anew, full: the quotas that they were of are not there any more. */
  apply(settings: QuotaSettings): void {
    this.#settings = settings;
    this.#isUnlimited = areUnlimited(settings);
    this.#slots.clear();
  }

  admit(place: Place, name: QuotaClass): boolean {
    return this.#slots.of(place, name).take(1, this.#now()) === 1;
  }

  give(place: Place, name: QuotaClass, count: number): void {
    this.#slots.of(place, name).give(count);
  }

  /** For a process that has leases: as many as there are, at most those wanted. */
  take(name: BucketName, wanted: number): number {
    return this.#named(name).take(wanted, this.#now());
  }

  /** What such a process has left over, or owes. */
  giveBack(name: BucketName, count: number): void {
    this.#named(name).give(count);
  }

  #named(bucket: BucketName): TokenBucket {
    const [accountId, region, name] = bucket.split(' ') as [AccountId, Region, QuotaClass]; // as bucketName made it
    return this.#slots.of({ accountId, region }, name);
  }
}
