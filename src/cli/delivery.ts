/** CloudTrail's files of a server: in its data directory, and in an S3 bucket where one is set. */
import { join } from 'node:path';
import type { Data } from '#assemble.ts';
import type { AuditArchive } from '#audit/archive.ts';
import { Delivery } from '#audit/delivery/delivery.ts';
import type { PutObject } from '#audit/delivery/outbox.ts';
import type { EventSearch } from '#audit/search/lookup.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { firstAccount } from '#identity/accounts.ts';
import { readCredentialsFile } from '#protocol/s3/credentials-file.ts';
import { putObject } from '#protocol/s3/put-object.ts';
import { type ServeOptions, UsageError } from './settings.ts';

/** Where the settings have files uploaded to; undefined for nowhere. Throws UsageError. */
export function readBucket(options: ServeOptions, clock: Clock): PutObject | undefined {
  const { auditS3Bucket: bucket, auditS3CredentialsFile: file, auditS3Region: region = 'us-east-1' } = options;
  if ((bucket === undefined) !== (file === undefined)) {
    throw new UsageError('--audit-s3-bucket and --audit-s3-credentials-file go together.');
  }
  if (file === undefined) {
    const useless = options.auditS3Endpoint ?? options.auditS3Region;
    if (useless !== undefined) throw new UsageError(`${useless} is of no use without --audit-s3-bucket.`);
    return undefined;
  }
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const endpoint = options.auditS3Endpoint ?? new URL(`https://s3.${region}.${domain}`);
  // Read anew for each file, so that the access key can be changed while the server runs.
  const settings = { endpoint, region, clock, credentials: () => readCredentialsFile(file) };
  return (object, signal) => putObject(object, settings, signal);
}

interface Settings {
  readonly options: ServeOptions;
  readonly bucket: PutObject | undefined;
  readonly log: Log;
}

interface Sources {
  readonly delivery: Delivery;
  readonly search: EventSearch;
}

/** What the CloudTrail and S3 APIs answer from. */
export function archiveOf({ delivery, search }: Sources, { region, auditS3Prefix }: ServeOptions): AuditArchive {
  return {
    homeRegion: region,
    search,
    files: delivery.files,
    digestKeys: () => delivery.digestKeys(),
    status: (accountId) => delivery.status(accountId),
    bucketOf: (accountId) => delivery.bucketOf(accountId),
    isBucketOf: (accountId, name) => delivery.isBucketOf(accountId, name),
    keyPrefix: prefixOf(auditS3Prefix),
  };
}

function prefixOf(setting: string | undefined): string {
  return setting === undefined ? '' : `${setting}/`;
}

export async function makeDelivery({ vault, trail }: Data, { options, bucket: put, log }: Settings): Promise<Delivery> {
  const { data, region, auditS3Bucket: bucket, auditS3Prefix, auditFilesDays: retentionDays } = options;
  const destination = {
    bucket,
    prefix: prefixOf(auditS3Prefix),
    home: { accountId: await firstAccount(vault), region },
  };
  return new Delivery({
    trail,
    vault,
    log,
    directory: join(data, 'audit', 'cloudtrail'),
    destination,
    retentionDays,
    put,
  });
}
