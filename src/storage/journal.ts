/**
 * Notes that cost less than a transaction: what has been noted outlives the process, however that ends, but not always the
 * machine. For what is on its way into the store, and can be noted twice without harm.
 */
export interface Journal {
  /** All lines that are there, those set aside included, in the order in which they were noted. The last may be cut off. */
  read(): readonly string[];
  /** Notes lines, each with a line feed at its end; they outlive the process when this returns. Throws where it cannot. */
  append(lines: string): void;
  /** Puts what has been noted so far with what was set aside before. */
  setAside(): void;
  /** Forgets what was set aside. */
  dropAside(): void;
  close(): void;
}

/** Remembers nothing: for stores that nobody is served from. */
export const noJournal: Journal = {
  read: () => [],
  append: () => undefined,
  setAside: () => undefined,
  dropAside: () => undefined,
  close: () => undefined,
};
