/**
 * Which segments have been kept for long enough. Once they are dropped nobody can tell any more what was in them, so what the
 * indexes say is not enough: the segments themselves are looked at, and have to be the ones that were written.
 */
import { linesOf, type Scan, scanSegment } from '#audit/chain.ts';
import { type AuditEvent, eventTimeOf } from '#audit/event.ts';
import type { Head } from '#audit/head.ts';
import { DamagedTrail, SegmentIndex } from '#audit/search/index-file.ts';
import { indexEnding } from '#audit/search/search-index.ts';
import { isAbsence, type Segments } from '#audit/segments.ts';

export interface Expired {
  readonly firstSegment: number;
  readonly lastSegment: number;
  readonly records: number;
  /** The time of the newest record in them; undefined where they have none. */
  readonly until: AuditEvent['eventTime'] | undefined;
  /** The hash that the segment after them begins with. */
  readonly previous: string;
}

export interface ExpiryWish extends Pick<Head, 'firstSegment' | 'firstPrevious' | 'segment'> {
  /** What is older than this has expired. */
  readonly beforeMs: number;
  /** The last record that has been delivered: what comes after it stays. */
  readonly deliveredThrough: number;
}

/**
 * The oldest segments, as far as all records in them have expired and been delivered; undefined for none. Those that are not
 * sealed stay, and so does what comes after them. Throws DamagedTrail where one is not what was written.
 */
export function expiredSegments(segments: Segments, wish: ExpiryWish): Expired | undefined {
  const { firstSegment, segment: current, beforeMs, deliveredThrough } = wish;
  const before = eventTimeOf(beforeMs);
  let previous = wish.firstPrevious;
  let segment = firstSegment;
  let records = 0;
  let until = '';
  for (; segment < current; segment++) {
    const index = indexIfThere(segments, segment);
    if (index === undefined || index.newest * 1000 >= beforeMs || index.last > deliveredThrough) break;
    const bytes = segments.read(segment);
    const scan = linkedScan(bytes, segment, previous);
    const newest = newestTime(bytes, scan);
    if (newest >= before || scan.last > deliveredThrough) break;
    records += scan.last - scan.header.first + 1;
    if (newest > until) until = newest;
    previous = scan.hash;
  }
  if (segment === firstSegment) return undefined;
  const { header } = scanSegment(segments.read(segment)) ?? {};
  if (header?.previous !== previous) throw damaged(segment - 1);
  return { firstSegment, lastSegment: segment - 1, records, until: until === '' ? undefined : until, previous };
}

function indexIfThere(segments: Segments, segment: number): SegmentIndex | undefined {
  try {
    return new SegmentIndex(segments.path(segment, indexEnding));
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

/** Throws unless all of it is of the chain. */
function linkedScan(bytes: Buffer, segment: number, previous: string): Scan {
  const scan = scanSegment(bytes);
  const isLinked = scan?.header.segment === segment && scan.header.previous === previous && scan.end === bytes.length;
  if (scan === undefined || !isLinked) throw damaged(segment);
  return scan;
}

const timeOf = /"eventTime":"([^"]{20})"/;

/** Empty where there are no records. Only who asked comes before the time in a record, and that has nothing that is called so. */
function newestTime(bytes: Buffer, { groups }: Scan): string {
  let newest = '';
  for (const group of groups) {
    for (const line of linesOf(bytes, group)) {
      const time = timeOf.exec(line)?.[1] ?? '';
      if (time > newest) newest = time;
    }
  }
  return newest;
}

function damaged(segment: number): DamagedTrail {
  return new DamagedTrail(
    `Segment ${segment} of the audit trail has been altered or damaged. It is kept, and so is what comes after it.`,
  );
}
