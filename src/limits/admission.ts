/** Who says whether a request is within its quota: the buckets themselves (buckets.ts), or leases of them (leases.ts). */
import type { Place } from '#model/arn.ts';
import type { QuotaClass } from './classes.ts';
import type { QuotaSettings } from './settings.ts';

export interface Admission {
  /** Whether nothing can be one too many, so that nothing need be asked. */
  readonly isUnlimited: boolean;
  readonly settings: QuotaSettings;
  /** Takes one request from a quota, or nothing where it is used up. Only in a process that has leases does it ever wait. */
  admit(place: Place, name: QuotaClass): boolean | Promise<boolean>;
  /** Gives requests back that have been taken and not been made; a negative count is taken from what has yet to come. */
  give(place: Place, name: QuotaClass, count: number): void;
  /** From now on these count. */
  apply(settings: QuotaSettings): void;
}

/** What a bucket is called between processes. */
export type BucketName = string;

export function bucketName({ accountId, region }: Place, name: QuotaClass): BucketName {
  return `${accountId} ${region} ${name}`;
}

/** Milliseconds that never go back, as performance.now() has them. */
export type Now = () => number;
