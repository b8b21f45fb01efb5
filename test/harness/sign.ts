/**
 * A client's side of Signature Version 4, for tests and the benchmark: written from the IAM User Guide ("Create a signed
 * AWS API request") as plainly as can be, and sharing nothing with src/protocol/sigv4, so that each checks the other.
 * The path must hold no dot segments and no empty ones, but for S3, which wants it as it is sent.
 */

import { createHash, createHmac } from 'node:crypto';

export interface ToSign {
  method: string;
  /** The value of the Host header, with its port if that is not the default one. */
  host: string;
  /** As it will be sent: percent-encoded. */
  path?: string;
  /** Not encoded. */
  query?: readonly (readonly [name: string, value: string])[];
  /** Signed, every one of them. Host, X-Amz-Date and X-Amz-Security-Token are added. */
  headers?: Readonly<Record<string, string>>;
  body?: string | Uint8Array;
  credentials: { accessKeyId: string; secretAccessKey: string; sessionToken?: string };
  region: string;
  service: string;
  date: Date;
}

/** All headers to send. */
export function signRequest(request: ToSign): Record<string, string> {
  const { accessKeyId, sessionToken } = request.credentials;
  const headers: Record<string, string> = {
    ...request.headers,
    host: request.host,
    'x-amz-date': amzDate(request.date),
    ...(sessionToken === undefined ? {} : { 'x-amz-security-token': sessionToken }),
  };
  const { signedHeaders, signature } = sign(request, headers, request.query ?? []);
  const authorization = `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope(request)}, SignedHeaders=${signedHeaders}, Signature=${signature}`;
  return { ...headers, authorization };
}

/** The path and query to request; `headers` and Host must be sent with it. */
export function presign(request: ToSign & { expiresSeconds: number }): string {
  const { accessKeyId, sessionToken } = request.credentials;
  const headers = { ...request.headers, host: request.host };
  const query: [string, string][] = [
    ...(request.query ?? []).map(([name, value]): [string, string] => [name, value]),
    ['X-Amz-Algorithm', 'AWS4-HMAC-SHA256'],
    ['X-Amz-Credential', `${accessKeyId}/${scope(request)}`],
    ['X-Amz-Date', amzDate(request.date)],
    ['X-Amz-Expires', String(request.expiresSeconds)],
    ['X-Amz-SignedHeaders', headerNames(headers).join(';')],
  ];
  if (sessionToken !== undefined) query.push(['X-Amz-Security-Token', sessionToken]);
  query.push(['X-Amz-Signature', sign(request, headers, query).signature]);
  return targetOf(request.path, query);
}

/** A request target from a path and a query that is not encoded yet. */
export function targetOf(path = '/', query: ToSign['query'] = []): string {
  return query.length === 0 ? path : `${path}?${query.map(encodePair).join('&')}`;
}

function sign(request: ToSign, headers: Record<string, string>, query: NonNullable<ToSign['query']>) {
  const isPresigned = request.service === 's3' && query.some(([name]) => name === 'X-Amz-Algorithm');
  const lowerCase = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
  const signedHeaders = headerNames(headers).join(';');
  const canonicalRequest = [
    request.method,
    request.service === 's3' ? (request.path ?? '/') : (request.path ?? '/').split('/').map(encode).join('/'),
    query.map(encodePair).toSorted(byNameThenValue).join('&'),
    ...headerNames(headers).map((name) => `${name}:${(lowerCase[name] ?? '').trim().replace(/\s+/g, ' ')}`),
    '',
    signedHeaders,
    lowerCase['x-amz-content-sha256'] ?? (isPresigned ? 'UNSIGNED-PAYLOAD' : sha256(request.body ?? '')),
  ].join('\n');
  const stringToSign = [
    'AWS4-HMAC-SHA256',
    amzDate(request.date),
    scope(request),
    sha256(Buffer.from(canonicalRequest, 'latin1')), // Node sends header values as latin1
  ].join('\n');
  const dateKey = hmac(`AWS4${request.credentials.secretAccessKey}`, amzDate(request.date).slice(0, 8));
  const signingKey = hmac(hmac(hmac(dateKey, request.region), request.service), 'aws4_request');
  return { signedHeaders, signature: hmac(signingKey, stringToSign).toString('hex') };
}

const headerNames = (headers: Record<string, string>): string[] =>
  Object.keys(headers)
    .map((name) => name.toLowerCase())
    .sort();

const scope = ({ date, region, service }: ToSign): string =>
  `${amzDate(date).slice(0, 8)}/${region}/${service}/aws4_request`;

const amzDate = (date: Date): string => `${date.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;

/** RFC 3986: encodeURIComponent leaves five characters alone that are not unreserved. */
const encode = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

const encodePair = ([name, value]: readonly [string, string]): string => `${encode(name)}=${encode(value)}`;

/** A space sorts before everything that encoding leaves over, as the end of a name must. */
function byNameThenValue(a: string, b: string): number {
  const [left, right] = [a.replace('=', ' '), b.replace('=', ' ')];
  return left < right ? -1 : Number(left > right);
}

const sha256 = (data: string | Uint8Array): string => createHash('sha256').update(data).digest('hex');

const hmac = (key: string | Uint8Array, text: string): Buffer => createHmac('sha256', key).update(text).digest();
