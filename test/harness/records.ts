/**
 * Whether a record is one that CloudTrail's documentation describes: which members it has, of which types, with which values.
 * Source: AWS CloudTrail User Guide, CloudTrail record contents, CloudTrail userIdentity element; AWS KMS Developer Guide, Logging
 * AWS KMS API calls with AWS CloudTrail.
 */
import assert from 'node:assert/strict';
import type { AuditEvent } from '#audit/event.ts';

type Check = (value: unknown) => boolean;
type Fields = Readonly<Record<string, Check>>;

const text: Check = (value) => typeof value === 'string' && value !== '';
const flag: Check = (value) => typeof value === 'boolean';
const matching =
  (pattern: RegExp): Check =>
  (value) =>
    typeof value === 'string' && pattern.test(value);
const one =
  (...values: readonly unknown[]): Check =>
  (value) =>
    values.includes(value);
const upTo =
  (most: number): Check =>
  (value) =>
    typeof value === 'string' && value.length <= most;
const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const filled: Check = (value) => isObject(value) && Object.keys(value).length > 0;
const filledOrNull: Check = (value) => value === null || filled(value);

const uuid = matching(/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/);
const time = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const account = matching(/^\d{12}$/);
const arn = matching(/^arn:aws[\w-]*:\w+:[\w-]*:(?:\d{12})?:.+$/);
const accessKeyId = matching(/^A[KS]IA[A-Z0-9]{12,28}$/);
const userName = matching(/^[\w+=,.@-]{1,128}$/);

/** Required, and optional. */
const record: readonly [Fields, Fields] = [
  {
    eventVersion: one('1.11'),
    userIdentity: filled,
    eventTime: time,
    eventSource: matching(/^(?:(?:kms|iam|sts|cloudtrail|s3)\.amazonaws\.com|keywright)$/),
    eventName: matching(/^[A-Za-z0-9]{1,64}$/),
    awsRegion: matching(/^[a-z]+(?:-[a-z]+)+-\d+$/),
    sourceIPAddress: text,
    userAgent: upTo(1024),
    requestParameters: filledOrNull,
    responseElements: filledOrNull,
    eventID: uuid,
    readOnly: flag,
    eventType: one('AwsApiCall', 'AwsServiceEvent'),
    managementEvent: flag,
    eventCategory: one('Management', 'Data'),
    recipientAccountId: account,
  },
  {
    errorCode: matching(/^[A-Za-z0-9.]{3,80}$/),
    errorMessage: upTo(1024),
    additionalEventData: filled,
    requestID: uuid,
    resources: (value) => Array.isArray(value) && value.length > 0,
    sharedEventID: uuid,
    serviceEventDetails: filled,
    tlsDetails: filled,
  },
];

const resource: readonly [Fields, Fields] = [
  { type: one('AWS::KMS::Key', 'AWS::IAM::Role', 'AWS::S3::Object', 'AWS::S3::Bucket'), ARN: arn },
  { accountId: account },
];

const tls: readonly [Fields, Fields] = [
  { tlsVersion: matching(/^TLSv1\.[23]$/), cipherSuite: text },
  { clientProvidedHostHeader: text },
];

const principal = { principalId: text, arn, accountId: account, accessKeyId };
const ofSession = { sessionContext: filled, invokedBy: matching(/^[a-z0-9-]+\.amazonaws\.com$/) };

/** By type; undefined for what has none: the service itself. */
const identities: Readonly<Record<string, readonly [Fields, Fields]>> = {
  Root: [principal, ofSession],
  IAMUser: [{ ...principal, userName }, ofSession],
  AssumedRole: [{ ...principal, sessionContext: filled }, ofSession],
  FederatedUser: [{ ...principal, sessionContext: filled }, ofSession],
  WebIdentityUser: [{ principalId: text, userName: text, identityProvider: arn }, {}],
  AWSAccount: [{ principalId: text, accountId: account }, {}],
  Unknown: [{}, { accessKeyId }],
};
const itself: readonly [Fields, Fields] = [{ accountId: account, invokedBy: one('AWS Internal') }, {}];

const sessionContext: readonly [Fields, Fields] = [
  { attributes: filled },
  { sessionIssuer: filled, webIdFederationData: filled, sourceIdentity: text },
];
const attributes: readonly [Fields, Fields] = [{ creationDate: time, mfaAuthenticated: one('false', 'true') }, {}];
const issuer: readonly [Fields, Fields] = [
  { type: one('Role', 'IAMUser', 'Root'), principalId: text, arn, accountId: account, userName },
  {},
];
const federation: readonly [Fields, Fields] = [{ federatedProvider: arn, attributes: isObject }, {}];

/** KMS Developer Guide, Logging AWS KMS API calls: what is omitted for security; and secrets of IAM and STS. */
const neverTold = new Set([
  'attestationDocument',
  'ciphertextBlob',
  'ciphertextForRecipient',
  'contextAssertion',
  'encodedMessage',
  'encryptedKeyMaterial',
  'grantToken',
  'grantTokens',
  'importToken',
  'keyStorePassword',
  'mac',
  'message',
  'password',
  'plaintext',
  'privateKeyCiphertextBlob',
  'privateKeyPlaintext',
  'rawSecretAccessKey',
  'secretAccessKey',
  'sessionToken',
  'sharedSecret',
  'sharedSecretCiphertextBlob',
  'signature',
  'tokenCode',
  'webIdentityToken',
]);

