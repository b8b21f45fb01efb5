/**
 * The text of a segment of the trail, and the chain in it. A segment is a header line, then groups: the lines of the records
 * that were written together, and a seal,
 *
 *     {"keywrightAudit":1,"trail":"…","segment":7,"first":90001,"previous":"<hash that segment 6 ends with>","openedAt":"…"}
 *     {"eventVersion":"1.11",…}
 *     #90001 <hash> <mac>
 *
 * which has the sequence number of the group's last record, SHA-256 over the hash before it and the lines of the group, and a MAC of
 * that, so that nobody but the server adds a group. The hash before the first group is that of the header line, and the header has the hash that the segment before ends with. So the
 * last hash stands for everything that was ever written.
 */
import { type AuditSeal, chainHash, chainHashOf } from '#crypto/audit-seal.ts';

export interface SegmentHeader {
  /** The version of this format. */
  readonly keywrightAudit: 1;
  readonly trail: string;
  readonly segment: number;
  /** The sequence number of its first record; records are numbered from 1. */
  readonly first: number;
  readonly previous: string;
  readonly openedAt: string;
}

/** Before the first segment there is nothing. */
export const noHash = '0'.repeat(64);

export function headerLine(header: SegmentHeader): string {
  return `${JSON.stringify(header)}\n`;
}

/** `#`, 15 digits, a hash and a MAC, each after a blank, and a line feed. */
const longestSeal = 147;

/** Groups are put together here, one after the other; the few that are larger have memory of their own. */
const usualRoom = Buffer.allocUnsafeSlow(1_048_576);

/** UTF-8 takes three bytes at most for each unit of UTF-16. */
const longestUnit = 3;

/**
 * The bytes of a group, which hold until the next one is made, and the hash that the chain then ends with. `last` is the
 * sequence number of its last record.
 */
export function sealGroup(previous: string, lines: readonly string[], last: number, seal: Pick<AuditSeal, 'mac'>) {
  let units = previous.length + longestSeal;
  for (const line of lines) units += line.length + 1;
  const most = units * longestUnit;
  const room = most <= usualRoom.length ? usualRoom : Buffer.allocUnsafeSlow(most);
  let end = room.write(previous, 'latin1');
  for (const line of lines) {
    end += room.write(line, end);
    room[end++] = 0x0a;
  }
  const hash = chainHashOf(room.subarray(0, end));
  end += room.write(`#${last} ${hash} ${seal.mac(hash)}\n`, end, 'latin1');
  return { bytes: room.subarray(previous.length, end), hash };
}

export interface Group {
  /** Of its first and last record. */
  readonly first: number;
  readonly last: number;
  /** Where its record lines begin and end in the segment, in bytes. */
  readonly from: number;
  readonly to: number;
  /** Where its seal ends. */
  readonly end: number;
  /** The hash of the chain up to and with it. */
  readonly hash: string;
  /** Of the hash. */
  readonly mac: string;
}

/** What is in a segment, as far as it is whole. */
export interface Scan {
  readonly header: SegmentHeader;
  /** Where the header line ends, in bytes, and the hash after it. */
  readonly beginning: { readonly end: number; readonly hash: string };
  readonly groups: readonly Group[];
  /** The sequence number of its last record; that before `header.first` where it has none. */
  readonly last: number;
  /** The hash after its last whole group. */
  readonly hash: string;
  /** Where the last whole group ends, in bytes. What follows is not of the chain. */
  readonly end: number;
}

/** Follows the chain through the bytes of a segment, up to the first thing that is not of it. Undefined without a header. */
export function scanSegment(bytes: Buffer): Scan | undefined {
  const headerEnd = bytes.indexOf(0x0a) + 1;
  const header = headerEnd === 0 ? undefined : parseHeader(bytes.toString('utf8', 0, headerEnd));
  if (header === undefined) return undefined;
  const groups: Group[] = [];
  const beginning = { end: headerEnd, hash: chainHash('', bytes.subarray(0, headerEnd)) };
  let { end, hash } = beginning;
  let last = header.first - 1;
  for (;;) {
    const group = groupAt(bytes, { from: end, first: last + 1, previous: hash });
    if (group === undefined) return { header, beginning, groups, last, hash, end };
    groups.push(group);
    ({ hash, end, last } = group);
  }
}

/** Where a group begins in bytes, the sequence number of its first record, and the hash of the chain before it. */
export interface At {
  readonly from: number;
  readonly first: number;
  readonly previous: string;
}

/** The group that begins there; undefined where there is none that is whole and of the chain. */
export function groupAt(bytes: Buffer, { from, first, previous }: At): Group | undefined {
  const to = bytes.indexOf('\n#', from) + 1;
  const end = bytes.indexOf(0x0a, to) + 1;
  if (to === 0 || end === 0 || bytes[from] !== 0x7b) return undefined;
  const seal = parseSeal(bytes.toString('latin1', to, end));
  if (seal === undefined) return undefined;
  const { last, mac } = seal;
  const hash = chainHash(previous, bytes.subarray(from, to));
  if (hash !== seal.hash || last !== first + countLines(bytes, from, to) - 1) return undefined;
  return { first, last, from, to, end, hash, mac };
}

/** Undefined for what is no line of a seal, with its line feed. */
export function parseSeal(line: string) {
  const [, last, hash, mac] = /^#(\d{1,15}) ([\da-f]{64}) ([\da-f]{64})\n$/.exec(line) ?? [];
  return last === undefined || hash === undefined || mac === undefined ? undefined : { last: Number(last), hash, mac };
}

function countLines(bytes: Buffer, from: number, to: number): number {
  let lines = 0;
  for (let at = bytes.indexOf(0x0a, from); at !== -1 && at < to; at = bytes.indexOf(0x0a, at + 1)) lines++;
  return lines;
}

/** Undefined for what is no header of a segment. */
export function parseHeader(line: string): SegmentHeader | undefined {
  try {
    const header: unknown = JSON.parse(line);
    return isHeader(header) ? header : undefined;
  } catch {
    return undefined;
  }
}

function isHeader(value: unknown): value is SegmentHeader {
  const { keywrightAudit, trail, segment, first, previous } = Object(value);
  return (
    keywrightAudit === 1 &&
    typeof trail === 'string' &&
    Number.isSafeInteger(segment) &&
    Number.isSafeInteger(first) &&
    typeof previous === 'string'
  );
}

/** The record lines of a group, each without its line feed, in order. */
export function linesOf(bytes: Buffer, { from, to }: Pick<Group, 'from' | 'to'>): readonly string[] {
  return bytes.toString('utf8', from, to - 1).split('\n');
}
