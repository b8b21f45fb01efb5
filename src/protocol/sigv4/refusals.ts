/**
 * What a request whose signature is malformed, out of scope or out of time is told. Texts follow the IAM User Guide,
 * Troubleshoot Signature Version 4, and what AWS's JSON services have been seen to send. No text quotes the header, the
 * signature, the token or an unchecked part of them: AWS quotes the header or its hash; we do neither, since a client
 * that mixes its credentials up puts its secret there.
 */

import type { ApiError } from '#model/api-error.ts';
import { incompleteSignature, invalidSignature } from '#model/errors.ts';
import { contentSha256Mismatch, invalidRequest } from '#model/s3-errors.ts';

// --- The signature cannot be read (IncompleteSignatureException) -------------------------------------------------------

/** The parts an Authorization header must have, in the order in which AWS lists them. */
export interface HeaderParts {
  readonly credential: string;
  readonly signature: string;
  readonly signedHeaders: string;
  readonly date: string;
}

/** Lists every part that is empty. */
export function missingHeaderParts(parts: HeaderParts): ApiError {
  const clauses: string[] = [];
  if (parts.credential === '') clauses.push("Authorization header requires 'Credential' parameter.");
  if (parts.signature === '') clauses.push("Authorization header requires 'Signature' parameter.");
  if (parts.signedHeaders === '') clauses.push("Authorization header requires 'SignedHeaders' parameter.");
  if (parts.date === '') {
    clauses.push("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.");
  }
  return incompleteSignature(clauses.join(' '));
}

/** Names are those of the signature's own parameters, never what was sent. */
export const missingQueryParts = (names: readonly string[]): ApiError =>
  incompleteSignature(
    `${names.map((name) => `AWS query-string parameters must include '${name}'.`).join(' ')} Re-examine the query-string parameters.`,
  );

// Diverges: sigv4-no-echo
export const malformedPair = (): ApiError =>
  incompleteSignature('Invalid key=value pair (missing equal-sign) in Authorization header.');

export const unknownOrRepeatedPart = (): ApiError =>
  incompleteSignature("Authorization header must have 'Credential', 'SignedHeaders' and 'Signature' once each.");

// Diverges: sigv4-duplicates
export const duplicateHeader = (): ApiError =>
  incompleteSignature('A header that the signature depends on was sent more than once.');

export const duplicateQueryPart = (name: string): ApiError =>
  incompleteSignature(`Query-string parameter '${name}' was sent more than once.`);

export const twoForms = (): ApiError =>
  incompleteSignature('A request is signed either in its headers or in its query string, not in both.');

export const unsupportedAlgorithm = (): ApiError =>
  incompleteSignature("Unsupported AWS 'algorithm': the only one supported is 'AWS4-HMAC-SHA256'.");

export const malformedCredential = (): ApiError =>
  incompleteSignature(
    'Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, in visible ASCII characters.',
  );

export const malformedDate = (): ApiError =>
  incompleteSignature("Date must be in ISO-8601 'basic format'. See http://en.wikipedia.org/wiki/ISO_8601");

// Diverges: sigv4-presigned
export const malformedExpires = (): ApiError =>
  incompleteSignature("'X-Amz-Expires' must be a whole number of seconds from 1 to 604800.");

// Diverges: sigv4-signed-headers
export const malformedSignedHeaders = (): ApiError =>
  incompleteSignature("'SignedHeaders' must be lower-case header names, each once, separated by semicolons.");

// --- It is not a signature for this request, place or time (InvalidSignatureException) ----------------------------------

// Diverges: sigv4-scope-errors
export const wrongTerminator = (): ApiError =>
  invalidSignature("Credential should be scoped with a valid terminator: 'aws4_request'.");

/** Both dates and the time must have been checked to be digits. */
export const wrongScopeDate = (scopeDate: string, amzDate: string): ApiError =>
  invalidSignature(
    `Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '${scopeDate}' != '${amzDate.slice(0, 8)}', from '${amzDate}'.`,
  );

/** For the router, which alone knows what it serves. */
export const wrongService = (service: string): ApiError =>
  invalidSignature(`Credential should be scoped to correct service: '${service}'.`);

/** For the router, which alone knows what it serves. */
export const wrongRegion = (): ApiError => invalidSignature('Credential should be scoped to a valid region.');

export const hostNotSigned = (): ApiError =>
  invalidSignature("'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.");

/** The name is of a received header, in lower case; Node lets only token characters through. */
// Diverges: sigv4-unsigned-headers
export const headerNotSigned = (name: string): ApiError =>
  invalidSignature(`'${name}' must be a 'SignedHeader' in the AWS Authorization.`);

export const signedHeaderNotSent = (): ApiError =>
  invalidSignature("'SignedHeaders' names a header that was not sent.");

// Diverges: sigv4-content-sha256
export const wrongContentHash = (): ApiError =>
  invalidSignature("The provided 'x-amz-content-sha256' header does not match what was computed.");

/** Of Amazon S3. */
export const contentHashMissing = (): ApiError =>
  invalidRequest('Missing required header for this request: x-amz-content-sha256');

/** Of Amazon S3. */
export const contentHashMismatch = (): ApiError => contentSha256Mismatch();

export const malformedTarget = (): ApiError =>
  invalidSignature('The request target is not a path with valid percent-encoding.');

export interface TimeBound {
  readonly amzDate: string;
  readonly limit: string;
  readonly now: string;
  readonly allowedSeconds: number;
}

export const signatureExpired = ({ amzDate, limit, now, allowedSeconds }: TimeBound): ApiError =>
  invalidSignature(
    `Signature expired: ${amzDate} is now earlier than ${limit} (${now} - ${inMinutes(allowedSeconds)})`,
  );

export const signatureNotYetCurrent = ({ amzDate, limit, now, allowedSeconds }: TimeBound): ApiError =>
  invalidSignature(
    `Signature not yet current: ${amzDate} is still later than ${limit} (${now} + ${inMinutes(allowedSeconds)})`,
  );

const inMinutes = (seconds: number): string => (seconds % 60 === 0 ? `${seconds / 60} min.` : `${seconds} sec.`);
