/**
 * Query strings and paths as SigV4 sees them (IAM User Guide, Create a signed API request, "Create a canonical request"):
 * bytes, percent-encoded with exactly the RFC 3986 §2.3 unreserved characters left as they are. A plus sign is a plus
 * sign: reading it as a space would let two different requests share one signature.
 */

import { malformedTarget } from './refusals.ts';

/** Decoded: one character for each byte. */
export interface QueryParameter {
  readonly name: string;
  readonly value: string;
}

/** The path and the query of a request target; the query is empty when there is none. */
export function splitTarget(target: string): { path: string; query: string } {
  const mark = target.indexOf('?');
  return mark < 0 ? { path: target, query: '' } : { path: target.slice(0, mark), query: target.slice(mark + 1) };
}

/** The parameters in the order sent. An empty piece (a&&b) counts as a parameter, so that adding one is noticed. */
export function parseQuery(query: string): readonly QueryParameter[] {
  if (query === '') return [];
  return query.split('&').map((piece) => {
    const equals = piece.indexOf('=');
    if (equals < 0) return { name: percentDecode(piece), value: '' };
    return { name: percentDecode(piece.slice(0, equals)), value: percentDecode(piece.slice(equals + 1)) };
  });
}

/** Sorted by encoded name, then encoded value. The signature itself is left out when it is in the query. */
export function canonicalQuery(query: string, form: 'header' | 'query'): string {
  if (query === '') return '';
  const encoded: QueryParameter[] = [];
  for (const { name, value } of parseQuery(query)) {
    if (form === 'query' && name === 'X-Amz-Signature') continue;
    encoded.push({ name: percentEncode(name), value: percentEncode(value) });
  }
  encoded.sort((a, b) => (a.name === b.name ? byteOrder(a.value, b.value) : byteOrder(a.name, b.name)));
  return encoded.map(({ name, value }) => `${name}=${value}`).join('&');
}

/**
 * The canonical path. Normalised: RFC 3986 §5.2.4 dot segments and empty segments resolved, then encoded as received, so
 * that a percent sign is encoded again. Not normalised is Amazon S3's way, whose keys are opaque: encoded once.
 */
export function canonicalPath(path: string, normalizePath: boolean): string {
  if (path === '/') return path;
  if (!path.startsWith('/')) throw malformedTarget();
  return normalizePath ? percentEncode(withoutDots(path), '/') : percentEncode(percentDecode(path), '/');
}

function withoutDots(path: string): string {
  const kept: string[] = [];
  for (const segment of path.split('/')) {
    if (segment === '..') kept.pop();
    else if (segment !== '' && segment !== '.') kept.push(segment);
  }
  const directory = kept.length > 0 && /\/\.{0,2}$/.test(path);
  return `/${kept.join('/')}${directory ? '/' : ''}`;
}

const byteOrder = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const unreserved = /^[A-Za-z0-9\-._~]*$/;
/** Each byte's escape, or itself where it is unreserved. */
const encodedByte = Array.from({ length: 256 }, (_, byte) => {
  const character = String.fromCharCode(byte);
  return unreserved.test(character) ? character : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
});

function percentEncode(bytes: string, alsoKept = ''): string {
  if (unreserved.test(bytes)) return bytes;
  let encoded = '';
  for (const character of bytes) {
    // Only a caller that is not Node's parser can pass more than a byte; it must not pass for another request.
    encoded += character === alsoKept ? character : (encodedByte[character.charCodeAt(0)] ?? refuseTarget());
  }
  return encoded;
}

/** One character for each byte. Throws InvalidSignature for what is not percent-encoding. */
export function percentDecode(text: string): string {
  let percent = text.indexOf('%');
  if (percent < 0) return text;
  let decoded = '';
  let from = 0;
  for (; percent >= 0; percent = text.indexOf('%', from)) {
    const digits = text.slice(percent + 1, percent + 3);
    if (!/^[0-9A-Fa-f]{2}$/.test(digits)) throw malformedTarget();
    decoded += text.slice(from, percent) + String.fromCharCode(Number.parseInt(digits, 16));
    from = percent + 3;
  }
  return decoded + text.slice(from);
}

function refuseTarget(): never {
  throw malformedTarget();
}
