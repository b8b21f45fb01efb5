/**
 * A record of the trail, in CloudTrail's form. Source: AWS CloudTrail User Guide, CloudTrail record contents, CloudTrail
 * userIdentity element; AWS KMS Developer Guide, Logging AWS KMS API calls with AWS CloudTrail.
 */
import { sha256Hex } from '#crypto/digest.ts';
import { randomUUID } from '#crypto/random.ts';
import type { AccountId, Region } from '#model/arn.ts';
import type { TrailFailure } from './trail-listener.ts';

export const eventVersion = '1.11';

export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };
export type JsonObject = Readonly<Record<string, Json>>;

export interface EventResource {
  readonly accountId?: string;
  readonly type: string;
  readonly ARN: string;
}

/** All records; those of the service itself have fewer of the members. Members without a value are left out. */
export interface AuditEvent {
  readonly eventVersion: typeof eventVersion;
  readonly userIdentity: JsonObject;
  /** `2026-01-02T03:04:05Z` */
  readonly eventTime: string;
  readonly eventSource: string;
  readonly eventName: string;
  readonly awsRegion: string;
  readonly sourceIPAddress: string;
  readonly userAgent: string;
  readonly errorCode?: string;
  readonly errorMessage?: string;
  readonly requestParameters: JsonObject | null;
  readonly responseElements: JsonObject | null;
  readonly additionalEventData?: JsonObject;
  readonly requestID?: string;
  readonly eventID: string;
  readonly readOnly: boolean;
  readonly resources?: readonly EventResource[];
  readonly eventType: 'AwsApiCall' | 'AwsServiceEvent';
  readonly managementEvent: boolean;
  readonly recipientAccountId: string;
  readonly sharedEventID?: string;
  readonly serviceEventDetails?: JsonObject;
  readonly eventCategory: 'Management' | 'Data';
  readonly tlsDetails?: JsonObject;
}

/** Milliseconds to the form that CloudTrail has times in. */
export function eventTimeOf(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19)}Z`;
}

// Diverges: own-events
/** Of what this service does that AWS has no service for. */
export const ownEventSource = 'keywright';

export interface ServiceEvent {
  readonly eventName: string;
  /** `kms.amazonaws.com` for what AWS KMS does by itself, too; ours unless given. */
  readonly eventSource?: string;
  readonly accountId: AccountId;
  readonly region: Region;
  readonly atMs: number;
  readonly details?: JsonObject;
  readonly response?: JsonObject;
  readonly additional?: JsonObject;
  /** Of what counts as a call. */
  readonly requestId?: string;
  readonly resources?: readonly EventResource[];
  readonly error?: { readonly code: string; readonly message: string };
  /** SynchronizeMultiRegionKey counts as a call. */
  readonly eventType?: AuditEvent['eventType'];
  readonly readOnly?: boolean;
}

/** The record of something that the service did by itself. Source: AWS KMS Developer Guide, Auto-rotation and its kin. */
export function serviceEvent(event: ServiceEvent): AuditEvent {
  const { eventName, eventSource = ownEventSource, accountId, region, atMs, details, error } = event;
  return {
    eventVersion,
    userIdentity: { accountId, invokedBy: 'AWS Internal' },
    eventTime: eventTimeOf(atMs),
    eventSource,
    eventName,
    awsRegion: region,
    sourceIPAddress: 'AWS Internal',
    userAgent: 'AWS Internal',
    ...(error && { errorCode: error.code, errorMessage: error.message }),
    requestParameters: null,
    responseElements: event.response ?? null,
    ...(event.additional && { additionalEventData: event.additional }),
    ...(event.requestId !== undefined && { requestID: event.requestId }),
    eventID: randomUUID(),
    readOnly: event.readOnly ?? false,
    ...(event.resources && { resources: event.resources }),
    eventType: event.eventType ?? 'AwsServiceEvent',
    managementEvent: true,
    recipientAccountId: accountId,
    ...(details && { serviceEventDetails: details }),
    eventCategory: 'Management',
  };
}

/** Nobody is answered while the trail cannot be written, so the record of that is all that tells of who asked. */
export function trailFailureLine(
  home: Pick<ServiceEvent, 'accountId' | 'region'>,
  failure: TrailFailure,
  atMs: number,
): string {
  const { sinceMs, error, refused } = failure;
  const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
  const details = { since: eventTimeOf(sinceMs), refused, code };
  return JSON.stringify(serviceEvent({ eventName: 'AuditTrailFailure', ...home, atMs, details }));
}

/**
 * The id of the event that a request leaves in the trail of an account: callers and owners of keys have a trail each. It follows
 * from the two, so that whatever speaks of an event can name it; what has been told of it stays true as long as this stays.
 * Source of the form: RFC 9562, section 5.8.
 */
export function eventIdOf(requestId: string, accountId: AccountId): string {
  const digest = sha256Hex(`event\n${accountId}\n${requestId}`);
  const [a, b, c, d, e] = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    digest.slice(13, 16),
    digest.slice(17, 20),
    digest.slice(20, 32),
  ];
  return `${a}-${b}-8${c}-8${d}-${e}`;
}
