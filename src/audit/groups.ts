/** Lines of records on their way to the medium. */

/** Those that are written together. */
export interface Group {
  readonly lines: string[];
  readonly written: Promise<void>;
  readonly settle: (error?: unknown) => void;
}

export function newGroup(): Group {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  promise.catch(() => undefined); // whoever appended sees it; nobody may have
  return { lines: [], written: promise, settle: (error) => (error === undefined ? resolve() : reject(error)) };
}

/** As many as may be in memory while the medium takes none. */
const mostCharacters = 16_777_216;

/** Those whose calls have been refused because they could not be written, for when they can be. */
export class Unwritten {
  #lines: string[] = [];
  #characters = 0;

  /** Takes no more than there is room for. */
  keep(lines: readonly string[]): void {
    for (const line of lines) {
      if (this.#characters + line.length > mostCharacters) return;
      this.#characters += line.length;
      this.#lines.push(line);
    }
  }

  /** Gives all of them away. */
  take(): readonly string[] {
    const lines = this.#lines;
    this.#lines = [];
    this.#characters = 0;
    return lines;
  }
}
