/** The test client's signer and the server's verifier were written apart from each other: they must agree. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ManualClock } from '#base/clock.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { ApiError } from '#model/api-error.ts';
import { readAuthorization } from '#protocol/sigv4/authorization.ts';
import type { SignedRequest } from '#protocol/sigv4/request.ts';
import { SignatureVerifier } from '#protocol/sigv4/verify.ts';
import { presign, signRequest, type ToSign, targetOf } from './sign.ts';

test("the signer makes the signature of AWS's get-vanilla case", () => {
  const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };
  const headers = signRequest({
    method: 'GET',
    host: 'example.amazonaws.com',
    credentials,
    region: 'us-east-1',
    service: 'service',
    date: new Date('2015-08-30T12:36:00Z'),
  });
  assert.match(headers['authorization'] ?? '', /5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31$/);
});

test('the verifier accepts what the signer signs, and nothing else', async () => {
  await fc.assert(fc.asyncProperty(toSign, fc.boolean(), fc.nat(), judge), { numRuns: 300 });
});

async function judge(client: ToSign, inQuery: boolean, pick: number): Promise<void> {
  const request = inQuery ? presigned(client) : inHeaders(client);
  const credential = await verify(client, request);
  assert.equal(credential.accessKeyId, client.credentials.accessKeyId);
  for (const [change, altered] of Object.entries(changes(request, pick))) {
    await assert.rejects(verify(client, altered), (error) => error instanceof ApiError, change);
  }
}

async function verify({ date, credentials }: ToSign, request: SignedRequest) {
  const verifier = new SignatureVerifier({
    clock: new ManualClock(date.getTime()),
    maxSkewSeconds: 300,
    find: ({ accessKeyId }) => ({
      accessKeyId,
      secret: new SecretBytes(Buffer.from(credentials.secretAccessKey)),
      known: accessKeyId === credentials.accessKeyId,
      sessionToken: credentials.sessionToken,
    }),
  });
  return verifier.verify(request, readAuthorization(request));
}

function inHeaders(client: ToSign): SignedRequest {
  const rawHeaders = Object.entries(signRequest(client)).flat();
  return { method: client.method, target: targetOf(client.path, client.query), rawHeaders, body: bodyOf(client) };
}

function presigned(client: ToSign): SignedRequest {
  const target = presign({ ...client, expiresSeconds: 60 });
  const rawHeaders = Object.entries({ ...client.headers, host: client.host }).flat();
  return { method: client.method, target, rawHeaders, body: bodyOf(client) };
}

const bodyOf = ({ body }: ToSign): Uint8Array => Buffer.from(body ?? '');

/** One change each, of a part or a character that `pick` chooses; all headers here are signed. */
function changes(request: SignedRequest, pick: number): Record<string, SignedRequest> {
  const { method, target, rawHeaders, body } = request;
  const at = 2 * (pick % (rawHeaders.length / 2));
  const changedBody = Buffer.from(body);
  if (changedBody.length > 0)
    changedBody.writeUInt8(changedBody.readUInt8(pick % changedBody.length) ^ 1, pick % changedBody.length);
  return {
    method: { ...request, method: method === 'GET' ? 'POST' : 'GET' },
    'header value': { ...request, rawHeaders: rawHeaders.with(at + 1, nudged(rawHeaders[at + 1] ?? '', pick)) },
    'header dropped': { ...request, rawHeaders: rawHeaders.toSpliced(at, 2) },
    'header repeated': { ...request, rawHeaders: [...rawHeaders, ...rawHeaders.slice(at, at + 2)] },
    'x-amz header added': { ...request, rawHeaders: [...rawHeaders, 'x-amz-extra', ''] },
    'target character': { ...request, target: nudged(target, pick) },
    'path extended': { ...request, target: target.replace('?', 'x?').replace(/^([^?]*)$/, '$1x') },
    'parameter added': { ...request, target: `${target}${target.includes('?') ? '&' : '?'}extra=1` },
    'body bit': changedBody.length > 0 ? { ...request, body: changedBody } : { ...request, body: Buffer.from('x') },
    'body longer': { ...request, body: Buffer.concat([body, Buffer.from([0])]) },
  };
}

/** Another character at a place that `pick` chooses; one that is a letter or a digit, since white space may be equal. */
function nudged(text: string, pick: number): string {
  const places = [...text.matchAll(/[A-Za-z0-9]/g)].map(({ index }) => index);
  const at = places[pick % Math.max(places.length, 1)];
  if (at === undefined) return `${text}x`;
  return `${text.slice(0, at)}${text[at] === 'q' ? 'j' : 'q'}${text.slice(at + 1)}`;
}

/** Printable bytes as they travel in a header: ASCII, and Latin-1 without the no-break space, which clients trim. */
const headerText = fc.string({
  unit: fc
    .oneof(fc.integer({ min: 0x20, max: 0x7e }), fc.integer({ min: 0xa1, max: 0xff }))
    .map((c) => String.fromCharCode(c)),
  maxLength: 30,
});
const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,12}$/).filter((each) => !/^(host|date|authorization)$/.test(each));
const headers = fc.dictionary(
  fc.oneof(
    name,
    name.map((each) => `X-Amz-Meta-${each}`),
  ),
  headerText,
  { maxKeys: 6 },
);
const parameter = fc.tuple(
  fc.string({ unit: 'grapheme', maxLength: 8 }),
  fc.string({ unit: 'grapheme', maxLength: 8 }),
);

const toSign: fc.Arbitrary<ToSign> = fc.record({
  method: fc.constantFrom('GET', 'POST', 'PUT'),
  host: fc.constantFrom('kms.us-east-1.amazonaws.com', '127.0.0.1:4566', '[::1]:4566'),
  path: fc.constantFrom('/', '/a', '/a%20b/', '/kms/%E1%88%B4', '/a~b'),
  query: fc.array(parameter, { maxLength: 4 }),
  headers: headers.filter((each) => {
    const lowerCase = Object.keys(each).map((key) => key.toLowerCase());
    return new Set(lowerCase).size === lowerCase.length;
  }),
  body: fc.oneof(fc.string(), fc.uint8Array({ maxLength: 300 })),
  credentials: fc.oneof(
    fc.record({ accessKeyId: fc.constant('AKIDEXAMPLE'), secretAccessKey: fc.string({ minLength: 1 }) }),
    fc.record({
      accessKeyId: fc.constant('ASIDEXAMPLE'),
      secretAccessKey: fc.string({ minLength: 1 }),
      sessionToken: fc.stringMatching(/^[A-Za-z0-9+/]{1,60}={0,2}$/),
    }),
  ),
  region: fc.constantFrom('us-east-1', 'eu-central-2'),
  service: fc.constantFrom('kms', 'sts'),
  date: fc.date({ min: new Date('2000-01-01'), max: new Date('2100-01-01'), noInvalidDate: true }),
});
