/**
 * What would have been saved, had those who repeat themselves most used what they got for a while. Decrypt can be told apart by its
 * caller, key and context alone, since the trail has no ciphertexts: that is what would be saved at most. Calls of one that was
 * among the many in one segment and not in another are missing, so the others are what would be saved at least.
 */
import type { Repeat, UsageFigures } from './figures.ts';
import { askedBy, joined, savedBy } from './repeats.ts';

/** As a repeat, over the whole month; `windows` is how many calls would have been enough. */
export interface Saving extends Omit<Repeat, 'day' | 'first' | 'last'> {
  readonly cost: number;
}

/** As many are told apart; then the lesser half is let go. */
const mostSums = 20_000;

export class Savings {
  /** `2026-01` */
  readonly #month: string;
  #sums = new Map<string, Repeat>();

  constructor(month: string) {
    this.#month = month;
  }

  /** Figures come in the order of time. */
  add({ repeats }: UsageFigures): void {
    for (const repeat of repeats) {
      if (!repeat.day.startsWith(this.#month)) continue;
      const id = askedBy(repeat);
      const before = this.#sums.get(id);
      this.#sums.set(id, before === undefined ? repeat : joined(before, repeat));
    }
    if (this.#sums.size <= mostSums) return;
    const sorted = [...this.#sums].sort(([, a], [, b]) => savedBy(b) - savedBy(a));
    this.#sums = new Map(sorted.slice(0, mostSums / 2));
  }

  /** The largest first. `priceOf` says what one such call costs. */
  all(priceOf: (repeat: Repeat) => number): readonly Saving[] {
    const savings = [...this.#sums.values()].map((sum) => {
      const { day: _, first: __, last: ___, ...repeat } = sum;
      return { ...repeat, cost: savedBy(sum) * priceOf(sum) };
    });
    return savings.filter((saving) => savedBy(saving) > 0).sort((a, b) => b.cost - a.cost || savedBy(b) - savedBy(a));
  }
}
