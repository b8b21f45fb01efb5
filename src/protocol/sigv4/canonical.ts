/**
 * The canonical request and the string to sign (IAM User Guide, Create a signed API request), and the rules for what a
 * signature must cover: host, every x-amz-* header sent, and only headers that were sent. These rules look at the
 * request alone, never at the credential, so they tell a caller nothing about access keys.
 */

import { hash } from 'node:crypto';
import { canonicalPath, canonicalQuery, splitTarget } from './query.ts';
import {
  contentHashMismatch,
  contentHashMissing,
  duplicateHeader,
  headerNotSigned,
  hostNotSigned,
  signedHeaderNotSent,
  wrongContentHash,
} from './refusals.ts';
import { type Authorization, type SignedRequest, soleHeader } from './request.ts';

export interface CanonicalSettings {
  /** False for Amazon S3 alone: see canonicalPath. */
  readonly normalizePath: boolean;
  /** Amazon S3's way: what stands for the body is stated in a header, and may be that the body is not signed. */
  readonly isBodyStated?: boolean;
}

/**
 * Amazon S3's rules. Only for services that look at no body: one that is not signed may be anybody's. Source: Amazon S3 API
 * Reference, Signature Calculations for the Authorization Header; Authenticating Requests: Using Query Parameters.
 */
export const s3Rules: CanonicalSettings = { normalizePath: false, isBodyStated: true };

/** The canonical request: one character for each byte. Throws when the signature does not cover what it must. */
export function canonicalRequest(
  request: SignedRequest,
  authorization: Pick<Authorization, 'form' | 'signedHeaders'>,
  settings: CanonicalSettings,
): string {
  const start = canonicalStart(request, authorization, settings);
  const { isBodyStated = false } = settings;
  const bodyHash = isBodyStated ? statedHash(request, authorization.form) : hash('sha256', request.body, 'hex');
  if (!isBodyStated) checkContentHash(request.rawHeaders, bodyHash);
  return start + bodyHash;
}

/** All of it but the hash of the body, which comes last. */
export function canonicalStart(
  request: Omit<SignedRequest, 'body'>,
  { form, signedHeaders }: Pick<Authorization, 'form' | 'signedHeaders'>,
  { normalizePath }: CanonicalSettings,
): string {
  const { path, query } = splitTarget(request.target);
  const uri = canonicalPath(path, normalizePath);
  const start = `${request.method}\n${uri}\n${canonicalQuery(query, form)}`;
  return canonicalHeaders(start, request.rawHeaders, signedHeaders);
}

export function stringToSign({ amzDate, scope }: Pick<Authorization, 'amzDate' | 'scope'>, canonical: string): string {
  const canonicalHash = hash('sha256', Buffer.from(canonical, 'latin1'), 'hex');
  return `AWS4-HMAC-SHA256\n${amzDate}\n${scope}\n${canonicalHash}`;
}

/**
 * Where the signed headers were in a request: clients send the same ones in the same order each time. Made only of requests whose
 * headers are as they must be and that repeat no signed one; none of that depends on their values.
 */
interface Layout {
  /** All names, as they were sent. */
  readonly names: readonly string[];
  /** In canonical order: `\nhost:`, and where its value is in the list of headers. */
  readonly lines: readonly { readonly start: string; readonly valueAt: number }[];
  /** After the last of them. */
  readonly end: string;
}

/** Characters of names; real clients send some 150. Nothing is proven yet, so what strangers can make us remember is bounded. */
const longestRemembered = 1024;

/** The last layout for each list of signed headers, as authorization.ts remembers those. */
const layouts = new WeakMap<readonly string[], Layout>();

/** `start`, the canonical headers, and the list of signed ones. */
function canonicalHeaders(start: string, rawHeaders: readonly string[], signedHeaders: readonly string[]): string {
  const layout = layouts.get(signedHeaders);
  if (layout === undefined || !hasNames(rawHeaders, layout.names)) {
    return start + readHeaders(rawHeaders, signedHeaders);
  }
  let canonical = start;
  for (const { start: name, valueAt } of layout.lines) canonical += name + canonicalValue(rawHeaders[valueAt] ?? '');
  return canonical + layout.end;
}

function hasNames(rawHeaders: readonly string[], names: readonly string[]): boolean {
  if (rawHeaders.length !== names.length * 2) return false;
  for (let at = 0; at < names.length; at++) if (rawHeaders[at * 2] !== names[at]) return false;
  return true;
}

function readHeaders(rawHeaders: readonly string[], signedHeaders: readonly string[]): string {
  const values = new Map<string, string | undefined>();
  const places = new Map<string, number>();
  for (const name of signedHeaders) values.set(name, undefined);
  if (!values.has('host')) throw hostNotSigned();

  let isRepeated = false;
  for (let at = 0; at < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    if (!values.has(name)) {
      if (name.startsWith('x-amz-')) throw headerNotSigned(name);
      continue;
    }
    const value = canonicalValue(rawHeaders[at + 1] ?? '');
    const before = values.get(name);
    if (before !== undefined && name === 'host') throw duplicateHeader(); // RFC 9112 §3.2
    isRepeated ||= before !== undefined;
    values.set(name, before === undefined ? value : `${before},${value}`);
    places.set(name, at + 1);
  }

  let canonical = '';
  for (const [name, value] of values) {
    if (value === undefined) throw signedHeaderNotSent();
    canonical += `\n${name}:${value}`;
  }
  const end = `\n\n${signedHeaders.join(';')}\n`;
  const names = rawHeaders.filter((_, index) => index % 2 === 0);
  if (!isRepeated && names.join('').length <= longestRemembered) {
    const lines = signedHeaders.map((name) => ({ start: `\n${name}:`, valueAt: places.get(name) ?? 0 }));
    layouts.set(signedHeaders, { names, lines, end });
  }
  return canonical + end;
}

const irregularSpace = /^ | $| {2}|[\t\r\n]/;
const spaces = /[ \t\r\n]+/g;

/**
 * Trimmed, and each inner run of white space made one space. ASCII white space only: String.trim would also take 0xA0,
 * which is the last byte of "à" in UTF-8.
 */
function canonicalValue(value: string): string {
  if (!irregularSpace.test(value)) return value;
  const single = value.replace(spaces, ' ');
  return single.slice(single.startsWith(' ') ? 1 : 0, single.endsWith(' ') ? -1 : undefined);
}

/**
 * A client that states the hash of its body must state the right one. UNSIGNED-PAYLOAD is thereby refused. The hash is no secret: who
 * sent the body knows it.
 */
function checkContentHash(rawHeaders: readonly string[], bodyHash: string): void {
  const stated = soleHeader(rawHeaders, 'x-amz-content-sha256');
  if (stated !== undefined && stated !== bodyHash && stated.trim() !== bodyHash) throw wrongContentHash();
}

const unsigned = 'UNSIGNED-PAYLOAD';

/** A presigned URL covers no body. STREAMING-… is the word of clients that send a body in signed pieces. */
function statedHash({ rawHeaders, body }: SignedRequest, form: Authorization['form']): string {
  const stated = soleHeader(rawHeaders, 'x-amz-content-sha256')?.trim();
  if (stated === undefined && form === 'query') return unsigned;
  if (stated === undefined) throw contentHashMissing();
  if (stated === unsigned || /^STREAMING-[A-Z0-9-]{1,64}$/.test(stated)) return stated;
  if (stated !== hash('sha256', body, 'hex')) throw contentHashMismatch();
  return stated;
}
