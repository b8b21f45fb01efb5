/**
 * Finds records in the trail, the newest first: in sealed segments by their indexes, in the others by going through them. How far
 * the trail reaches is the caller's to say, so that whatever is durable is found.
 */
import { closeSync, fstatSync, openSync } from 'node:fs';
import { parseHeader, type SegmentHeader } from '#audit/chain.ts';
import type { Head } from '#audit/head.ts';
import { isAbsence, type Segments } from '#audit/segments.ts';
import { DamagedTrail, readAt } from './index-file.ts';
import type { Lookup, LookupPage } from './lookup.ts';
import { Page } from './page.ts';
import { fileSource, searchPlain } from './plain.ts';
import { SealedSegments } from './sealed.ts';
import { Wanted } from './wanted.ts';

/** From where to where the trail reaches at present. */
export type Reach = Pick<Head, 'firstSegment' | 'segment' | 'end'>;

export interface SearchLimits {
  /** So much of what is not sealed yet is gone through for one page; then the next page goes on from there. */
  readonly plainBytes: number;
  /** So much of it is read at a time. */
  readonly pieceBytes: number;
}

const defaultLimits: SearchLimits = { plainBytes: 67_108_864, pieceBytes: 262_144 };
/** Longer than a header is. */
const headerAtMost = 1024;

export class Search {
  readonly #segments: Segments;
  readonly #sealed: SealedSegments;
  readonly #limits: SearchLimits;

  constructor(segments: Segments, limits = defaultLimits) {
    this.#segments = segments;
    this.#sealed = new SealedSegments(segments);
    this.#limits = limits;
  }

  /**
   * Throws DamagedTrail where something that it needs is not what was written, and the operating system's error where a segment
   * is not there: then it may have been dropped meanwhile.
   */
  lookup(wish: Lookup, reach: Reach): LookupPage {
    const wanted = new Wanted(wish);
    const page = new Page(wish);
    let plainBytes = 0;
    for (let segment = reach.segment; segment >= reach.firstSegment && !page.isFull; segment--) {
      const plain = this.#sealed.isKnown(segment) ? undefined : this.#searchPlain(segment, reach, { wanted, page });
      if (plain === undefined) this.#searchClosed(segment, wanted, page);
      plainBytes += plain?.bytes ?? 0;
      // Diverges: lookup-short-pages
      if (plainBytes > this.#limits.plainBytes && plain?.oldest !== undefined && segment > reach.firstSegment) {
        return page.result(plain.oldest);
      }
    }
    return page.result();
  }

  /** How much it went through and how far it came; undefined where the segment is not plain any more. */
  #searchPlain(
    segment: number,
    reach: Reach,
    { wanted, page }: { readonly wanted: Wanted; readonly page: Page },
  ): { readonly bytes: number; readonly oldest: number | undefined } | undefined {
    const file = openIfThere(this.#segments.path(segment));
    if (file === undefined) return undefined;
    const { pieceBytes } = this.#limits;
    try {
      const end = segment === reach.segment ? reach.end : fstatSync(file).size;
      const { first, openedAt } = headerOf(file, end);
      const isNeeded = first < page.before && wanted.mayHaveBeenWrittenSince(Date.parse(openedAt));
      if (!isNeeded) return { bytes: 0, oldest: undefined };
      return { bytes: end, oldest: searchPlain(fileSource(file, { end, pieceBytes }), wanted, page) };
    } finally {
      closeSync(file);
    }
  }

  #searchClosed(segment: number, wanted: Wanted, page: Page): void {
    if (this.#sealed.search(segment, wanted, page)) return;
    // Somebody has removed the index.
    const bytes = this.#segments.read(segment);
    const read = (from: number, to: number) => bytes.subarray(from, to);
    searchPlain({ end: bytes.length, pieceBytes: this.#limits.pieceBytes, read }, wanted, page);
  }
}

function headerOf(file: number, end: number): SegmentHeader {
  const begin = readAt(file, 0, Math.min(end, headerAtMost));
  const header = parseHeader(begin.toString('utf8', 0, begin.indexOf(0x0a) + 1));
  if (header === undefined) throw new DamagedTrail('A segment of the audit trail does not begin with its header.');
  return header;
}

function openIfThere(path: string): number | undefined {
  try {
    return openSync(path, 'r');
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}
