/** An archive of files and events that a test makes up, and clients of the two services that read it. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { request } from 'node:http';
import type { AuditArchive } from '#audit/archive.ts';
import { bucketOf, type DeliveredFile, type DigestKey } from '#audit/delivery/delivered-files.ts';
import { type AuditEvent, serviceEvent } from '#audit/event.ts';
import type { Lookup, lookupAttributes } from '#audit/search/lookup.ts';
import { usernameOf } from '#audit/search/terms.ts';
import { parseAccountId, parseRegion, type Region } from '#model/arn.ts';
import { type Answer, answerOf, type Caller, type Kms } from './kms.ts';
import { presign, signRequest, targetOf } from './sign.ts';

export const bucket = 'keywright-audit-111122223333';

export interface FakeFile {
  readonly key: string;
  readonly content: string | Uint8Array;
  readonly metadata?: Readonly<Record<string, string>>;
}

export interface FakeArchive extends AuditArchive {
  /** Of account 111122223333; more may be added. */
  readonly held: Map<string, FakeFile>;
  /** Of whatever account, in the order of their times. */
  readonly events: AuditEvent[];
  readonly keys: DigestKey[];
  /** The keys that were asked for, as they came. */
  readonly asked: string[];
  /** How many files have been listed. */
  listed: number;
}

export const modifiedMs = Date.UTC(2026, 0, 2, 3, 4, 5, 678);

export function fakeArchive(files: readonly FakeFile[] = [], home = 'us-east-1'): FakeArchive {
  const held = new Map(files.map((file) => [file.key, file]));
  const isOwner = (accountId: string) => accountId === '111122223333';
  const archive: FakeArchive = {
    held,
    events: [],
    keys: [],
    asked: [],
    listed: 0,
    homeRegion: regionOf(home),
    bucketOf,
    isBucketOf: (accountId, name) => name === archive.bucketOf(accountId),
    keyPrefix: '',
    files: {
      async list(accountId, { prefix, after, limit }) {
        const bytes = (text: string) => Buffer.from(text);
        const found = [...held.values()]
          .filter(({ key }) => isOwner(accountId) && key.startsWith(prefix) && bytes(key).compare(bytes(after)) > 0)
          .toSorted((a, b) => bytes(a.key).compare(bytes(b.key)))
          .slice(0, limit);
        archive.listed += found.length;
        return found.map(described);
      },
      async find(accountId, key) {
        archive.asked.push(key);
        const file = isOwner(accountId) ? held.get(key) : undefined;
        return file && described(file);
      },
      async read(accountId, key, { from, to }) {
        const file = isOwner(accountId) ? held.get(key) : undefined;
        return file && Buffer.from(file.content).subarray(from, to + 1);
      },
    },
    digestKeys: async (accountId) => (isOwner(accountId) ? archive.keys : []),
    search: { lookup: async (wish) => lookUp(archive.events, wish) },
    status: (accountId) =>
      isOwner(accountId) ? { startedMs: modifiedMs, latestDeliveryMs: modifiedMs + 60_000 } : undefined,
  };
  return archive;
}

function regionOf(text: string): Region {
  const region = parseRegion(text);
  assert(region !== undefined);
  return region;
}

function described({ key, content, metadata = {} }: FakeFile): DeliveredFile {
  const etag = createHash('md5').update(content).digest('hex');
  return { key, bytes: Buffer.byteLength(content), lastModifiedMs: modifiedMs, etag, metadata };
}

/** Plainly: every event is looked at. */
function lookUp(events: readonly AuditEvent[], { accountId, region, attribute, fromMs, toMs, limit, after }: Lookup) {
  const found = events
    .map((event, position) => ({ event, position, atMs: Date.parse(event.eventTime) }))
    .filter(
      ({ event, atMs }) =>
        event.recipientAccountId === accountId && event.awsRegion === region && atMs >= fromMs && atMs <= toMs,
    )
    .filter(({ event }) => attribute === undefined || valuesOf(event, attribute.name).includes(attribute.value))
    .filter(({ position }) => after === undefined || position <= after)
    .reverse();
  return { lines: found.slice(0, limit).map(({ event }) => JSON.stringify(event)), next: found[limit]?.position };
}

