/**
 * The trail of an account, and the ways in which requests name it. Source: AWS CloudTrail User Guide, Naming requirements for trails;
 * API Reference, GetTrail, DescribeTrails.
 */
import type { AuditArchive } from '#audit/archive.ts';
import { trailName } from '#audit/delivery/delivered-files.ts';
import { type AccountId, type Place, partitionOf } from '#model/arn.ts';
import { invalidTrailArn, invalidTrailName, trailNotFound } from '#model/cloudtrail-errors.ts';
import { boolean, optional, type Structure, string, structure } from '#model/schema.ts';

const text = optional(string());
const flag = optional(boolean);

export const trailShape = structure({
  Name: text,
  S3BucketName: text,
  S3KeyPrefix: text,
  SnsTopicName: text,
  SnsTopicARN: text,
  IncludeGlobalServiceEvents: flag,
  IsMultiRegionTrail: flag,
  HomeRegion: text,
  TrailARN: text,
  LogFileValidationEnabled: flag,
  CloudWatchLogsLogGroupArn: text,
  CloudWatchLogsRoleArn: text,
  KmsKeyId: text,
  HasCustomEventSelectors: flag,
  HasInsightSelectors: flag,
  IsOrganizationTrail: flag,
});

// Diverges: one-trail
/** Each account has one, from the beginning, and it cannot be changed. */
export function trailOf(accountId: AccountId, archive: AuditArchive): Structure<typeof trailShape.members> {
  const { homeRegion, keyPrefix } = archive;
  return {
    Name: trailName,
    S3BucketName: archive.bucketOf(accountId),
    // Without the slash, which clients put there.
    ...(keyPrefix !== '' && { S3KeyPrefix: keyPrefix.slice(0, -1) }),
    IncludeGlobalServiceEvents: true,
    IsMultiRegionTrail: true,
    HomeRegion: homeRegion,
    TrailARN: trailArn(accountId, archive),
    LogFileValidationEnabled: true,
    HasCustomEventSelectors: true,
    HasInsightSelectors: false,
    IsOrganizationTrail: false,
  };
}

export function trailArn(accountId: AccountId, { homeRegion }: Pick<AuditArchive, 'homeRegion'>): string {
  return `arn:${partitionOf(homeRegion)}:cloudtrail:${homeRegion}:${accountId}:trail/${trailName}`;
}

/** The ARN of a trail that is named, in the home Region where it is named without one. Throws where it is no name. */
export function namedTrailArn(nameOrArn: string, accountId: AccountId, archive: AuditArchive): string {
  if (nameOrArn.startsWith('arn:')) {
    const [, name] = /^arn:[a-z-]{1,32}:cloudtrail:[a-z0-9-]{1,32}:\d{12}:trail\/(.{1,256})$/.exec(nameOrArn) ?? [];
    if (name === undefined) throw invalidTrailArn(nameOrArn);
    requireTrailName(name);
    return nameOrArn;
  }
  requireTrailName(nameOrArn);
  return trailArn(accountId, archive).replace(/[^/]*$/, nameOrArn);
}

/** Outside of its home Region a trail is known by its ARN alone. Throws TrailNotFound, or where it is no name. */
export function requireTrail(nameOrArn: string, { accountId, region }: Place, archive: AuditArchive): void {
  const isThere = namedTrailArn(nameOrArn, accountId, archive) === trailArn(accountId, archive);
  const isArn = nameOrArn.startsWith('arn:');
  if (!isThere || (!isArn && region !== archive.homeRegion)) throw trailNotFound(nameOrArn, accountId);
}

function requireTrailName(name: string): void {
  const problem = nameProblems.find(([, isWrong]) => isWrong(name))?.[0];
  if (problem !== undefined) throw invalidTrailName(problem);
}

const nameProblems: readonly (readonly [string, (name: string) => boolean])[] = [
  ['Trail name must be between 3 and 128 characters.', ({ length }) => length < 3 || length > 128],
  [
    'Trail name may hold ASCII letters, digits, periods, underscores and dashes only.',
    (name) => !/^[A-Za-z0-9._-]+$/.test(name),
  ],
  ['Trail name must start and end with a letter or digit.', (name) => !/^[A-Za-z0-9].*[A-Za-z0-9]$/.test(name)],
  ['Trail name must not have adjacent periods, underscores or dashes.', (name) => /[._-]{2}/.test(name)],
  ['Trail name must not be an IP address.', (name) => /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name)],
];
