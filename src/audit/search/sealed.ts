/** Searches closed segments by their indexes, and keeps in memory what is needed often, within bounds. */
import { closeSync, openSync } from 'node:fs';
import { decompressBlock } from '#audit/sealing/blocks.ts';
import { compressedEnding, isAbsence, type Segments } from '#audit/segments.ts';
import { Lru } from '#base/lru.ts';
import { DamagedTrail, readAt, SegmentIndex } from './index-file.ts';
import type { Page } from './page.ts';
import { indexEnding } from './search-index.ts';
import type { Wanted } from './wanted.ts';

/** About 6 kB each. */
const indexesAtMost = 2048;
/** About 130 kB each. */
const blocksAtMost = 64;

export class SealedSegments {
  readonly #segments: Segments;
  readonly #indexes = new Lru<SegmentIndex>(indexesAtMost);
  readonly #blocks = new Lru<Buffer>(blocksAtMost);

  constructor(segments: Segments) {
    this.#segments = segments;
  }

  /** Whether the segment has been found to be sealed, which it then stays. */
  isKnown(segment: number): boolean {
    return this.#indexes.get(String(segment)) !== undefined;
  }

  /** Undefined where there is none. Throws DamagedTrail. */
  #index(segment: number): SegmentIndex | undefined {
    const known = this.#indexes.get(String(segment));
    if (known !== undefined) return known;
    try {
      const index = new SegmentIndex(this.#segments.path(segment, indexEnding));
      this.#indexes.set(String(segment), index);
      return index;
    } catch (error) {
      if (isAbsence(error)) return undefined;
      throw error;
    }
  }

  /** Takes what is wanted. False where there is no index. Throws where a block is not what was written, or has gone. */
  search(segment: number, wanted: Wanted, page: Page): boolean {
    const index = this.#index(segment);
    if (index === undefined) return false;
    if (index.first >= page.before || !wanted.isOf(index)) return true;
    for (const n of index.blocksWith(wanted.hash).toReversed()) {
      const { first, records, oldest, newest } = index.block(n);
      if (first >= page.before || !wanted.isOf({ oldest, newest })) continue;
      const bytes = this.#block(segment, n, index);
      // The first one begins with the header.
      const lines = n === 0 ? bytes.subarray(bytes.indexOf(0x0a) + 1) : bytes;
      if (page.takeFrom(lines, first + records - 1, wanted) !== records) throw damaged(segment, n);
      if (page.isFull) break;
    }
    return true;
  }

  #block(segment: number, n: number, index: SegmentIndex): Buffer {
    const name = `${segment}.${n}`;
    const known = this.#blocks.get(name);
    if (known !== undefined) return known;
    const { offset, length } = index.block(n);
    const file = openSync(this.#segments.path(segment, compressedEnding), 'r');
    try {
      const bytes = decompressBlock(readAt(file, offset, length));
      this.#blocks.set(name, bytes);
      return bytes;
    } catch (error) {
      throw damaged(segment, n, error);
    } finally {
      closeSync(file);
    }
  }
}

function damaged(segment: number, n: number, cause?: unknown): DamagedTrail {
  return new DamagedTrail(`Block ${n} of segment ${segment} of the audit trail has been altered or damaged.`, {
    cause,
  });
}
