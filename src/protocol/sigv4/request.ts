/**
 * What SigV4 looks at: a request exactly as it arrived, and what its signature claims about it.
 * Text is as Node's HTTP parser gives it: one character for each received byte, never decoded as UTF-8.
 */

import { duplicateHeader } from './refusals.ts';

export interface SignedRequest {
  readonly method: string;
  /** The request target as received: path and query, still percent-encoded. */
  readonly target: string;
  /** Node's flat list name, value, name, value…, in the order received, repeated headers kept apart. */
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

/** The claims of a signature, well formed but not yet proven. Holds the signature and the session token: never log it. */
export interface Authorization {
  /** Where the claims were found: in the Authorization header, or in the query of a presigned URL. */
  readonly form: 'header' | 'query';
  readonly accessKeyId: string;
  /** The day of the credential scope, yyyymmdd. It is the day of `amzDate`. */
  readonly date: string;
  readonly region: string;
  readonly service: string;
  /** The credential scope: date/region/service/aws4_request. */
  readonly scope: string;
  /** When the request was signed, yyyymmddThhmmssZ. */
  readonly amzDate: string;
  /** The same instant, in milliseconds since the Unix epoch. */
  readonly signedAtMs: number;
  /** Lower-case names in ascending order, without repetition. Not yet compared with what was sent. */
  readonly signedHeaders: readonly string[];
  /** As the client wrote it; its form is checked where it is compared. */
  readonly signature: string;
  readonly sessionToken?: string | undefined;
  /** How long a presigned URL holds; absent in the header form. */
  readonly expiresSeconds?: number | undefined;
}

/** The value of a header (its name in lower case) that may be sent once at most, or undefined. Throws when it was repeated. */
export function soleHeader(rawHeaders: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (!isNamed(rawHeaders[at], name)) continue;
    if (found !== undefined) throw duplicateHeader();
    found = rawHeaders[at + 1] ?? '';
  }
  return found;
}

/** The first value, for what must be known before repetitions can be refused. */
export function firstHeader(rawHeaders: readonly string[], name: string): string | undefined {
  for (let at = 0; at < rawHeaders.length; at += 2) {
    if (isNamed(rawHeaders[at], name)) return rawHeaders[at + 1];
  }
  return undefined;
}

const lowerCase = 0x20; // the bit in which a small letter differs from a capital

/** Lengths and first letters first: they tell almost all headers apart without lower-casing them. */
function isNamed(candidate: string | undefined, name: string): boolean {
  if (candidate?.length !== name.length) return false;
  if ((candidate.charCodeAt(0) | lowerCase) !== (name.charCodeAt(0) | lowerCase)) return false;
  return candidate === name || candidate.toLowerCase() === name;
}
