/**
 * What the CloudTrail and S3 APIs answer from: the trail of each account as AWS's API speaks of it, with what has been delivered of
 * it and what can be found in it.
 */
import type { AccountId, Region } from '#model/arn.ts';
import { bucketOf, type DeliveredFiles, type DigestKey } from './delivery/delivered-files.ts';
import type { EventSearch } from './search/lookup.ts';

export interface AuditArchive {
  readonly files: DeliveredFiles;
  /** All that digest files of the account have ever been signed with. */
  digestKeys(accountId: AccountId): Promise<readonly DigestKey[]>;
  readonly search: EventSearch;
  /** Undefined where nothing has been recorded yet. */
  status(accountId: AccountId): TrailStatus | undefined;
  /** Of all trails and buckets. */
  readonly homeRegion: Region;
  /** The bucket that an account finds its files in; accounts may share its name, but see their own files alone. */
  bucketOf(accountId: AccountId): string;
  /** Whether digest files of the account may name that bucket: it, or one from before the settings were changed. */
  isBucketOf(accountId: AccountId, name: string): boolean;
  /** What all keys begin with: empty, or with a slash at its end. */
  readonly keyPrefix: string;
}

/** All in milliseconds; undefined for never. */
export interface TrailStatus {
  readonly startedMs: number;
  readonly latestDeliveryMs?: number | undefined;
  readonly latestDigestMs?: number | undefined;
}

/** One in which there is nothing. */
export function emptyArchive(homeRegion: Region): AuditArchive {
  return {
    files: { list: async () => [], find: async () => undefined, read: async () => undefined },
    digestKeys: async () => [],
    search: { lookup: async () => ({ lines: [], next: undefined }) },
    status: () => undefined,
    homeRegion,
    bucketOf,
    isBucketOf: (accountId, name) => name === bucketOf(accountId),
    keyPrefix: '',
  };
}
