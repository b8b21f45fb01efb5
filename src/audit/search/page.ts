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
    const text = bytes.toString('latin1'); // a character for each byte
    const starts = recordStarts(text);
    for (const n of wanted.candidatesIn(text, starts).reverse()) {
      const sequence = last - (starts.length - 1 - n);
      if (sequence >= this.before) continue;
      const start = starts[n] ?? 0;
      const line = bytes.toString('utf8', start, text.indexOf('\n', start));
      if (!wanted.is(line)) continue;
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
function recordStarts(text: string): readonly number[] {
  const starts: number[] = [];
  for (let at = 0; at < text.length; ) {
    if (text[at] === '{') starts.push(at);
    const end = text.indexOf('\n', at);
    at = end === -1 ? text.length : end + 1;
  }
  return starts;
}
