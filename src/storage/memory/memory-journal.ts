/** A journal that lasts as long as the object does: for tests, in which that is the machine. */
import type { Journal } from '#storage/journal.ts';

export class MemoryJournal implements Journal {
  #lines: readonly string[] = [];
  #aside: readonly string[] = [];

  read(): readonly string[] {
    return [...this.#aside, ...this.#lines];
  }

  append(lines: string): void {
    this.#lines = [...this.#lines, ...lines.split('\n').filter((line) => line !== '')];
  }

  setAside(): void {
    this.#aside = this.read();
    this.#lines = [];
  }

  dropAside(): void {
    this.#aside = [];
  }

  close(): void {}
}
