/**
 * The figures of usage that records add up to, and the file that keeps those of a segment: texts that come again and again are
 * written once, and named by their place in that list.
 */
import type { CountedCall } from './counted-call.ts';

/** Calls that have all of these in common. */
export interface Cell extends Omit<CountedCall, 'count' | 'hasFailed'> {
  readonly succeeded: number;
  readonly failed: number;
}

/** What changes what a key costs. */
export interface KeyEvent {
  /** CreateKey, also of replicas; ScheduleKeyDeletion, CancelKeyDeletion, DeleteKey or RotateKey. */
  readonly name: string;
  /** An ARN. */
  readonly key: string;
  /** `2026-01-02T03:04:05Z` */
  readonly at: string;
  /** The key spec, of CreateKey, where the record has it; else ''. */
  readonly spec: string;
}

/** `object`: of objects in an S3 bucket that has no bucket key. */
export type RepeatKind = 'data key' | 'decrypt' | 'object';

/** Calls that somebody made again and again, where one might have been enough for a while. */
export interface Repeat {
  readonly kind: RepeatKind;
  readonly account: string;
  readonly region: string;
  readonly principal: string;
  readonly key: string;
  readonly operation: string;
  /** The encryption context as JSON, or the ARN of the bucket; what is long is cut off, and has a digest at its end. */
  readonly context: string;
  /** `2026-01-02` */
  readonly day: string;
  readonly calls: number;
  /** In how many windows they were. */
  readonly windows: number;
  /** The first and the last of these, numbered from the epoch: neighbours in time may share one. */
  readonly first: number;
  readonly last: number;
}

/** How long a data key or a bucket key is taken to be used again. */
export const windowMs = 300_000;

export interface UsageFigures {
  readonly cells: readonly Cell[];
  readonly keyEvents: readonly KeyEvent[];
  /** Those that save most; see `repeats.ts`. */
  readonly repeats: readonly Repeat[];
}

const format = 1;
const cellTexts = ['hour', 'account', 'region', 'operation', 'key', 'principal', 'variant'] as const;
const keyEventTexts = ['name', 'key', 'at', 'spec'] as const;
const repeatTexts = ['kind', 'account', 'region', 'principal', 'key', 'operation', 'context', 'day'] as const;
const repeatNumbers = ['calls', 'windows', 'first', 'last'] as const;

export function encodeFigures({ cells, keyEvents, repeats }: UsageFigures): Uint8Array {
  const places = new Map<string, number>();
  const placeOf = (text: string) => {
    const place = places.get(text) ?? places.size;
    places.set(text, place);
    return place;
  };
  const written = {
    cells: cells.map((cell) => [...cellTexts.map((name) => placeOf(cell[name])), cell.succeeded, cell.failed]),
    keyEvents: keyEvents.map((event) => keyEventTexts.map((name) => placeOf(event[name]))),
    repeats: repeats.map((repeat) => [
      ...repeatTexts.map((name) => placeOf(repeat[name])),
      ...repeatNumbers.map((name) => repeat[name]),
    ]),
  };
  return Buffer.from(JSON.stringify({ keywrightUsage: format, texts: [...places.keys()], ...written }));
}

/** Throws for what encodeFigures has not written. */
export function decodeFigures(bytes: Uint8Array): UsageFigures {
  const { keywrightUsage, texts, cells, keyEvents, repeats } = Object(JSON.parse(Buffer.from(bytes).toString()));
  if (keywrightUsage !== format) throw new Error(`These are no figures of usage in format ${format}.`);
  const textsIn = <Name extends string>(names: readonly Name[], row: readonly number[]) =>
    Object.fromEntries(names.map((name, index) => [name, textAt(texts, row[index])])) as Record<Name, string>;
  return {
    cells: cells.map((row: number[]) => {
      const [succeeded = 0, failed = 0] = row.slice(cellTexts.length);
      return { ...textsIn(cellTexts, row), succeeded, failed };
    }),
    keyEvents: keyEvents.map((row: number[]) => textsIn(keyEventTexts, row)),
    repeats: repeats.map((row: number[]) => {
      const [calls = 0, windows = 0, first = 0, last = 0] = row.slice(repeatTexts.length);
      return { ...textsIn(repeatTexts, row), calls, windows, first, last };
    }),
  };
}

function textAt(texts: readonly unknown[], place: number | undefined): string {
  const text = texts[place ?? -1];
  if (typeof text !== 'string') throw new Error('These figures of usage are damaged.');
  return text;
}
