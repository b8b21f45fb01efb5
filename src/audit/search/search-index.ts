/**
 * The index of a closed segment, a sidecar: in which of its blocks there are events of an account and Region, with each value of
 * each attribute. Numbers are big-endian.
 *
 *     header    40 bytes: "KWIDX001", first sequence number (6), records (4), eventTime of the oldest and the newest record in
 *               seconds (4, 4), blocks (4), entries (4), length of the compressed segment (6)
 *     blocks    20 bytes each: offset and length in the compressed segment, first record (from 0), oldest, newest (4 each)
 *     fan-out   256 times the number of entries whose hash begins with this byte or a lower one (4)
 *     entries   10 bytes each, in order: hash of a term (6); its block with the highest bit set, or where its list is (4)
 *     lists     how many blocks (2), and their numbers in ascending order (2 each)
 */
import type { AuditEvent } from '#audit/event.ts';
import type { SealedBlock } from '#audit/sealing/blocks.ts';
import type { Sidecar, SidecarWork } from '#audit/sidecar.ts';
import { termHash, termsOf } from './terms.ts';

export const indexEnding = '.idx';
export const indexMagic = 'KWIDX001';
export const sizes = { header: 40, block: 20, fanOut: 1024, entry: 10 } as const;
/** Marks an entry that has its only block in it. */
export const onlyBlock = 0x80000000;
const noTime = 0xffffffff;

export const searchIndex: Sidecar = { ending: indexEnding, begin: () => new SearchIndexWork() };

interface Times {
  oldest: number;
  newest: number;
}

class SearchIndexWork implements SidecarWork {
  readonly #blocksOf = new Map<string, number[]>();
  readonly #times: Times[] = [];

  take(event: AuditEvent, block: number): void {
    this.#takeTime(Date.parse(event.eventTime) / 1000, block);
    for (const term of termsOf(event)) {
      const blocks = this.#blocksOf.get(term);
      if (blocks === undefined) this.#blocksOf.set(term, [block]);
      else if (blocks.at(-1) !== block) blocks.push(block);
    }
  }

  #takeTime(seconds: number, block: number): void {
    const times = this.#times[block];
    if (times === undefined) {
      this.#times[block] = { oldest: seconds, newest: seconds };
      return;
    }
    times.oldest = Math.min(times.oldest, seconds);
    times.newest = Math.max(times.newest, seconds);
  }

  finish(blocks: readonly SealedBlock[]): Uint8Array {
    const entries = [...this.#blocksOf]
      .map(([text, found]) => ({ hash: termHash(text), found }))
      .sort((a, b) => a.hash - b.hash);
    const times = blocks.map((_, n) => this.#times[n] ?? { oldest: noTime, newest: 0 });
    return Buffer.concat([headerOf(blocks, times, entries.length), tableOf(blocks, times), ...listsOf(entries)]);
  }
}

function headerOf(blocks: readonly SealedBlock[], times: readonly Times[], entries: number): Buffer {
  const header = Buffer.alloc(sizes.header);
  const end = blocks.at(-1);
  header.write(indexMagic, 'latin1');
  header.writeUIntBE(blocks[0]?.first ?? 0, 8, 6);
  header.writeUInt32BE(
    blocks.reduce((sum, { records }) => sum + records, 0),
    14,
  );
  header.writeUInt32BE(
    times.reduce((least, { oldest }) => Math.min(least, oldest), noTime),
    18,
  );
  header.writeUInt32BE(
    times.reduce((most, { newest }) => Math.max(most, newest), 0),
    22,
  );
  header.writeUInt32BE(blocks.length, 26);
  header.writeUInt32BE(entries, 30);
  header.writeUIntBE(end === undefined ? 0 : end.offset + end.length, 34, 6);
  return header;
}

function tableOf(blocks: readonly SealedBlock[], times: readonly Times[]): Buffer {
  const table = Buffer.alloc(blocks.length * sizes.block);
  const base = blocks[0]?.first ?? 0;
  for (const [n, { offset, length, first }] of blocks.entries()) {
    const { oldest = noTime, newest = 0 } = times[n] ?? {};
    const values = [offset, length, first - base, oldest, newest];
    for (const [i, value] of values.entries()) table.writeUInt32BE(value, n * sizes.block + i * 4);
  }
  return table;
}

interface Entry {
  readonly hash: number;
  readonly found: readonly number[];
}

/** Fan-out, entries and lists. */
function listsOf(entries: readonly Entry[]): readonly Buffer[] {
  const fanOut = Buffer.alloc(sizes.fanOut);
  const table = Buffer.alloc(entries.length * sizes.entry);
  const lists: Buffer[] = [];
  const counts = new Array<number>(256).fill(0);
  let end = 0;
  for (const [n, { hash, found }] of entries.entries()) {
    const [only] = found;
    table.writeUIntBE(hash, n * sizes.entry, 6);
    table.writeUInt32BE(only !== undefined && found.length === 1 ? onlyBlock + only : end, n * sizes.entry + 6);
    const firstByte = Math.floor(hash / 2 ** 40);
    counts[firstByte] = (counts[firstByte] ?? 0) + 1;
    if (found.length === 1) continue;
    const list = Buffer.alloc(2 + found.length * 2);
    for (const [i, value] of [found.length, ...found].entries()) list.writeUInt16BE(value, i * 2);
    lists.push(list);
    end += list.length;
  }
  let sum = 0;
  for (const [n, count] of counts.entries()) {
    sum += count;
    fanOut.writeUInt32BE(sum, n * 4);
  }
  return [fanOut, table, ...lists];
}
