/**
 * Whether a representation is to be sent, and which part of it. Source: RFC 9110, section 13 (conditional requests) and section 14
 * (range requests); Amazon S3 API Reference, GetObject.
 */
import { amzDateOfHttpDate, parseAmzDate } from '#protocol/sigv4/amz-date.ts';

export interface Preconditions {
  readonly ifMatch?: string | undefined;
  readonly ifNoneMatch?: string | undefined;
  readonly ifModifiedSince?: string | undefined;
  readonly ifUnmodifiedSince?: string | undefined;
}

export interface Validators {
  /** Without quotes. */
  readonly etag: string;
  readonly lastModifiedMs: number;
}

/** In the order of RFC 9110, section 13.2.2. */
export function judgePreconditions(
  { ifMatch, ifNoneMatch, ifModifiedSince, ifUnmodifiedSince }: Preconditions,
  { etag, lastModifiedMs }: Validators,
): 'send' | 'failed' | 'not modified' {
  const modifiedMs = Math.floor(lastModifiedMs / 1000) * 1000;
  const unmodifiedSince = timeOf(ifUnmodifiedSince);
  if (ifMatch !== undefined) {
    if (!names(ifMatch, etag)) return 'failed';
  } else if (unmodifiedSince !== undefined && modifiedMs > unmodifiedSince) return 'failed';
  const modifiedSince = timeOf(ifModifiedSince);
  if (ifNoneMatch !== undefined) return names(ifNoneMatch, etag) ? 'not modified' : 'send';
  return modifiedSince !== undefined && modifiedMs <= modifiedSince ? 'not modified' : 'send';
}

/** S3 takes entity tags without their quotes as well. */
function names(list: string, etag: string): boolean {
  return list.split(',').some((one) => {
    const tag = one.trim();
    return tag === '*' || tag === etag || tag === `"${etag}"` || tag === `W/"${etag}"`;
  });
}

/** A date that is none is as if it had not been sent. */
function timeOf(httpDate: string | undefined): number | undefined {
  const date = httpDate === undefined ? undefined : amzDateOfHttpDate(httpDate);
  return date === undefined ? undefined : parseAmzDate(date);
}

/** RFC 9110, section 13.1.5: a part is of use only to whom has the other parts of the same. */
export function isRangeMeant(ifRange: string | undefined, { etag, lastModifiedMs }: Validators): boolean {
  if (ifRange === undefined) return true;
  return ifRange.trim() === `"${etag}"` || timeOf(ifRange) === Math.floor(lastModifiedMs / 1000) * 1000;
}

/** Both inclusive. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

/** Undefined for all of it: where no range is asked for, or several are, or in another form. */
export function parseRange(header: string | undefined, size: number): ByteRange | 'unsatisfiable' | undefined {
  const [, first = '', last = ''] = /^bytes=(\d{0,15})-(\d{0,15})$/i.exec(header?.trim() ?? '') ?? [];
  if (first === '' && last === '') return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? 'unsatisfiable' : { from: size - length, to: size - 1 };
  }
  const from = Number(first);
  const to = last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (last !== '' && Number(last) < from) return undefined; // not a range at all
  return from >= size ? 'unsatisfiable' : { from, to };
}