/** Throws AssertionError for what is not a record. */
export function assertRecord(event: unknown): asserts event is AuditEvent {
  assertFields(event, record, event);
  const { userIdentity, resources = [], tlsDetails, eventType, requestParameters, responseElements } = event;
  const { type } = userIdentity as { readonly type?: string };
  assertFields(userIdentity, type === undefined ? itself : (identities[type] ?? [{}, {}]), event, ['type']);
  assertSession(userIdentity['sessionContext'], event);
  assert(type === undefined || type in identities, `no such type: ${type}`);
  for (const one of resources as readonly unknown[]) assertFields(one, resource, event);
  if (tlsDetails !== undefined) assertFields(tlsDetails, tls, event);
  const says = (what: string, isSo: boolean) => assert(isSo, `${what}: ${JSON.stringify(event)}`);
  says('calls have a request id', eventType !== 'AwsApiCall' || event['requestID'] !== undefined);
  says('details are of service events', event['serviceEventDetails'] === undefined || eventType === 'AwsServiceEvent');
  says('code and message go together', (event['errorCode'] === undefined) === (event['errorMessage'] === undefined));
  says('what was refused has no answer', event['errorCode'] === undefined || responseElements === null);
  const givesNothing = event['readOnly'] !== true || event['eventSource'] === 'sts.amazonaws.com';
  says('reading has no response elements', givesNothing || responseElements === null);
  says('data events are not management events', event['managementEvent'] === (event['eventCategory'] === 'Management'));
  assertNothingSecret(requestParameters, event);
  assertNothingSecret(responseElements, event);
}

type Loose = Readonly<Record<string, unknown>> & { readonly userIdentity: Readonly<Record<string, unknown>> };

function assertFields(
  value: unknown,
  [required, optional]: readonly [Fields, Fields],
  event: unknown,
  besides: readonly string[] = [],
): asserts value is Loose {
  assert(isObject(value), JSON.stringify(event));
  const where = () => JSON.stringify(event);
  for (const name of Object.keys(required)) assert(name in value, `${name} is missing: ${where()}`);
  for (const [name, member] of Object.entries(value)) {
    if (besides.includes(name)) continue;
    const check = required[name] ?? optional[name];
    assert(check !== undefined, `${name} is no such member: ${where()}`);
    assert(check(member), `${name} is ${JSON.stringify(member)}: ${where()}`);
  }
}

function assertSession(context: unknown, event: unknown): void {
  if (context === undefined) return;
  assertFields(context, sessionContext, event);
  assertFields(context['attributes'], attributes, event);
  if ('sessionIssuer' in context) assertFields(context['sessionIssuer'], issuer, event);
  if ('webIdFederationData' in context) assertFields(context['webIdFederationData'], federation, event);
}

function assertNothingSecret(value: unknown, event: unknown): void {
  // Encryption contexts and tags are told, whatever is in them.
  if (Array.isArray(value)) for (const element of value) assertNothingSecret(element, event);
  if (!isObject(value)) return;
  for (const [name, member] of Object.entries(value)) {
    assert(!neverTold.has(name), `${name} is never told: ${JSON.stringify(event)}`);
    if (!/encryptionContext/i.test(name)) assertNothingSecret(member, event);
  }
}

/**
 * Asserts that these are the records of so many calls: each has one in the trail of its caller's account, and one more in the
 * trail of each account whose things were used, which says that they are of one call.
 */
export function assertRecordsOf(calls: ReadonlySet<string>, records: readonly AuditEvent[]): void {
  const byCall = new Map<string, AuditEvent[]>();
  for (const event of records) {
    assertRecord(event);
    if (event.eventType !== 'AwsApiCall' || event.userAgent === 'AWS Internal') continue;
    const { requestID = '' } = event;
    byCall.set(requestID, [...(byCall.get(requestID) ?? []), event]);
  }
  assert.deepEqual([...byCall.keys()].sort(), [...calls].sort(), 'one record for each call');
  for (const all of byCall.values()) {
    const own = all.find(({ userIdentity }) => userIdentity['type'] !== 'AWSAccount');
    assert(own !== undefined);
    const copies = all.filter((one) => one !== own);
    if (copies.length === 0) assert.equal(own.sharedEventID, undefined);
    const recipients = new Set([own.recipientAccountId, ...copies.map(({ recipientAccountId }) => recipientAccountId)]);
    assert.equal(recipients.size, copies.length + 1, 'an account has one record of a call');
    for (const copy of copies) {
      assert.equal(copy.userIdentity['type'], 'AWSAccount');
      assert(copy.sharedEventID !== undefined && copy.sharedEventID === own.sharedEventID);
    }
  }
  const ids = new Set(records.map(({ eventID }) => eventID));
  assert.equal(ids.size, records.length, 'every record has an id of its own');
}
