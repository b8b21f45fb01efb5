/**
 * The quotas of a process that serves beside others: it takes batches of requests from the buckets of the process that leads, about as
 * many as it may need for some milliseconds, and gives back what it does not need. Requests that come while a batch is on its way
 * wait for it.
 */
import type { Place } from '#model/arn.ts';
import { type Admission, type BucketName, bucketName, type Now } from './admission.ts';
import type { QuotaClass } from './classes.ts';
import { areUnlimited, type QuotaSettings, rateOf } from './settings.ts';
import { Slots } from './slots.ts';

/** How long a batch lasts at the whole of the rate, in seconds. */
const batchSeconds = 0.02;
/** How long what is not needed is kept, in milliseconds. */
const keepMs = 100;

/** The buckets, in another process. */
export interface BucketSource {
  /** As Buckets.take; rejects where the other process is gone. */
  take(name: BucketName, wanted: number): Promise<number>;
  /** As Buckets.giveBack; nobody waits for it. */
  giveBack(name: BucketName, count: number): void;
}

export interface LeaseSettings {
  readonly settings: QuotaSettings;
  readonly now: Now;
}

export class Leases implements Admission {
  readonly #source: BucketSource;
  readonly #now: Now;
  readonly #slots: Slots<Lease>;
  #settings: QuotaSettings;
  #isUnlimited: boolean;
  #sweep: NodeJS.Timeout | undefined;

  constructor(source: BucketSource, { settings, now }: LeaseSettings) {
    this.#source = source;
    this.#now = now;
    this.#settings = settings;
    this.#isUnlimited = areUnlimited(settings);
    this.#slots = new Slots(
      (place, name) => new Lease(bucketName(place, name), rateOf(this.#settings, place, name), this.#source),
      (lease) => lease.isIdle,
    );
  }

  get isUnlimited(): boolean {
    return this.#isUnlimited;
  }

  get settings(): QuotaSettings {
    return this.#settings;
  }

  /** To be called before a change is acknowledged: what has been leased of the quotas before it is not used any more. */
  apply(settings: QuotaSettings): void {
    this.#settings = settings;
    this.#isUnlimited = areUnlimited(settings);
    for (const lease of this.#slots.all()) lease.end();
    this.#slots.clear();
  }

  admit(place: Place, name: QuotaClass): boolean | Promise<boolean> {
    const lease = this.#slots.of(place, name);
    if (lease.takeOne()) return true;
    this.#sweep ??= setTimeout(() => this.#giveBack(), keepMs / 2).unref();
    return lease.wait(this.#now);
  }

  give(place: Place, name: QuotaClass, count: number): void {
    this.#source.giveBack(bucketName(place, name), count);
  }

  #giveBack(): void {
    this.#sweep = undefined;
    const beforeMs = this.#now() - keepMs;
    let isAnyLeft = false;
    for (const lease of this.#slots.all()) isAnyLeft = !lease.giveBackFrom(beforeMs) || isAnyLeft;
    if (isAnyLeft) this.#sweep = setTimeout(() => this.#giveBack(), keepMs / 2).unref();
  }
}

interface Waiting {
  readonly resolve: (isAdmitted: boolean) => void;
  readonly reject: (error: unknown) => void;
}

/** What this process has of one bucket. */
class Lease {
  readonly #bucket: BucketName;
  readonly #perSecond: number;
  readonly #source: BucketSource;
  #left = 0;
  #leasedAtMs = 0;
  #waiting: Waiting[] = [];
  #isAsking = false;
  #hasEnded = false;

  constructor(bucket: BucketName, perSecond: number, source: BucketSource) {
    this.#bucket = bucket;
    this.#perSecond = perSecond;
    this.#source = source;
  }

  get isIdle(): boolean {
    return this.#left === 0 && !this.#isAsking;
  }

  takeOne(): boolean {
    if (this.#perSecond === Number.POSITIVE_INFINITY) return true;
    // Whoever waits was there before.
    if (this.#left === 0 || this.#waiting.length > 0) return false;
    this.#left--;
    return true;
  }

  wait(now: Now): Promise<boolean> {
    const waiting = new Promise<boolean>((resolve, reject) => {
      this.#waiting.push({ resolve, reject });
    });
    if (!this.#isAsking) void this.#ask(now);
    return waiting;
  }

  /** Gives back what was leased before then; false where something is left, or on its way. */
  giveBackFrom(ms: number): boolean {
    if (this.#left > 0 && this.#leasedAtMs <= ms) this.#giveBack();
    return this.isIdle;
  }

  end(): void {
    this.#hasEnded = true;
    this.#giveBack();
  }

  #giveBack(): void {
    if (this.#left === 0) return;
    const left = this.#left;
    this.#left = 0;
    this.#source.giveBack(this.#bucket, left);
  }

  /** Never rejects: whoever waits is told. */
  async #ask(now: Now): Promise<void> {
    this.#isAsking = true;
    try {
      while (this.#waiting.length > 0) {
        const wanted = Math.max(this.#waiting.length, Math.floor(this.#perSecond * batchSeconds));
        const granted = await this.#source.take(this.#bucket, wanted);
        this.#left += granted;
        this.#leasedAtMs = now();
        const admitted = this.#waiting.splice(0, this.#left);
        this.#left -= admitted.length;
        for (const { resolve } of admitted) resolve(true);
        // A bucket that did not have what was wanted has nothing: neither for those who came meanwhile.
        if (granted < wanted) for (const { resolve } of this.#waiting.splice(0)) resolve(false);
      }
    } catch (error) {
      for (const { reject } of this.#waiting.splice(0)) reject(error);
    } finally {
      this.#isAsking = false;
      if (this.#hasEnded) this.#giveBack();
    }
  }
}
