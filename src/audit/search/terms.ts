/**
 * What an event can be found by: the attributes of LookupEvents with their values. Source: AWS CloudTrail API Reference,
 * LookupAttribute; AWS CloudTrail User Guide, CloudTrail userIdentity element.
 */
import type { AuditEvent } from '#audit/event.ts';
import { sha256Hex } from '#crypto/digest.ts';
import { type LookupAttribute, lookupAttributes } from './lookup.ts';

/** As far as events have them. */
type Attributes = Readonly<Record<LookupAttribute, readonly string[]>>;

/** The values that an event has of an attribute, each once. */
export function valuesOf(event: AuditEvent, name: LookupAttribute): readonly string[] {
  return attributesOf(event)[name];
}

function attributesOf(event: AuditEvent): Attributes {
  const { eventID, eventName, eventSource, readOnly, userIdentity, resources = [] } = event;
  const { accessKeyId } = userIdentity;
  const username = usernameOf(event);
  return {
    EventId: [eventID],
    EventName: [eventName],
    ReadOnly: [String(readOnly)],
    Username: username === undefined ? [] : [username],
    ResourceType: unique(resources.map(({ type }) => type)),
    ResourceName: unique(resources.flatMap(({ ARN }) => namesOf(ARN))),
    EventSource: [eventSource],
    AccessKeyId: typeof accessKeyId === 'string' ? [accessKeyId] : [],
  };
}

/** The name of the user or the role session, `root` for the root user; undefined for callers of other accounts and services. */
export function usernameOf({ userIdentity }: AuditEvent): string | undefined {
  const { type, userName, arn } = userIdentity;
  if (typeof userName === 'string') return userName;
  if (type === 'Root') return 'root';
  if (type !== 'AssumedRole' && type !== 'FederatedUser') return undefined;
  return typeof arn === 'string' ? arn.slice(arn.lastIndexOf('/') + 1) : undefined;
}

/** An ARN, and the id or the alias in that of a key. */
function namesOf(arn: string): readonly string[] {
  // Diverges: lookup-resource-names
  const [, , service, , , ...resource] = arn.split(':');
  const name = resource.join(':').replace(/^key\//, '');
  return service === 'kms' && name !== '' ? [arn, name] : [arn];
}

function unique(values: readonly string[]): readonly string[] {
  return values.length > 1 ? [...new Set(values)] : values;
}

export interface Term {
  readonly accountId: string;
  readonly region: string;
  /** Undefined: all events of the account in the Region. */
  readonly attribute?: { readonly name: LookupAttribute; readonly value: string } | undefined;
}

/** All terms that a management event can be found by, as texts; none for events about data, which LookupEvents does not tell of. */
export function termsOf(event: AuditEvent): readonly string[] {
  if (!isLookedUp(event)) return [];
  const scope = { accountId: event.recipientAccountId, region: event.awsRegion };
  const attributes = attributesOf(event);
  const terms = [termText(scope)];
  for (const name of lookupAttributes) {
    for (const value of attributes[name]) terms.push(termText({ ...scope, attribute: { name, value } }));
  }
  return terms;
}

export function isLookedUp({ eventCategory }: AuditEvent): boolean {
  return eventCategory === 'Management';
}

export function termText({ accountId, region, attribute }: Term): string {
  const scope = `${accountId} ${region}`;
  return attribute === undefined ? scope : `${scope} ${attribute.name}=${attribute.value}`;
}

/** 48 bits that stand for a term in an index. Others may have the same: what they lead to is looked at. */
export function termHash(text: string): number {
  return Number.parseInt(sha256Hex(text).slice(0, 12), 16);
}
