/**
 * Requests as the AWS SDK for JavaScript sends them (its headers, in its order, and what it signs), signed for now and
 * made into bytes: for the load as a pool of different ones, for everything else one at a time.
 */
import { createHash, randomUUID } from 'node:crypto';
import { signRequest } from '#test/harness/sign.ts';
import type { Endpoint } from './connection.ts';
import type { RequestPool } from './load-run.ts';

export interface Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

/** Where signed requests go. */
export interface Service extends Endpoint {
  /** In tables and messages. */
  readonly name: string;
  readonly credentials: Credentials;
}

export interface ApiCall {
  readonly operation: string;
  readonly input: object;
}

export const region = 'us-east-1';

/** Headers, Host and Content-Length among them, and body. */
export function signCall({ host, port, credentials }: Service, { operation, input }: ApiCall) {
  const body = JSON.stringify(input);
  const headers = signRequest({
    method: 'POST',
    host: `${host}:${port}`,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `TrentService.${operation}`,
      'content-length': String(Buffer.byteLength(body)),
      'x-amz-user-agent': 'aws-sdk-js/3.0.0',
      'amz-sdk-invocation-id': randomUUID(),
      'amz-sdk-request': 'attempt=1; max=3',
      'x-amz-content-sha256': createHash('sha256').update(body).digest('hex'),
    },
    body,
    credentials,
    region,
    service: 'kms',
    date: new Date(),
  });
  return { headers: { 'user-agent': 'aws-sdk-js/3.0.0 os/linux lang/js md/nodejs api/kms', ...headers }, body };
}

/** The pool: for each call its bytes, in the same order. */
export function signPool(service: Service, calls: readonly ApiCall[]): RequestPool {
  const requests = calls.map((call) => {
    const { headers, body } = signCall(service, call);
    const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    return Buffer.from(`POST / HTTP/1.1\r\n${lines.join('')}Connection: keep-alive\r\n\r\n${body}`);
  });
  let end = 0;
  const ends = Uint32Array.from(requests, ({ length }) => (end += length));
  const bytes = new Uint8Array(end);
  requests.forEach((request, index) => void bytes.set(request, (ends[index] ?? 0) - request.length));
  return { bytes, ends };
}
