/** The claims that both forms of a signature share: whose key, for which day, region and service, over which headers. */

import { formatAmzDate, parseAmzDate } from './amz-date.ts';
import {
  malformedCredential,
  malformedDate,
  malformedSignedHeaders,
  wrongScopeDate,
  wrongTerminator,
} from './refusals.ts';
import type { Authorization } from './request.ts';

/** Far above any real one (an access key id has at most 128 characters), so that caches and logs stay bounded. */
const maxCredentialLength = 256;
const visibleAscii = /^[!-~]+$/;
const eightDigits = /^\d{8}$/;

export type CredentialClaims = Pick<
  Authorization,
  'accessKeyId' | 'date' | 'region' | 'service' | 'scope' | 'amzDate' | 'signedAtMs'
>;

/** Reads keyid/date/region/service/aws4_request, and holds its day to that of the time of signing. */
export function readCredential(credential: string, amzDate: string): CredentialClaims {
  if (credential.length > maxCredentialLength || !visibleAscii.test(credential)) throw malformedCredential();
  const [accessKeyId, date, region, service, terminator, ...rest] = credential.split('/');
  if (!accessKeyId || !date || !region || !service || !terminator || rest.length > 0) throw malformedCredential();
  if (terminator !== 'aws4_request') throw wrongTerminator();
  const signedAtMs = parseAmzDate(amzDate);
  if (signedAtMs === undefined) throw malformedDate();
  if (!eightDigits.test(date)) throw malformedCredential();
  if (!amzDate.startsWith(date)) throw wrongScopeDate(date, formatAmzDate(signedAtMs));
  const scope = credential.slice(accessKeyId.length + 1);
  return { accessKeyId, date, region, service, scope, amzDate, signedAtMs };
}

/**
 * Splits the list of signed headers and puts it in canonical order. AWS asks clients for lower case and ascending order;
 * order cannot change what was signed, so it is forgiven, while case and repetition are not.
 */
export function readSignedHeaders(list: string): readonly string[] {
  if (list !== list.toLowerCase()) throw malformedSignedHeaders();
  const names = list.split(';');
  if (!isAscending(names)) {
    names.sort(); // by UTF-16 code unit, which for one-byte characters is by byte
    if (!isAscending(names)) throw malformedSignedHeaders();
  }
  return names;
}

/** Strictly: a repeated name is not ascending. */
function isAscending(names: readonly string[]): boolean {
  let previous = '';
  for (const name of names) {
    if (name <= previous) return false;
    previous = name;
  }
  return true;
}
