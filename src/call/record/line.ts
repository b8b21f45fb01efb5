/**
 * The records of a request, each as a line of JSON: one in the trail of the caller's account and, where keys of another account
 * have been used, one in the trail of that. What is the same for many requests is put into JSON once. Source: AWS CloudTrail User
 * Guide, CloudTrail record contents.
 */
import { eventIdOf, eventTimeOf, eventVersion } from '#audit/event.ts';
import type { AuditEntry } from '#call/audit.ts';
import type { AccountId, Region } from '#model/arn.ts';
import { decisionOf } from './decision.ts';
import { foreignIdentityOf, identityOf } from './identity.ts';
import { operationFacts } from './operations.ts';
import { foreignOwnersOf, resourcesOf } from './resources.ts';

/** Where records go that nobody's account has a claim to. */
export interface Home {
  readonly accountId: AccountId;
  readonly region: Region;
}

/** At least one; the first is that of the caller's account. */
export function recordLines(entry: AuditEntry, home: Home): readonly string[] {
  const { caller, received } = entry;
  const recipient = caller?.accountId ?? home.accountId;
  const owners = entry.refusal === undefined ? foreignOwnersOf(entry) : [];
  const sharedId = owners.length === 0 ? undefined : eventIdOf(`shared ${received.requestId}`, recipient);
  const parts = partsOf(entry, home);
  return [
    lineFor(recipient, identityOf(entry), sharedId, parts),
    ...owners.map((owner) => lineFor(owner, foreignIdentityOf(entry), sharedId, parts)),
  ];
}

interface Parts {
  readonly requestId: string;
  /** From the time of the event to the request id, and from there on, without what each account has of its own. */
  readonly head: string;
  readonly tail: string;
}

function partsOf(entry: AuditEntry, home: Home): Parts {
  const { received, refusal, service = 'kms', place, startedAtMs } = entry;
  const { client, requestId } = received;
  const { name, isReadOnly, isData, parameters, response, additional } = operationFacts(entry);
  const error =
    refusal === undefined
      ? ''
      : `,"errorCode":"${errorCodeOf(refusal.name)}","errorMessage":${JSON.stringify(refusal.message)}`;
  const data = [...decisionOf(entry), ...additional].join(',');
  const head =
    `"eventTime":"${timeOf(startedAtMs)}","eventSource":"${service}.amazonaws.com","eventName":${quoted(name)},` +
    `"awsRegion":"${place?.region ?? home.region}","sourceIPAddress":"${client.address ?? 'unknown'}",` +
    `"userAgent":${quoted(client.userAgent ?? '')}${error},` +
    `"requestParameters":${parameters ?? 'null'},"responseElements":${response ?? 'null'}` +
    (data === '' ? '' : `,"additionalEventData":{${data}}`);
  const resources = resourcesOf(entry);
  const tail =
    `"readOnly":${isReadOnly}${resources === '' ? '' : `,"resources":[${resources}]`},"eventType":"AwsApiCall",` +
    `"managementEvent":${!isData},"eventCategory":"${isData ? 'Data' : 'Management'}"${tlsOf(entry)}`;
  return { requestId, head, tail };
}

function lineFor(recipient: AccountId, identity: string, sharedId: string | undefined, parts: Parts): string {
  const { requestId, head, tail } = parts;
  const shared = sharedId === undefined ? '' : `"sharedEventID":"${sharedId}",`;
  return (
    `{"eventVersion":"${eventVersion}","userIdentity":${identity},${head},"requestID":"${requestId}",` +
    `"eventID":"${eventIdOf(requestId, recipient)}","recipientAccountId":"${recipient}",${shared}${tail}}`
  );
}

/** CloudTrail has its own word for denials. */
function errorCodeOf(name: string): string {
  return name === 'AccessDeniedException' ? 'AccessDenied' : name;
}

let lastSecond = { atMs: -1, text: '' };

function timeOf(milliseconds: number): string {
  const atMs = Math.floor(milliseconds / 1000);
  if (atMs !== lastSecond.atMs) lastSecond = { atMs, text: eventTimeOf(milliseconds) };
  return lastSecond.text;
}

const quotedTexts = new Map<string, string>();
const quotedAtMost = 1000;
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
