/**
 * Puts a closed segment into the form that it is kept in, compressed and with its sidecars. The plain file stays until everything
 * else is on the medium and has been read back; whatever stops this in between, nothing is lost, and it is done again.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { type Scan, scanSegment } from '#audit/chain.ts';
import { compressedEnding, isAbsence, plainEnding, type Segments } from '#audit/segments.ts';
import type { Sidecar, SidecarWork } from '#audit/sidecar.ts';
import { compressBlock, cutIntoBlocks, decompressBlock, type Range, type SealedBlock } from './blocks.ts';

/** `altered`: what is there is not a whole chain, and has been left as it is. `gone`: nothing is there any more. */
export type Sealing = 'sealed' | 'altered' | 'gone';

/** What files are written under until they are whole. */
export const draftEnding = '.new';

/** What sealing asks of the operating system; a test may put a failing one in its place. */
export interface SealingFiles {
  /** Makes a file, on the medium when this returns. */
  write(path: string, bytes: Uint8Array): void;
  rename(from: string, to: string): void;
  remove(path: string): void;
}

export const sealingFiles: SealingFiles = {
  write(path, bytes) {
    const file = openSync(path, 'w', 0o600);
    try {
      writeFileSync(file, bytes);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  },
  rename: renameSync,
  remove: (path) => rmSync(path, { force: true }),
};

export interface SealingSettings {
  readonly sidecars: readonly Sidecar[];
  readonly files?: SealingFiles;
  /** Blocks are a little larger than this. */
  readonly blockBytes?: number;
}

/** Also one that is compressed already: its sidecars are made anew. Throws where the files cannot be written or read. */
export function sealSegment(
  segments: Segments,
  segment: number,
  { sidecars, files = sealingFiles, blockBytes }: SealingSettings,
): Sealing {
  const bytes = readIfThere(segments, segment);
  if (bytes === undefined) return 'gone';
  const scan = scanSegment(bytes);
  if (scan === undefined || scan.header.segment !== segment || scan.end !== bytes.length) return 'altered';
  const ranges = cutIntoBlocks(bytes, blockBytes);
  const works = sidecars.map(({ ending, begin }) => ({ ending, work: begin() }));
  const { frames, blocks } = compress(bytes, { ranges, scan, works: works.map(({ work }) => work) });
  const made: readonly (readonly [string, Uint8Array])[] = [
    [compressedEnding, Buffer.concat(frames)],
    ...works.map(({ ending, work }) => [ending, work.finish(blocks)] as const),
  ];
  try {
    for (const [ending, content] of made) files.write(segments.path(segment, ending + draftEnding), content);
    requireSame(bytes, ranges, { blocks, path: segments.path(segment, compressedEnding + draftEnding) });
  } catch (error) {
    for (const [ending] of made) rmSync(segments.path(segment, ending + draftEnding), { force: true }); // the disk may be full
    throw error;
  }
  for (const [ending] of made) {
    files.rename(segments.path(segment, ending + draftEnding), segments.path(segment, ending));
  }
  segments.sync();
  files.remove(segments.path(segment, plainEnding));
  segments.sync();
  return 'sealed';
}

function readIfThere(segments: Segments, segment: number): Buffer | undefined {
  try {
    return segments.read(segment);
  } catch (error) {
    if (isAbsence(error)) return undefined;
    throw error;
  }
}

interface Content {
  readonly ranges: readonly Range[];
  readonly scan: Scan;
  readonly works: readonly SidecarWork[];
}

function compress(bytes: Buffer, { ranges, scan, works }: Content) {
  const frames: Buffer[] = [];
  const blocks: SealedBlock[] = [];
  let offset = 0;
  let { first } = scan.header;
  for (const { from, to } of ranges) {
    const lines = recordLinesIn(bytes.toString('utf8', from, to), from === 0);
    for (const line of lines) {
      const event = JSON.parse(line); // ours, as the chain says
      for (const work of works) work.take(event, blocks.length);
    }
    const frame = compressBlock(bytes.subarray(from, to));
    frames.push(frame);
    blocks.push({ offset, length: frame.length, first, records: lines.length });
    offset += frame.length;
    first += lines.length;
  }
  if (first !== scan.last + 1) throw new Error(`Segment ${scan.header.segment} has lines that are no records.`);
  return { frames, blocks };
}

/** Without seals, and without the header of a segment. */
function recordLinesIn(text: string, hasHeader: boolean): readonly string[] {
  const lines = text.split('\n').slice(hasHeader ? 1 : 0);
  return lines.filter((line) => line.startsWith('{'));
}

interface Written {
  readonly blocks: readonly SealedBlock[];
  readonly path: string;
}

/** Throws unless the file gives back what it was made of. */
function requireSame(bytes: Buffer, ranges: readonly Range[], { blocks, path }: Written): void {
  const file = readFileSync(path);
  for (const [n, { from, to }] of ranges.entries()) {
    const { offset, length } = blocks[n] ?? { offset: 0, length: 0 };
    if (!decompressBlock(file.subarray(offset, offset + length)).equals(bytes.subarray(from, to))) {
      throw new Error(`${path} does not give back what was written to it.`);
    }
  }
}
