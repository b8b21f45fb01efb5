/** Reads the trail on from a cursor and follows its chain, so that nothing that has been altered is delivered and signed. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type Group, groupAt, parseHeader } from '#audit/chain.ts';
import type { Head } from '#audit/head.ts';
import { isAbsence, type Segments } from '#audit/segments.ts';
import { chainHash } from '#crypto/audit-seal.ts';
import type { Cursor } from './state.ts';

/** What the trail holds does not follow from what has been delivered of it. */
export class TrailAltered extends Error {
  override readonly name = 'TrailAltered';
  /** What a thread tells of an error. */
  readonly code = 'AUDIT_TRAIL_ALTERED';
}

export interface ReadGroup {
  readonly bytes: Buffer;
  readonly group: Group;
  /** Behind it. */
  readonly cursor: Cursor;
}

/** Where a trail begins whose head that is. Throws TrailAltered. */
export function beginningOf(segments: Segments, { firstSegment, firstPrevious }: Head): Cursor {
  const header = headerOf(readFrom(segments, firstSegment, 0), firstSegment);
  return { segment: firstSegment, offset: 0, last: header.first - 1, hash: firstPrevious };
}

/** The groups from the cursor to where the trail ends. Holds one segment in memory. Throws TrailAltered. */
export function* groupsFrom(
  segments: Segments,
  cursor: Cursor,
  to: { readonly segment: number; readonly end: number },
): Generator<ReadGroup> {
  for (let at = cursor; at.segment <= to.segment; at = { ...at, segment: at.segment + 1, offset: 0 }) {
    const end = at.segment === to.segment ? to.end : undefined;
    const bytes = readFrom(segments, at.segment, at.offset, end);
    const base = at.offset;
    if (base === 0) at = pastHeader(bytes, at);
    for (;;) {
      const group = groupAt(bytes, { from: at.offset - base, first: at.last + 1, previous: at.hash });
      if (group === undefined) break;
      at = { ...at, offset: base + group.end, last: group.last, hash: group.hash };
      yield { bytes, group, cursor: at };
    }
    const expected = end ?? base + bytes.length;
    if (at.offset !== expected) throw new TrailAltered(`Segment ${at.segment} is not whole after record ${at.last}.`);
  }
}

function pastHeader(bytes: Buffer, at: Cursor): Cursor {
  const header = headerOf(bytes, at.segment);
  if (header.previous !== at.hash || header.first !== at.last + 1) {
    throw new TrailAltered(`Segment ${at.segment} does not follow from the one before it.`);
  }
  const offset = bytes.indexOf(0x0a) + 1;
  return { ...at, offset, hash: chainHash('', bytes.subarray(0, offset)) };
}

function headerOf(bytes: Buffer, segment: number) {
  const header = parseHeader(bytes.toString('utf8', 0, bytes.indexOf(0x0a) + 1));
  if (header?.segment !== segment) throw new TrailAltered(`Segment ${segment} has no header.`);
  return header;
}

/** The bytes of a segment from one offset to another; of a plain one no others are read. */
function readFrom(segments: Segments, segment: number, from: number, to?: number): Buffer {
  let file: number;
  try {
    file = openSync(segments.path(segment), 'r');
  } catch (error) {
    if (!isAbsence(error)) throw error;
    return segments.read(segment).subarray(from, to); // it has been compressed
  }
  try {
    const bytes = Buffer.alloc(Math.max(0, (to ?? fstatSync(file).size) - from));
    let read = 0;
    for (let more = -1; more !== 0 && read < bytes.length; read += more) {
      more = readSync(file, bytes, read, bytes.length - read, from + read);
    }
    return bytes.subarray(0, read);
  } finally {
    closeSync(file);
  }
}
