/**
 * How many keys there are, and when imported material expires, by account and Region. Looking at all keys takes time where there
 * are many, so it is done in small steps, and again only after a while: at least 30 seconds, and fifty times as long as it took.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Clock } from '#base/clock.ts';
import type { Store } from '#storage/store.ts';

export interface KeysOf {
  readonly account: string;
  readonly region: string;
  /** As in KeyMetadata. */
  readonly state: string;
  /** `AWS` or `CUSTOMER`, as in KeyMetadata. */
  readonly manager: string;
  count: number;
}

export interface ExpiryOf {
  readonly account: string;
  readonly region: string;
  /** Of the material that expires next. */
  readonly atMs: number;
}

export interface KeyGauges {
  readonly keys: readonly KeysOf[];
  readonly expiries: readonly ExpiryOf[];
}

const pageSize = 100;
const keptMs = 30_000;
const rest = 50;
/** What a scrape waits for at most; what takes longer is in a later one. */
const patienceMs = 2000;
/** So many entries of the index are looked at: an account and Region with later ones alone is left out. */
const mostExpiries = 2000;

export class KeyCensus {
  readonly #store: Store;
  readonly #clock: Clock;
  #last: KeyGauges | undefined;
  #notBeforeMs = 0;
  #running: Promise<void> | undefined;

  constructor(store: Store, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
  }

  /** What was found last; undefined where nothing has been found in time yet. Rejects where the store cannot be read. */
  async read(): Promise<KeyGauges | undefined> {
    if (performance.now() >= this.#notBeforeMs) {
      this.#running ??= this.#count().finally(() => {
        this.#running = undefined;
      });
    }
    if (this.#running === undefined) return this.#last;
    const { promise: late, resolve } = Promise.withResolvers<void>();
    const timer = setTimeout(resolve, patienceMs);
    try {
      await Promise.race([this.#running, late]);
    } finally {
      clearTimeout(timer);
    }
    return this.#last;
  }

  async #count(): Promise<void> {
    const begunAtMs = performance.now();
    const keys = await this.#keys();
    const expiries = await this.#expiries();
    this.#last = { keys, expiries };
    const endedAtMs = performance.now();
    this.#notBeforeMs = endedAtMs + Math.max(keptMs, (endedAtMs - begunAtMs) * rest);
  }

  async #keys(): Promise<readonly KeysOf[]> {
    const found = new Map<string, KeysOf>();
    let after: readonly string[] | undefined;
    do {
      const page = await this.#store.list('keys', { within: [], after, limit: pageSize });
      for (const { record } of page) {
        const { accountId: account, region, state } = record;
        const manager = record.managedFor === undefined ? 'CUSTOMER' : 'AWS';
        const id = `${account} ${region} ${state.name} ${manager}`;
        const counted = found.get(id);
        if (counted === undefined) found.set(id, { account, region, state: state.name, manager, count: 1 });
        else counted.count++;
      }
      after = page.length < pageSize ? undefined : page.at(-1)?.key;
      await turn();
    } while (after !== undefined);
    return [...found.values()];
  }

  async #expiries(): Promise<readonly ExpiryOf[]> {
    const found = new Map<string, ExpiryOf>();
    let after: readonly string[] | undefined;
    let looked = 0;
    do {
      const page = await this.#store.list('expiries', { within: [], after, limit: pageSize });
      for (const { record } of page) {
        const { accountId: account, region, validToMs: atMs } = record;
        const id = `${account} ${region}`;
        if (atMs > this.#clock.now() && atMs < (found.get(id)?.atMs ?? Number.POSITIVE_INFINITY)) {
          found.set(id, { account, region, atMs });
        }
      }
      looked += page.length;
      after = page.length < pageSize || looked >= mostExpiries ? undefined : page.at(-1)?.key;
      await turn();
    } while (after !== undefined);
    return [...found.values()];
  }
}
