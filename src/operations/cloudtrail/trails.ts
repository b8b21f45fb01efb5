/** What there is to know of trails. Source: AWS CloudTrail API Reference, under these names. */
import type { AuditArchive } from '#audit/archive.ts';
import { eventTimeOf } from '#audit/event.ts';
import { type Archives, type CloudTrailCall, cloudTrailOperation } from '#call/cloudtrail/operation.ts';
import type { ErrorName } from '#model/api-error.ts';
import { partitionOf } from '#model/arn.ts';
import { boolean, list, optional, string, structure, timestamp } from '#model/schema.ts';
import { namedTrailArn, requireTrail, trailArn, trailOf, trailShape } from './trail.ts';

const text = optional(string());
const time = optional(timestamp);

const namingErrors: readonly ErrorName[] = ['CloudTrailARNInvalidException', 'InvalidTrailNameException'];
const trailErrors: readonly ErrorName[] = [...namingErrors, 'TrailNotFoundException'];

/** For operations that have no resource. */
export const asksInGeneral = () => [{ resource: '*' }];

function asksForTrail(member: string) {
  return ({ input, place }: CloudTrailCall<unknown>, { archive }: Archives) => {
    const named: unknown = Object(input)[member]; // a text, by its shape
    return [{ resource: namedTrailArn(String(named), place.accountId, archive) }];
  };
}

export const describeTrails = cloudTrailOperation({
  name: 'DescribeTrails',
  input: structure({ trailNameList: optional(list(string())), includeShadowTrails: optional(boolean) }),
  output: structure({ trailList: optional(list(trailShape)) }),
  errors: namingErrors,
  asks: asksInGeneral,
  run({ input, place }, { archive }) {
    const { trailNameList = [], includeShadowTrails = true } = input;
    const isListed =
      trailNameList.length === 0
        ? includeShadowTrails || place.region === archive.homeRegion
        : trailNameList.filter((name) => isOurs(name, { place }, archive)).length > 0;
    return { trailList: isListed ? [trailOf(place.accountId, archive)] : [] };
  },
});

/** A name is one of a trail of this Region. Throws where it is no name. */
function isOurs(name: string, { place }: Pick<CloudTrailCall<unknown>, 'place'>, archive: AuditArchive): boolean {
  const isHere = name.startsWith('arn:') || place.region === archive.homeRegion;
  return namedTrailArn(name, place.accountId, archive) === trailArn(place.accountId, archive) && isHere;
}

export const getTrail = cloudTrailOperation({
  name: 'GetTrail',
  input: structure({ Name: string() }),
  output: structure({ Trail: optional(trailShape) }),
  errors: trailErrors,
  asks: asksForTrail('Name'),
  run({ input, place }, { archive }) {
    requireTrail(input.Name, place, archive);
    return { Trail: trailOf(place.accountId, archive) };
  },
});

export const getTrailStatus = cloudTrailOperation({
  name: 'GetTrailStatus',
  input: structure({ Name: string() }),
  output: structure({
    IsLogging: optional(boolean),
    LatestDeliveryError: text,
    LatestNotificationError: text,
    LatestDeliveryTime: time,
    LatestNotificationTime: time,
    StartLoggingTime: time,
    StopLoggingTime: time,
    LatestCloudWatchLogsDeliveryError: text,
    LatestCloudWatchLogsDeliveryTime: time,
    LatestDigestDeliveryTime: time,
    LatestDigestDeliveryError: text,
    LatestDeliveryAttemptTime: text,
    LatestNotificationAttemptTime: text,
    LatestNotificationAttemptSucceeded: text,
    LatestDeliveryAttemptSucceeded: text,
    TimeLoggingStarted: text,
    TimeLoggingStopped: text,
  }),
  errors: trailErrors,
  asks: asksForTrail('Name'),
  run({ input, place }, { archive }) {
    requireTrail(input.Name, place, archive);
    const status = archive.status(place.accountId);
    const inText = (milliseconds: number | undefined) => (milliseconds === undefined ? '' : eventTimeOf(milliseconds));
    return {
      IsLogging: true,
      StartLoggingTime: status?.startedMs,
      LatestDeliveryTime: status?.latestDeliveryMs,
      LatestDigestDeliveryTime: status?.latestDigestMs,
      LatestDeliveryAttemptTime: inText(status?.latestDeliveryMs),
      LatestDeliveryAttemptSucceeded: inText(status?.latestDeliveryMs),
      LatestNotificationAttemptTime: '',
      LatestNotificationAttemptSucceeded: '',
      TimeLoggingStarted: inText(status?.startedMs),
      TimeLoggingStopped: '',
    };
  },
});

export const listTrails = cloudTrailOperation({
  name: 'ListTrails',
  input: structure({ NextToken: text }),
  output: structure({
    Trails: optional(list(structure({ TrailARN: text, Name: text, HomeRegion: text }))),
    NextToken: text,
  }),
  errors: [],
  asks: asksInGeneral,
  // All of them come at once, and it lists no error for a token.
  run({ place }, { archive }) {
    const { TrailARN, Name, HomeRegion } = trailOf(place.accountId, archive);
    return { Trails: [{ TrailARN, Name, HomeRegion }] };
  },
});

const operator = optional(list(string()));

export const getEventSelectors = cloudTrailOperation({
  name: 'GetEventSelectors',
  input: structure({ TrailName: string() }),
  output: structure({
    TrailARN: text,
    EventSelectors: optional(
      list(
        structure({
          ReadWriteType: text,
          IncludeManagementEvents: optional(boolean),
          DataResources: optional(list(structure({ Type: text, Values: optional(list(string())) }))),
          ExcludeManagementEventSources: optional(list(string())),
        }),
      ),
    ),
    AdvancedEventSelectors: optional(
      list(
        structure({
          Name: text,
          FieldSelectors: list(
            structure({
              Field: string(),
              Equals: operator,
              StartsWith: operator,
              EndsWith: operator,
              NotEquals: operator,
              NotStartsWith: operator,
              NotEndsWith: operator,
            }),
          ),
        }),
      ),
    ),
  }),
  errors: trailErrors,
  asks: asksForTrail('TrailName'),
  run({ input, place }, { archive }) {
    requireTrail(input.TrailName, place, archive);
    const bucketArn = `arn:${partitionOf(archive.homeRegion)}:s3:::${archive.bucketOf(place.accountId)}`;
    return {
      TrailARN: trailArn(place.accountId, archive),
      EventSelectors: [
        {
          ReadWriteType: 'All',
          IncludeManagementEvents: true,
          DataResources: [{ Type: 'AWS::S3::Object', Values: [`${bucketArn}/`] }],
          ExcludeManagementEventSources: [],
        },
      ],
    };
  },
});
