/**
 * Signatures in the query string (IAM User Guide, Create a signed API request, "Add the signature to the request"). AWS
 * KMS has no known client that presigns; the form is here for the other services on the same port. Differences from the
 * header form: the session token is a signed parameter, and the client chooses how long the signature holds.
 */

import { readCredential, readSignedHeaders } from './credential.ts';
import type { QueryParameter } from './query.ts';
import { duplicateQueryPart, malformedExpires, missingQueryParts, twoForms, unsupportedAlgorithm } from './refusals.ts';
import { type Authorization, type SignedRequest, soleHeader } from './request.ts';

const maxExpiresSeconds = 604_800; // seven days, as AWS allows
const fewDigits = /^\d{1,6}$/;

const required = [
  'X-Amz-Algorithm',
  'X-Amz-Credential',
  'X-Amz-Signature',
  'X-Amz-SignedHeaders',
  'X-Amz-Date',
  'X-Amz-Expires',
];
const known: ReadonlySet<string> = new Set([...required, 'X-Amz-Security-Token']);
/** X-Amz-Date and the like alone do not make a request a presigned one. */
const telling: ReadonlySet<string> = new Set(['X-Amz-Algorithm', 'X-Amz-Credential', 'X-Amz-Signature']);

export function isPresigned(parameters: readonly QueryParameter[]): boolean {
  return parameters.some(({ name }) => telling.has(name));
}

export function readPresigned(request: SignedRequest, parameters: readonly QueryParameter[]): Authorization {
  // A token in a header next to a signature in the query would leave open which of two tokens counts.
  if (soleHeader(request.rawHeaders, 'x-amz-security-token') !== undefined) throw twoForms();
  const sent = new Map<string, string>();
  for (const { name, value } of parameters) {
    if (!known.has(name)) continue;
    if (sent.has(name)) throw duplicateQueryPart(name);
    sent.set(name, value);
  }
  const part = (name: string): string => sent.get(name) ?? '';
  const missing = required.filter((name) => part(name) === '');
  if (missing.length > 0) throw missingQueryParts(missing);
  if (part('X-Amz-Algorithm') !== 'AWS4-HMAC-SHA256') throw unsupportedAlgorithm();
  return {
    form: 'query',
    ...readCredential(part('X-Amz-Credential'), part('X-Amz-Date')),
    signedHeaders: readSignedHeaders(part('X-Amz-SignedHeaders')),
    signature: part('X-Amz-Signature'),
    sessionToken: sent.get('X-Amz-Security-Token'),
    expiresSeconds: readExpires(part('X-Amz-Expires')),
  };
}

function readExpires(text: string): number {
  const seconds = fewDigits.test(text) ? Number(text) : 0;
  if (seconds < 1 || seconds > maxExpiresSeconds) throw malformedExpires();
  return seconds;
}
