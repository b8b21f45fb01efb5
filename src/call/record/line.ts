/**
 * The records of a request, each as a line of JSON: one in the trail of the caller's account and, where keys of another account
 * have been used, one in the trail of that. What is the same for many requests is put into JSON once. Source: AWS CloudTrail User
 * Guide, CloudTrail record contents.
 */
import { eventIdOf, eventTimeOf, eventVersion } from '#audit/event.ts';
import type { AuditEntry } from '#call/audit.ts';
import { protocolOf } from '#call/protocols.ts';
import { codeOf } from '#call/query/protocol.ts';
import { s3CodeOf } from '#call/s3/refusal.ts';
import type { ErrorName } from '#model/api-error.ts';
import type { AccountId, Region } from '#model/arn.ts';
import { decisionOf } from './decision.ts';
import { foreignIdentityOf, identityOf } from './identity.ts';
import { operationFacts } from './operations.ts';
import { foreignOwnersOf, resourcesOf, roleAccountOf } from './resources.ts';

/** Where records go that nobody's account has a claim to. */
export interface Home {
  readonly accountId: AccountId;
  readonly region: Region;
}

/** At least one; the first is that of the caller's account. */
export function recordLines(entry: AuditEntry, home: Home): readonly string[] {
  const recipient = recipientOf(entry) ?? home.accountId;
  const owners = foreignOwnersOf(entry);
  const parts = partsOf(entry, home);
  if (owners.length === 0) return [lineFor(recipient, identityOf(entry), parts)];
  const sharedId = eventIdOf(`shared ${entry.received.requestId}`, recipient);
  const partsFor = (account: AccountId): Parts => ({ ...parts, additional: additionalOf(entry, parts.own, account) });
  return [
    lineFor(recipient, identityOf(entry), partsFor(recipient), sharedId),
    ...owners.map((owner) => lineFor(owner, foreignIdentityOf(entry), partsFor(owner), sharedId)),
  ];
}

/** Whose trail a request belongs into: of a token that stands for nobody of any account, that of the role. */
function recipientOf(entry: AuditEntry): AccountId | undefined {
  const { caller, webIdentity } = entry;
  return caller?.accountId ?? (webIdentity && roleAccountOf(entry));
}

interface Parts {
  readonly requestId: string;
  /** From the time of the event to the answer, and from what it was done with on, without what each account has of its own. */
  readonly head: string;
  readonly additional: string;
  readonly tail: string;
  /** What the operation itself has to add. */
  readonly own: readonly string[];
}

function partsOf(entry: AuditEntry, home: Home): Parts {
  const { received, place, startedAtMs } = entry;
  const { client, requestId } = received;
  const { service, name, isReadOnly, isData, parameters, response, additional } = operationFacts(entry);
  // Diverges: record-time
  const head =
    `"eventTime":"${timeOf(startedAtMs)}","eventSource":"${service}.amazonaws.com","eventName":"${name}",` +
    `"awsRegion":"${place?.region ?? home.region}","sourceIPAddress":"${client.address ?? 'unknown'}",` +
    `"userAgent":${quoted(client.userAgent ?? '')}${errorOf(entry)},` +
    `"requestParameters":${parameters ?? 'null'},"responseElements":${response ?? 'null'}`;
  const resources = resourcesOf(entry);
  const tail =
    `"readOnly":${isReadOnly}${resources === '' ? '' : `,"resources":[${resources}]`},"eventType":"AwsApiCall",` +
    `"managementEvent":${!isData},"eventCategory":"${isData ? 'Data' : 'Management'}"${tlsOf(entry)}`;
  return { requestId, head, additional: additionalOf(entry, additional), tail, own: additional };
}

function additionalOf(entry: AuditEntry, own: readonly string[], recipient?: AccountId): string {
  let data = decisionOf(entry, recipient);
  for (const member of own) data += `${data === '' ? '' : ','}${member}`;
  return data === '' ? '' : `,"additionalEventData":{${data}}`;
}

function lineFor(recipient: AccountId, identity: string, parts: Parts, sharedId?: string): string {
  const { requestId, head, additional, tail } = parts;
  const shared = sharedId === undefined ? '' : `"sharedEventID":"${sharedId}",`;
  return (
    `{"eventVersion":"${eventVersion}","userIdentity":${identity},${head}${additional},"requestID":"${requestId}",` +
    `"eventID":"${eventIdOf(requestId, recipient)}","recipientAccountId":"${recipient}",${shared}${tail}}`
  );
}

function errorOf(entry: AuditEntry): string {
  const { refusal } = entry;
  if (refusal === undefined) return '';
  const message = JSON.stringify(refusal.message.slice(0, longestText));
  return `,"errorCode":"${errorCodeOf(entry, refusal.name)}","errorMessage":${message}`;
}

/** As the caller was told, but for denials, for which CloudTrail has its own word. */
function errorCodeOf({ operation, received: { request } }: AuditEntry, name: ErrorName): string {
  if (name === 'AccessDeniedException') return 'AccessDenied';
  switch (protocolOf(request)) {
    case 'query':
      return codeOf(name, operation)?.[0] ?? name;
    case 's3':
      return s3CodeOf(name)?.[0] ?? name;
    case 'cloudtrail':
      return name === 'KMSInternalException' ? 'InternalFailure' : name;
    case 'kms':
      return name;
  }
}

let lastSecond = { atMs: -1, text: '' };

function timeOf(milliseconds: number): string {
  const atMs = Math.floor(milliseconds / 1000);
  if (atMs !== lastSecond.atMs) lastSecond = { atMs, text: eventTimeOf(milliseconds) };
  return lastSecond.text;
}

const quotedTexts = new Map<string, string>();
const quotedAtMost = 1000;
/** CloudTrail User Guide, CloudTrail record contents: of userAgent and errorMessage. */
const longestText = 1024;

/** A text as JSON, cut off where it is long: texts that clients choose come again and again. */
function quoted(text: string): string {
  const known = quotedTexts.get(text);
  if (known !== undefined) return known;
  if (quotedTexts.size >= quotedAtMost) quotedTexts.clear();
  const json = JSON.stringify(text.slice(0, longestText));
  if (text.length <= longestText) quotedTexts.set(text, json);
  return json;
}

function tlsOf({ received: { client } }: AuditEntry): string {
  const { tls } = client;
  if (tls === undefined) return '';
  const host = client.host === undefined ? '' : `,"clientProvidedHostHeader":${quoted(client.host)}`;
  return `,"tlsDetails":{"tlsVersion":"${tls.version}","cipherSuite":"${tls.cipherSuite}"${host}}`;
}
