/** Searches a segment that has no index yet, from its end back to its beginning, a piece at a time. */
import { parseSeal } from '#audit/chain.ts';
import { DamagedTrail, readAt } from './index-file.ts';
import type { Page } from './page.ts';
import type { Wanted } from './wanted.ts';

/** The bytes of a segment, as it was written. */
export interface Source {
  /** Where it ends, after a seal. */
  readonly end: number;
  /** How much is read at a time, unless a line is longer. */
  readonly pieceBytes: number;
  /** They may be others when this is called again. */
  read(from: number, to: number): Buffer;
}

export function fileSource(file: number, { end, pieceBytes }: Omit<Source, 'read'>): Source {
  const room = Buffer.allocUnsafeSlow(pieceBytes);
  const read = (from: number, to: number) => readAt(file, from, to - from, room);
  return { end, pieceBytes, read };
}

/** Longer than a seal is. */
const tailBytes = 256;

/** Takes what is wanted; returns the sequence number of the oldest record that it has come to. */
export function searchPlain(source: Source, wanted: Wanted, page: Page): number | undefined {
  let last = lastRecord(source);
  if (last === undefined) return undefined;
  let size = source.pieceBytes;
  for (let to = source.end; to > 0 && !page.isFull; ) {
    const from = Math.max(0, to - size);
    const bytes = source.read(from, to);
    // The first line may have begun before; that of the whole segment is its header.
    const begin = bytes.indexOf(0x0a) + 1;
    if (begin === 0 || (begin === bytes.length && from > 0)) {
      size *= 2;
      continue;
    }
    last -= page.takeFrom(bytes.subarray(begin), last, wanted);
    to = from === 0 ? 0 : from + begin;
    size = source.pieceBytes;
  }
  return last + 1;
}

/** That of the last seal; undefined where there is none, because nothing has been written yet. */
function lastRecord({ end, read }: Source): number | undefined {
  const tail = read(Math.max(0, end - tailBytes), end).toString('latin1');
  const line = tail.slice(tail.lastIndexOf('\n', tail.length - 2) + 1);
  const last = parseSeal(line)?.last;
  if (last !== undefined) return last;
  if (tail.endsWith('}\n') || end <= tailBytes) return undefined;
  throw new DamagedTrail('A segment of the audit trail does not end with a seal.');
}
