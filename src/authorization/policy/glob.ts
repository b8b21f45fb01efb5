/**
 * Patterns of `*` and `?`, matched without backtracking and without RegExp: whoever writes a policy must not be able to
 * stall the server. Time grows with the length of the text, times a thirty-second of the longest run that holds a `?`.
 */

/** A part of a pattern. Text stands for itself, whatever characters it has. */
export type GlobPiece = { readonly text: string } | { readonly wild: '*' | '?' };

/** What lies between two stars. */
interface Segment {
  readonly text: string;
  /** The places in `text` that take any character. */
  readonly gaps: ReadonlySet<number>;
}

export interface Glob {
  readonly segments: readonly [Segment, ...Segment[]];
  readonly minLength: number;
}

/** A pattern in which nothing but `*` and `?` is special. */
export function parseGlob(pattern: string): Glob {
  const toPiece = (text: string): GlobPiece => (text === '*' || text === '?' ? { wild: text } : { text });
  return compileGlob(pattern.split(/([*?])/).map(toPiece));
}

export function compileGlob(pieces: readonly GlobPiece[]): Glob {
  let last = { text: '', gaps: new Set<number>() };
  const segments: [Segment, ...Segment[]] = [last];
  for (const piece of pieces) {
    if ('text' in piece) {
      last.text += piece.text;
    } else if (piece.wild === '?') {
      last.gaps.add(last.text.length);
      last.text += '?';
    } else {
      last = { text: '', gaps: new Set<number>() };
      segments.push(last);
    }
  }
  return { segments, minLength: segments.reduce((sum, { text }) => sum + text.length, 0) };
}

/** Whether the whole text fits. `*` takes any run, newlines and colons included; `?` takes one UTF-16 unit. */
export function matchesGlob({ segments, minLength }: Glob, text: string): boolean {
  const [first] = segments;
  if (segments.length === 1) return text.length === minLength && fits(first, text, 0);
  if (text.length < minLength || !fits(first, text, 0)) return false;
  const last = segments[segments.length - 1] ?? first;
  const end = text.length - last.text.length;
  if (!fits(last, text, end)) return false;
  // Taking the leftmost place for each segment leaves the most room for those after it, so no choice is ever undone.
  let at = first.text.length;
  for (let index = 1; index < segments.length - 1; index++) {
    const segment = segments[index] ?? first;
    const found = find(segment, text, { at, end });
    if (found < 0) return false;
    at = found + segment.text.length;
  }
  return true;
}

function fits({ text: pattern, gaps }: Segment, text: string, at: number): boolean {
  if (gaps.size === 0) return text.startsWith(pattern, at);
  for (let index = 0; index < pattern.length; index++) {
    if (pattern.charCodeAt(index) !== text.charCodeAt(at + index) && !gaps.has(index)) return false;
  }
  return true;
}

/** The leftmost place of the segment within text[at, end), or -1. */
function find(segment: Segment, text: string, { at, end }: { readonly at: number; readonly end: number }): number {
  if (segment.gaps.size > 0) return findGapped(segment, text, { at, end });
  const found = text.indexOf(segment.text, at); // V8 turns to Boyer-Moore when a search goes badly
  return found + segment.text.length <= end ? found : -1;
}

/** Shift-and: bit i of the state says that the segment's first i + 1 characters end here. */
function findGapped(
  segment: Segment,
  text: string,
  { at, end }: { readonly at: number; readonly end: number },
): number {
  const { length } = segment.text;
  const { words, rows, latin, others } = masksOf(segment);
  const state = new Uint32Array(words);
  let bits = 0;
  const lastBit = 1 << ((length - 1) & 31);
  for (let index = at; index < end; index++) {
    const character = text.charCodeAt(index);
    const row = (character < latin.length ? latin[character] : others.get(character)) ?? 0;
    if (words === 1) {
      bits = ((bits << 1) | 1) & (rows[row] ?? 0); // the common case of what is below
      if ((bits & lastBit) !== 0) return index - length + 1;
      continue;
    }
    let carry = 1;
    for (let word = 0; word < words; word++) {
      const before = state[word] ?? 0;
      state[word] = ((before << 1) | carry) & (rows[row * words + word] ?? 0);
      carry = before >>> 31;
    }
    if (((state[words - 1] ?? 0) & lastBit) !== 0) return index - length + 1;
  }
  return -1;
}

/**
 * For each character, the row of bits for the places that take it; row 0 is of those that take any. Latin-1 has a table
 * of its own, because this is looked up for every character of the text.
 */
function masksOf({ text, gaps }: Segment) {
  const words = (text.length + 31) >>> 5;
  const latin = new Uint16Array(256);
  const others = new Map<number, number>();
  const characters = [...new Set(Array.from({ length: text.length }, (_, index) => text.charCodeAt(index)))];
  const rows = new Uint32Array((characters.length + 1) * words);
  const mark = (row: number, place: number) => {
    const word = row * words + (place >>> 5);
    rows[word] = (rows[word] ?? 0) | (1 << (place & 31));
  };
  for (const [index, character] of characters.entries()) {
    if (character < latin.length) latin[character] = index + 1;
    else others.set(character, index + 1);
    for (const place of gaps) mark(index + 1, place);
  }
  for (const place of gaps) mark(0, place);
  for (let place = 0; place < text.length; place++) {
    const character = text.charCodeAt(place);
    if (!gaps.has(place)) mark((character < latin.length ? latin[character] : others.get(character)) ?? 0, place);
  }
  return { words, rows, latin, others };
}
