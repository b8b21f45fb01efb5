/**
 * A bounded map that forgets what was not used lately. Entries live in two generations: use brings one into the younger,
 * and when that is full it becomes the elder and the elder is forgotten. Unlike a strict LRU list, finding something
 * that is in use costs a single look-up.
 */
export class Lru<V> {
  #younger = new Map<string, V>();
  #elder = new Map<string, V>();
  /** Of the younger generation. */
  #weight = 0;
  readonly #generation: number;
  readonly #weigh: (value: V) => number;

  /**
   * Holds entries of at most `capacity` in weight, and at least the half of that used last. An entry weighs 1 unless `weigh` says
   * otherwise, which must always say the same of a value; where entries weigh more, there may be one above the capacity.
   */
  constructor(capacity: number, weigh: (value: V) => number = () => 1) {
    this.#generation = Math.max(1, Math.floor(capacity / 2));
    this.#weigh = weigh;
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
    this.delete(key);
    this.#younger.set(key, value);
    this.#weight += this.#weigh(value);
    if (this.#weight < this.#generation) return;
    this.#elder = this.#younger;
    this.#younger = new Map();
    this.#weight = 0;
  }

  delete(key: string): void {
    const value = this.#younger.get(key);
    if (value !== undefined) this.#weight -= this.#weigh(value);
    this.#younger.delete(key);
    this.#elder.delete(key);
  }

  get size(): number {
    return this.#younger.size + this.#elder.size;
  }
}
