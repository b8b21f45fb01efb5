/**
 * The files of the trail: one for each segment, named by its number. The last one is being written; those before it are
 * closed, and in time compressed.
 */
import { closeSync, fsyncSync, openSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { zstdDecompressSync } from 'node:zlib';

/** A segment as it was written. */
export const plainEnding = '.log';
/** The same, compressed. */
export const compressedEnding = '.log.zst';
/** What is counted in a segment, which is kept for longer than the segment is. */
export const usageEnding = '.usage.json';

export class Segments {
  readonly directory: string;

  constructor(directory: string) {
    this.directory = directory;
  }

  /** The path of the file of a segment, or of what goes with it. */
  path(segment: number, ending: string = plainEnding): string {
    return join(this.directory, `${String(segment).padStart(12, '0')}${ending}`);
  }

  /** The numbers of the segments that are there, in order. */
  list(): readonly number[] {
    const found = readdirSync(this.directory).flatMap((name) => {
      const [, digits] = /^(\d{12})\.log(?:\.zst)?$/.exec(name) ?? [];
      return digits === undefined ? [] : [Number(digits)];
    });
    return [...new Set(found)].sort((a, b) => a - b);
  }

  /** All bytes of a segment, as they were written. Throws where it is not there, or not whole. */
  read(segment: number): Buffer {
    try {
      return readFileSync(this.path(segment));
    } catch (error) {
      if (!isAbsence(error)) throw error;
      return zstdDecompressSync(readFileSync(this.path(segment, compressedEnding)));
    }
  }

  /** Has the names of new and removed files on the medium. */
  sync(): void {
    const directory = openSync(this.directory, 'r');
    try {
      fsyncSync(directory);
    } finally {
      closeSync(directory);
    }
  }

  /** Removes all segments before this one with what goes with them, but for what is told of their use. */
  removeBefore(segment: number): void {
    for (const name of readdirSync(this.directory)) {
      const [, digits, ending = ''] = /^(\d{12})(\..*)$/.exec(name) ?? [];
      if (Number(digits) < segment && !ending.startsWith(usageEnding))
        rmSync(join(this.directory, name), { force: true });
    }
  }
}

export function isAbsence(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}
