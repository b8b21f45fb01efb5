/** Reads the index of a closed segment (search-index.ts says its form): the front of it is kept, entries are read when looked for. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import type { SealedBlock } from '#audit/sealing/blocks.ts';
import { indexMagic, onlyBlock, sizes } from './search-index.ts';

/** A file beside a segment, or a compressed block of it, is not what was written. */
export class DamagedTrail extends Error {
  override readonly name = 'DamagedTrail';
}

/** When something happened, in seconds, both inclusive. Nothing did where the oldest is later than the newest. */
export interface Period {
  readonly oldest: number;
  readonly newest: number;
}

export interface IndexedBlock extends SealedBlock, Period {}

/** What is known of a closed segment. */
export interface SegmentFacts extends Period {
  /** The sequence numbers of its records; `last` is `first` - 1 where it has none. */
  readonly first: number;
  readonly last: number;
}

export class SegmentIndex implements SegmentFacts {
  readonly #path: string;
  /** Header, block table and fan-out. */
  readonly #front: Buffer;
  readonly #size: number;
  readonly first: number;
  readonly last: number;
  readonly oldest: number;
  readonly newest: number;
  readonly blocks: number;
  readonly #entries: number;

  /** Throws DamagedTrail, or the operating system's error where there is none. */
  constructor(path: string) {
    this.#path = path;
    const [front, size] = withFile(path, (file) => {
      const length = fstatSync(file).size;
      const header = readAt(file, 0, Math.min(length, sizes.header));
      if (header.length < sizes.header || header.toString('latin1', 0, 8) !== indexMagic) throw damaged(path);
      const blocks = header.readUInt32BE(26);
      const end = sizes.header + blocks * sizes.block + sizes.fanOut;
      if (end + header.readUInt32BE(30) * sizes.entry > length) throw damaged(path);
      return [readAt(file, 0, end), length] as const;
    });
    this.#front = front;
    this.#size = size;
    this.first = front.readUIntBE(8, 6);
    this.last = this.first + front.readUInt32BE(14) - 1;
    this.oldest = front.readUInt32BE(18);
    this.newest = front.readUInt32BE(22);
    this.blocks = front.readUInt32BE(26);
    this.#entries = front.readUInt32BE(30);
  }

  /** Throws DamagedTrail where there is no such block. */
  block(n: number): IndexedBlock {
    if (n >= this.blocks) throw damaged(this.#path);
    const at = sizes.header + n * sizes.block;
    const front = this.#front;
    const first = this.first + front.readUInt32BE(at + 8);
    const next = n + 1 === this.blocks ? this.last + 1 : this.first + front.readUInt32BE(at + sizes.block + 8);
    return {
      offset: front.readUInt32BE(at),
      length: front.readUInt32BE(at + 4),
      first,
      records: next - first,
      oldest: front.readUInt32BE(at + 12),
      newest: front.readUInt32BE(at + 16),
    };
  }

  /** The numbers of the blocks that may have events of a term, in ascending order. Throws as the constructor. */
  blocksWith(hash: number): readonly number[] {
    const firstByte = Math.floor(hash / 2 ** 40);
    const from = firstByte === 0 ? 0 : this.#fanOut(firstByte - 1);
    const to = this.#fanOut(firstByte);
    if (from === to) return [];
    if (from > to || to > this.#entries) throw damaged(this.#path);
    return withFile(this.#path, (file) => {
      const entriesAt = this.#front.length;
      const entries = readAt(file, entriesAt + from * sizes.entry, (to - from) * sizes.entry);
      const place = placeOf(hash, entries);
      if (place === undefined) return [];
      if (place >= onlyBlock) return [place - onlyBlock];
      const listAt = entriesAt + this.#entries * sizes.entry + place;
      const list = readAt(file, listAt, Math.min(2 + this.blocks * 2, this.#size - listAt));
      const count = list.length < 2 ? 0 : list.readUInt16BE(0);
      if (count === 0 || list.length < 2 + count * 2) throw damaged(this.#path);
      return Array.from({ length: count }, (_, i) => list.readUInt16BE(2 + i * 2));
    });
  }

  #fanOut(firstByte: number): number {
    return this.#front.readUInt32BE(this.#front.length - sizes.fanOut + firstByte * 4);
  }
}

function placeOf(hash: number, entries: Buffer): number | undefined {
  let from = 0;
  let to = entries.length / sizes.entry;
  while (from < to) {
    const middle = (from + to) >> 1;
    const found = entries.readUIntBE(middle * sizes.entry, 6);
    if (found === hash) return entries.readUInt32BE(middle * sizes.entry + 6);
    if (found < hash) from = middle + 1;
    else to = middle;
  }
  return undefined;
}

const nothing = Buffer.alloc(0);

function withFile<T>(path: string, work: (file: number) => T): T {
  const file = openSync(path, 'r');
  try {
    return work(file);
  } finally {
    closeSync(file);
  }
}

/** Exactly so many bytes, in `room` where that is large enough. Throws DamagedTrail where the file has fewer. */
export function readAt(file: number, from: number, length: number, room = nothing): Buffer {
  const bytes = length <= room.length ? room.subarray(0, Math.max(0, length)) : Buffer.allocUnsafe(length);
  for (let done = 0; done < bytes.length; ) {
    const count = readSync(file, bytes, done, bytes.length - done, from + done);
    if (count === 0) throw new DamagedTrail('A file of the audit trail is shorter than it should be.');
    done += count;
  }
  return bytes;
}

function damaged(path: string): DamagedTrail {
  return new DamagedTrail(`${path} is damaged. Remove it: the next start makes it anew.`);
}
