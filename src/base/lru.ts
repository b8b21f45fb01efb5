/**
 * A bounded map that forgets what was not used lately. Entries live in two generations: use brings one into the younger,
 * and when that is full it becomes the elder and the elder is forgotten. Unlike a strict LRU list, finding something
 * that is in use costs a single look-up.
 */
export class Lru<V> {
  #younger = new Map<string, V>();
  #elder = new Map<string, V>();
  readonly #generation: number;

  /** Holds at most `capacity` entries, and at least the half of that used last. */
  constructor(capacity: number) {
    this.#generation = Math.max(1, Math.floor(capacity / 2));
  }

  /** The value, which counts as a use of it. */
  get(key: string): V | undefined {
    const value = this.#younger.get(key);
    if (value !== undefined) return value;
    const kept = this.#elder.get(key);
    if (kept !== undefined) this.set(key, kept);
    return kept;
  }

  set(key: string, value: V): void {
    this.#elder.delete(key);
    this.#younger.set(key, value);
    if (this.#younger.size < this.#generation) return;
    this.#elder = this.#younger;
    this.#younger = new Map();
  }

  delete(key: string): void {
    this.#younger.delete(key);
    this.#elder.delete(key);
  }

  get size(): number {
    return this.#younger.size + this.#elder.size;
  }
}
