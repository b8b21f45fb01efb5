/**
 * What a record of the trail counts as in the figures of usage. A call counts once, with the record that the caller's account
 * has; the copy for the owner of a key, and what the service does by itself, are no calls.
 */
import type { AuditEvent, JsonObject } from '#audit/event.ts';

export interface CountedCall {
  /** `2026-01-02T03` */
  readonly hour: string;
  /** The caller's; that of the server for those of nobody. */
  readonly account: string;
  readonly region: string;
  /** `kms:Encrypt` */
  readonly operation: string;
  /** The ARN of the key; of ReEncrypt both, with a comma between, where they differ; '' for none that is known. */
  readonly key: string;
  /** The ARN of a user, a root user, or the role or user that a session is of; '' for nobody. */
  readonly principal: string;
  /** The spec of the key pair that is asked for, which prices depend on; else ''. */
  readonly variant: string;
  /** How many calls the record stands for. */
  readonly count: number;
  readonly hasFailed: boolean;
}

/** Undefined for what is no call, or is counted with another record. */
export function countedCall(event: AuditEvent): CountedCall | undefined {
  const { userIdentity, eventTime, recipientAccountId, awsRegion, errorCode } = event;
  if (eventTime === undefined) return undefined; // a line that is no event, by which the trail tried the medium
  const common = { hour: eventTime.slice(0, 13), account: recipientAccountId, region: awsRegion };
  if (event.eventType === 'AwsServiceEvent') {
    if (event.eventName !== 'UnauthenticatedCalls') return undefined;
    const count = Number(event.serviceEventDetails?.['count'] ?? 0);
    return { ...common, operation: 'Unauthenticated', key: '', principal: '', variant: '', count, hasFailed: true };
  }
  const { accountId, invokedBy } = userIdentity;
  const isCopy = typeof accountId === 'string' && accountId !== recipientAccountId;
  if (isCopy || invokedBy === 'AWS Internal') return undefined;
  return {
    ...common,
    operation: operationOf(event),
    key: keysOf(event).join(','),
    principal: principalOf(userIdentity),
    variant: textIn(event.requestParameters, 'keyPairSpec'),
    count: 1,
    hasFailed: errorCode !== undefined,
  };
}

const services = new Map<string, string>();

function operationOf({ eventSource, eventName }: AuditEvent): string {
  let service = services.get(eventSource);
  if (service === undefined) {
    service = eventSource.split('.')[0] ?? '';
    services.set(eventSource, service);
  }
  return `${service}:${eventName}`;
}

/** The ARNs of the keys that an event is about, each once. Aliases are listed as keys too, and are none. */
export function keysOf({ resources = [] }: AuditEvent): readonly string[] {
  const keys = resources.flatMap(({ ARN }) => (ARN.includes(':key/') ? [ARN] : []));
  return keys.length > 1 ? [...new Set(keys)] : keys;
}

/** Sessions count as the role or user that they are of: they are many, and each is gone soon. */
function principalOf(identity: JsonObject): string {
  const context: unknown = identity['sessionContext'];
  const issuer = textIn(Object(Object(context).sessionIssuer), 'arn');
  return issuer === '' ? textIn(identity, 'arn') : issuer;
}

/** '' where there is no such text. */
export function textIn(object: Readonly<Record<string, unknown>> | null, name: string): string {
  const value = object?.[name];
  return typeof value === 'string' ? value : '';
}
