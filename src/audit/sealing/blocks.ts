/**
 * The form that closed segments are kept in: blocks of whole lines, each compressed by itself, one after the other. Together they
 * are one file that `zstdcat` reads; a look-up decompresses only the blocks that it needs. Source: RFC 8878, Zstandard frames.
 */
import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib';

/** A little over a hundred records: fewer make it larger, more make finding one slower. */
const defaultBytes = 131_072;

/** Where something begins and ends, in bytes. */
export interface Range {
  readonly from: number;
  readonly to: number;
}

/** Where a block of a closed segment lies, and what is in it. */
export interface SealedBlock {
  /** In the compressed file, in bytes. */
  readonly offset: number;
  readonly length: number;
  /** The sequence number of its first record; that of the next one where it has none. */
  readonly first: number;
  readonly records: number;
}

/** Blocks of whole lines that together are all of it. */
export function cutIntoBlocks(bytes: Buffer, blockBytes = defaultBytes): readonly Range[] {
  const blocks: Range[] = [];
  for (let from = 0; from < bytes.length; ) {
    const end = bytes.indexOf(0x0a, from + blockBytes);
    const to = end === -1 ? bytes.length : end + 1;
    blocks.push({ from, to });
    from = to;
  }
  return blocks;
}

/** One frame, with a checksum of its content. */
export function compressBlock(bytes: Buffer): Buffer {
  return zstdCompressSync(bytes, {
    params: { [constants.ZSTD_c_checksumFlag]: 1 },
    pledgedSrcSize: bytes.length,
  });
}

/** Throws where it is not whole. */
export function decompressBlock(frame: Buffer): Buffer {
  return zstdDecompressSync(frame);
}
