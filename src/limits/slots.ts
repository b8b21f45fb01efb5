/** One thing for each account, Region and quota class, found without making a text of the three. */
import type { AccountId, Place, Region } from '#model/arn.ts';
import type { QuotaClass } from './classes.ts';

/** So many may be kept before those that say nothing are forgotten: callers choose Regions. */
const sweepFrom = 10_000;

export class Slots<T> {
  readonly #make: (place: Place, name: QuotaClass) => T;
  readonly #isIdle: (slot: T) => boolean;
  readonly #accounts = new Map<AccountId, Map<Region, Map<QuotaClass, T>>>();
  #count = 0;
  #sweepAt = sweepFrom;

  /** `isIdle`: whether a new one would be as good. */
  constructor(make: (place: Place, name: QuotaClass) => T, isIdle: (slot: T) => boolean) {
    this.#make = make;
    this.#isIdle = isIdle;
  }

  of(place: Place, name: QuotaClass): T {
    return this.#accounts.get(place.accountId)?.get(place.region)?.get(name) ?? this.#add(place, name);
  }

  *all(): Iterable<T> {
    for (const regions of this.#accounts.values()) for (const slots of regions.values()) yield* slots.values();
  }

  clear(): void {
    this.#accounts.clear();
    this.#count = 0;
  }

  get size(): number {
    return this.#count;
  }

  #add(place: Place, name: QuotaClass): T {
    if (this.#count >= this.#sweepAt) this.#sweep();
    const regions = entry(this.#accounts, place.accountId, () => new Map<Region, Map<QuotaClass, T>>());
    const slots = entry(regions, place.region, () => new Map<QuotaClass, T>());
    const slot = this.#make({ accountId: place.accountId, region: place.region }, name);
    slots.set(name, slot);
    this.#count++;
    return slot;
  }

  #sweep(): void {
    for (const [accountId, regions] of this.#accounts) {
      for (const [region, slots] of regions) {
        for (const [name, slot] of slots) if (this.#isIdle(slot) && slots.delete(name)) this.#count--;
        if (slots.size === 0) regions.delete(region);
      }
      if (regions.size === 0) this.#accounts.delete(accountId);
    }
    this.#sweepAt = Math.max(sweepFrom, 2 * this.#count);
  }
}

function entry<K, V>(map: Map<K, V>, key: K, make: () => V): V {
  const found = map.get(key);
  if (found !== undefined) return found;
  const made = make();
  map.set(key, made);
  return made;
}
