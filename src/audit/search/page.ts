/** A page of what is found, which goes through the trail from the newest record to the oldest. */
import type { Lookup, LookupPage, Position } from './lookup.ts';
import type { Wanted } from './wanted.ts';

export class Page {
  /** Records from here on are of pages before this one. */
  readonly before: Position;
  readonly #limit: number;
  readonly #found: { readonly line: string; readonly sequence: Position }[] = [];

  constructor({ after = Number.POSITIVE_INFINITY, limit }: Lookup) {
    this.before = after;
    this.#limit = limit;
  }

  /** One more than is wanted shows that there is a next page. */
  get isFull(): boolean {
    return this.#found.length > this.#limit;
  }

  /**
   * Takes what is wanted of some lines of a segment: whole ones, without its header, which may have seals among them. `last` is the
   * sequence number of the last record in there. Returns how many records there are, if all of them had to be looked at.
   */
  takeFrom(bytes: Buffer, last: number, wanted: Wanted): number {
    const starts = recordStarts(bytes);
    const candidates = candidatesIn(bytes, starts, wanted.needle);
    for (const n of candidates.reverse()) {
      const sequence = last - (starts.length - 1 - n);
      if (sequence >= this.before) continue;
      const start = starts[n] ?? 0;
      const line = wanted.textOf(bytes.subarray(start, bytes.indexOf(0x0a, start)));
      if (line === undefined) continue;
      this.#found.push({ line, sequence });
      if (this.isFull) break;
    }
    return starts.length;
  }

  /** `reached`: where the search was ended before its time, the sequence number of the oldest record that it has looked at. */
  result(reached?: Position): LookupPage {
    const kept = this.#found.slice(0, this.#limit);
    const next = this.isFull ? kept.at(-1)?.sequence : reached;
    return { lines: kept.map(({ line }) => line), next };
  }
}

/** Where the lines of records begin. */
function recordStarts(bytes: Buffer): readonly number[] {
  const starts: number[] = [];
  for (let at = 0; at < bytes.length; ) {
    if (bytes[at] === 0x7b) starts.push(at);
    const end = bytes.indexOf(0x0a, at);
    at = end === -1 ? bytes.length : end + 1;
  }
  return starts;
}

/** Which of the lines have the needle in them, in order. */
function candidatesIn(bytes: Buffer, starts: readonly number[], needle: Buffer): number[] {
  const candidates: number[] = [];
  let n = 0;
  for (let at = bytes.indexOf(needle); at !== -1; ) {
    while (n + 1 < starts.length && (starts[n + 1] ?? 0) <= at) n++;
    candidates.push(n);
    const next = starts[n + 1];
    if (next === undefined) break;
    at = bytes.indexOf(needle, next);
  }
  return candidates;
}