function valuesOf(event: AuditEvent, name: (typeof lookupAttributes)[number]): readonly unknown[] {
  const { resources = [], userIdentity } = event;
  return {
    EventId: [event.eventID],
    EventName: [event.eventName],
    ReadOnly: [String(event.readOnly)],
    Username: [usernameOf(event)],
    ResourceType: resources.map(({ type }) => type),
    ResourceName: resources.map(({ ARN }) => ARN),
    EventSource: [event.eventSource],
    AccessKeyId: [userIdentity['accessKeyId']],
  }[name];
}

export function eventAt(atMs: number, changes: Partial<AuditEvent> = {}): AuditEvent {
  const [accountId, region] = [parseAccountId('111122223333'), parseRegion('us-east-1')];
  assert(accountId !== undefined && region !== undefined);
  return { ...serviceEvent({ eventName: 'RotateKey', accountId, region, atMs }), ...changes };
}

export interface Asking {
  readonly caller?: Caller;
  readonly region?: string;
}

/** Calls CloudTrail as botocore does. */
export async function cloudTrail(
  kms: Kms,
  operation: string,
  input: unknown = {},
  asking: Asking & { target?: string } = {},
): Promise<Answer> {
  const { target = `com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.${operation}` } = asking;
  const body = JSON.stringify(input);
  const { host, ...headers } = signRequest({
    ...signing(kms, asking),
    service: 'cloudtrail',
    method: 'POST',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body,
  });
  assert(host !== undefined);
  return answerOf(await fetch(kms.url, { method: 'POST', headers, body }));
}

export interface S3Asking extends Asking {
  readonly method?: string;
  readonly query?: readonly (readonly [name: string, value: string])[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** `unsigned` for nobody. */
  readonly how?: 'header' | 'presigned' | 'unsigned';
}

export interface S3Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly bytes: Buffer;
  readonly text: string;
  /** Of a refusal. */
  readonly code: string | undefined;
}

/** Calls S3 with the path exactly as it is given. */
export function s3(kms: Kms, path: string, asking: S3Asking = {}): Promise<S3Answer> {
  const { method = 'GET', query = [], headers = {}, body = '', how = 'header' } = asking;
  const toSign = { ...signing(kms, asking), service: 's3', method, path, query, body };
  const hash = { 'x-amz-content-sha256': createHash('sha256').update(body).digest('hex') };
  if (how === 'presigned') return sendTo(kms, method, presign({ ...toSign, headers, expiresSeconds: 60 }), { headers });
  if (how === 'unsigned') return sendTo(kms, method, targetOf(path, query), { headers });
  return sendTo(kms, method, targetOf(path, query), {
    headers: signRequest({ ...toSign, headers: { ...hash, ...headers } }),
    body,
  });
}

function signing(kms: Kms, { caller = kms.root, region = 'us-east-1' }: Asking) {
  return { host: new URL(kms.url).host, credentials: caller, region, date: new Date(kms.clock.now()) };
}

/** Not fetch: it would tidy the path up. */
export function sendTo(
  kms: Kms,
  method: string,
  path: string,
  { headers = {}, body = '' }: { headers?: Readonly<Record<string, string>>; body?: string } = {},
): Promise<S3Answer> {
  const { hostname, port } = new URL(kms.url);
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        hostname,
        port,
        method,
        path,
        headers: { ...headers, 'content-length': Buffer.byteLength(body) },
        timeout: 10_000,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk) => chunks.push(chunk));
        response.on('error', reject);
        response.on('end', () => {
          const bytes = Buffer.concat(chunks);
          const text = bytes.toString('latin1');
          const code = /<Error><Code>(.+?)<\/Code>/.exec(text)?.[1];
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as S3Answer['headers'],
            bytes,
            text,
            code,
          });
        });
      },
    );
    sent.on('timeout', () => sent.destroy(new Error('no answer')));
    sent.on('error', reject);
    sent.end(body);
  });
}

/** The contents of all elements of a name, in their order. */
export function elements(xml: string, name: string): readonly string[] {
  return [...xml.matchAll(new RegExp(`<${name}>(.*?)</${name}>`, 'gs'))].map(([, content = '']) => content);
}
