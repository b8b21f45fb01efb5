/**
 * A journal in two files of one directory. Lines go to the first with write(2), whose effect the operating system keeps when
 * the process is killed, and without fsync(2), which would cost what a transaction costs.
 */
import { appendFileSync, closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { Journal } from '#storage/journal.ts';

export class FileJournal implements Journal {
  readonly #path: string;
  readonly #asidePath: string;
  #file: number | undefined;

  /** `path` is the first file's; the second's ends in `.aside`. */
  constructor(path: string) {
    this.#path = path;
    this.#asidePath = `${path}.aside`;
  }

  read(): readonly string[] {
    return [this.#asidePath, this.#path].filter((path) => existsSync(path)).flatMap(linesOf);
  }

  append(lines: string): void {
    this.#file ??= openSync(this.#path, 'a', 0o600);
    const bytes = Buffer.from(lines);
    for (let written = 0; written < bytes.length; ) written += writeSync(this.#file, bytes, written);
  }

  setAside(): void {
    this.close();
    if (!existsSync(this.#path)) return;
    if (existsSync(this.#asidePath)) {
      // The last line there may have been cut off.
      appendFileSync(this.#asidePath, `\n${readFileSync(this.#path, 'utf8')}`);
      rmSync(this.#path);
    } else renameSync(this.#path, this.#asidePath);
  }

  dropAside(): void {
    rmSync(this.#asidePath, { force: true });
  }

  close(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
  }
}

function linesOf(path: string): readonly string[] {
  return readFileSync(path, 'utf8')
    .split('\n')
    .filter((line) => line !== '');
}
