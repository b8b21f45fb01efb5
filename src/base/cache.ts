/** A bounded memory in front of something that is slow to ask, kept right by dropping what has changed. */
import { Lru } from './lru.ts';

/** Remembers what was found, never that nothing was. A value whose load began before a drop is not remembered. */
export class Cache<V> {
  readonly #found: Lru<V>;
  readonly #loading = new Map<string, Promise<V | undefined>>();

  /** As for an Lru. */
  constructor(capacity: number, weigh?: (value: V) => number) {
    this.#found = new Lru(capacity, weigh);
  }

  /** How many values are remembered. */
  get size(): number {
    return this.#found.size;
  }

  /** Synchronous for what is remembered. */
  get(name: string, load: () => Promise<V | undefined>): V | undefined | Promise<V | undefined> {
    return this.#found.get(name) ?? this.#loading.get(name) ?? this.#load(name, load);
  }

  drop(name: string): void {
    this.#found.delete(name);
    this.#loading.delete(name);
  }

  #load(name: string, load: () => Promise<V | undefined>): Promise<V | undefined> {
    const loading = load().then(
      (value) => {
        if (this.#loading.get(name) !== loading) return value;
        this.#loading.delete(name);
        if (value !== undefined) this.#found.set(name, value);
        return value;
      },
      (error: unknown) => {
        if (this.#loading.get(name) === loading) this.#loading.delete(name);
        throw error;
      },
    );
    this.#loading.set(name, loading);
    return loading;
  }
}
