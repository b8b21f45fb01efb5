/** Finds records of the last 90 days. Source: AWS CloudTrail API Reference, LookupEvents. */
import type { AuditEvent } from '#audit/event.ts';
import { type Lookup, lookupAttributes } from '#audit/search/lookup.ts';
import { openPosition, sealPosition } from '#audit/search/next-token.ts';
import { usernameOf } from '#audit/search/terms.ts';
import { dayMs } from '#base/clock.ts';
import { type CloudTrailCall, cloudTrailOperation } from '#call/cloudtrail/operation.ts';
import {
  invalidLookupAttributes,
  invalidMaxResults,
  invalidNextToken,
  invalidTimeRange,
} from '#model/cloudtrail-errors.ts';
import { enumeration, integer, list, optional, type Structure, string, structure, timestamp } from '#model/schema.ts';
import { asksInGeneral } from './trails.ts';

const text = optional(string());

const input = structure({
  LookupAttributes: optional(
    list(
      structure({
        AttributeKey: enumeration(lookupAttributes),
        AttributeValue: string({ min: 1, max: 2000 }),
      }),
    ),
  ),
  StartTime: optional(timestamp),
  EndTime: optional(timestamp),
  EventCategory: optional(enumeration(['insight'])),
  MaxResults: optional(integer()),
  NextToken: text,
});

type Input = Structure<typeof input.members>;

// Diverges: lookup-rate
export const lookupEvents = cloudTrailOperation({
  name: 'LookupEvents',
  input,
  output: structure({
    Events: optional(
      list(
        structure({
          EventId: text,
          EventName: text,
          ReadOnly: text,
          AccessKeyId: text,
          EventTime: optional(timestamp),
          EventSource: text,
          Username: text,
          Resources: optional(list(structure({ ResourceType: text, ResourceName: text }))),
          CloudTrailEvent: text,
        }),
      ),
    ),
    NextToken: text,
  }),
  errors: [
    'InvalidLookupAttributesException',
    'InvalidTimeRangeException',
    'InvalidMaxResultsException',
    'InvalidNextTokenException',
  ],
  asks: asksInGeneral,
  async run(call, { archive, markerKey }) {
    const lookup = lookupOf(call);
    const scope = scopeOf(call);
    const { NextToken, EventCategory } = call.input;
    const after = NextToken === undefined ? undefined : openPosition(markerKey, scope, NextToken);
    if (NextToken !== undefined && after === undefined) throw invalidNextToken();
    // Nothing is told of insights.
    if (EventCategory === 'insight') return { Events: [] };
    const { lines, next } = await archive.search.lookup({ ...lookup, after });
    return {
      Events: lines.map(shown),
      NextToken: next === undefined ? undefined : sealPosition(markerKey, scope, next),
    };
  },
});

const daysBack = 90;
const mostResults = 50;

/** Throws what is wrong with the wish. */
function lookupOf({ input, place, nowMs }: CloudTrailCall<Input>): Lookup {
  const { LookupAttributes = [], MaxResults: limit = mostResults } = input;
  if (LookupAttributes.length > 1) throw invalidLookupAttributes('Only one lookup attribute can be given.');
  if (limit < 1 || limit > mostResults) throw invalidMaxResults(mostResults);
  const [attribute] = LookupAttributes;
  return {
    ...place,
    ...timesOf(input, nowMs),
    attribute: attribute && { name: attribute.AttributeKey, value: attribute.AttributeValue },
    limit,
  };
}

/** Whole seconds, as records have them, the first and the last included. */
function timesOf({ StartTime, EndTime }: Pick<Input, 'StartTime' | 'EndTime'>, nowMs: number) {
  const earliestMs = nowMs - daysBack * dayMs;
  const toMs = Math.floor((EndTime ?? nowMs) / 1000) * 1000 + 999;
  const fromMs = Math.floor((StartTime ?? earliestMs) / 1000) * 1000;
  if (!Number.isSafeInteger(toMs) || !Number.isSafeInteger(fromMs)) throw invalidTimeRange('Not a time.');
  if (fromMs > toMs) throw invalidTimeRange('StartTime is after EndTime.');
  // Diverges: lookup-time-range
  if (toMs < earliestMs) throw invalidTimeRange(`EndTime is more than ${daysBack} days ago.`);
  return { fromMs: Math.max(fromMs, Math.floor(earliestMs / 1000) * 1000), toMs };
}

/** What must be the same for the next page. */
function scopeOf({ input, place }: CloudTrailCall<Input>): readonly string[] {
  const { LookupAttributes = [], StartTime, EndTime, EventCategory } = input;
  return [place.accountId, place.region, JSON.stringify([LookupAttributes, StartTime, EndTime, EventCategory])];
}

function shown(line: string) {
  const event: AuditEvent = JSON.parse(line); // the trail holds no others
  const { accessKeyId } = event.userIdentity;
  return {
    EventId: event.eventID,
    EventName: event.eventName,
    ReadOnly: String(event.readOnly),
    AccessKeyId: typeof accessKeyId === 'string' ? accessKeyId : undefined,
    EventTime: Date.parse(event.eventTime),
    EventSource: event.eventSource,
    Username: usernameOf(event),
    Resources: (event.resources ?? []).map(({ type, ARN }) => ({ ResourceType: type, ResourceName: ARN })),
    CloudTrailEvent: line,
  };
}
