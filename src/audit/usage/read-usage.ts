/**
 * The figures of a whole trail, segment by segment. Of each there is either the file that was made when it was closed, or it is
 * read itself; so every record counts once. Runs of files are merged into one, which is made anew where it is missing.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { linesOf, scanSegment } from '#audit/chain.ts';
import { isAbsence, type Segments, usageEnding } from '#audit/segments.ts';
import { decodeFigures, type UsageFigures } from './figures.ts';
import { Tally } from './tally.ts';

/** Where the trail ends, as far as it is durable. */
export interface TrailEnd {
  readonly segment: number;
  readonly end: number;
}

export interface ReadHow {
  /** Reads the segments themselves where they are still there. */
  readonly isRecount?: boolean;
  /** How many segments' files are merged into one; 256 unless given. */
  readonly mergedAtOnce?: number;
}

/** A merged file that is not much smaller than its parts is of no use. */
const mostMergedCells = 100_000;

/** In the order of the segments. Throws for a segment that is damaged, and for one that has gone without a trace. */
export function* readUsage(segments: Segments, end: TrailEnd, how: ReadHow = {}): Generator<UsageFigures> {
  const { isRecount = false, mergedAtOnce = 256 } = how;
  for (const run of runsOf(numbersIn(segments, end.segment), mergedAtOnce)) {
    const path = join(
      dirname(segments.directory),
      'usage',
      `${String(run.first).padStart(12, '0')}-${mergedAtOnce}.json`,
    );
    const merged = isRecount ? undefined : figuresIn(path);
    if (merged === undefined)
      yield* readRun(segments, end, { ...run, path, isRecount, isFull: run.numbers.length === mergedAtOnce });
    else yield merged;
  }
}

interface Run {
  readonly first: number;
  readonly numbers: readonly number[];
}

/** Segments are numbered from 1. */
function* runsOf(numbers: readonly number[], length: number): Generator<Run> {
  const firstOf = (number: number) => number - ((number - 1) % length);
  for (let at = 0; at < numbers.length; ) {
    const first = firstOf(numbers[at] ?? 1);
    let to = at;
    while (to < numbers.length && firstOf(numbers[to] ?? 1) === first) to++;
    yield { first, numbers: numbers.slice(at, to) };
    at = to;
  }
}

function* readRun(
  segments: Segments,
  end: TrailEnd,
  {
    numbers,
    path,
    isRecount,
    isFull,
  }: Run & { readonly path: string; readonly isRecount: boolean; readonly isFull: boolean },
): Generator<UsageFigures> {
  const tally = isFull && !isRecount ? new Tally() : undefined;
  let isFinal = tally !== undefined;
  let parts = 0;
  for (const number of numbers) {
    const { figures, isClosed } = figuresOf(segments, number, { end, isRecount });
    isFinal &&= isClosed && (tally?.cells ?? 0) <= mostMergedCells;
    if (isFinal) tally?.add(figures);
    parts += figures.cells.length;
    yield figures;
  }
  if (tally !== undefined && isFinal && tally.cells < parts / 2) keep(path, tally.finish());
}

interface Wish {
  readonly end: TrailEnd;
  readonly isRecount: boolean;
}

/** `isClosed`: they come from a file that will not change. */
function figuresOf(segments: Segments, number: number, { end, isRecount }: Wish) {
  const kept = isRecount ? undefined : figuresIn(segments.path(number, usageEnding));
  if (kept !== undefined) return { figures: kept, isClosed: true };
  try {
    return { figures: scanned(segments, number, end), isClosed: false };
  } catch (error) {
    // Closed and dropped since the folder was listed, or long ago.
    const late = isAbsence(error) ? figuresIn(segments.path(number, usageEnding)) : undefined;
    if (late === undefined) {
      throw new Error(`What segment ${number} of the audit trail counts for cannot be read.`, { cause: error });
    }
    return { figures: late, isClosed: true };
  }
}

/** Undefined where there is no such file, or it cannot be read: then the segment itself says it. */
function figuresIn(path: string): UsageFigures | undefined {
  try {
    return decodeFigures(readFileSync(path));
  } catch {
    return undefined;
  }
}

function scanned(segments: Segments, number: number, end: TrailEnd): UsageFigures {
  const bytes = segments.read(number);
  const scan = scanSegment(number === end.segment ? bytes.subarray(0, Math.max(end.end, 0)) : bytes);
  if (scan === undefined)
    throw new Error(`Segment ${number} of the audit trail is damaged; "keywright audit verify" says more.`);
  const tally = new Tally();
  for (const group of scan.groups) {
    for (const line of linesOf(bytes, group)) tally.take(JSON.parse(line));
  }
  return tally.figures();
}

/** Those of which there is anything, in order. */
function numbersIn(segments: Segments, last: number): readonly number[] {
  const kept = readdirSync(segments.directory).flatMap((name) => {
    const [, digits] = /^(\d{12})\.usage\.json$/.exec(name) ?? [];
    return digits === undefined ? [] : [Number(digits)];
  });
  const all = new Set([...kept, ...segments.list()]);
  return [...all].filter((number) => number <= last).sort((a, b) => a - b);
}

/** What cannot be kept is worked out again. */
function keep(path: string, bytes: Uint8Array): void {
  const making = `${path}.${process.pid}`;
  try {
    mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
    writeFileSync(making, bytes, { mode: 0o600 });
    renameSync(making, path);
  } catch {
    rmSync(making, { force: true });
  }
}
