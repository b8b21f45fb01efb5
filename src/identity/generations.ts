/** What tells that something remembered about an account is out of date. */
import type { AccountId } from '#model/arn.ts';
import type { ChangeFeed } from '#storage/change-feed.ts';

/** How often each account has changed since the start: what is remembered is good for one generation. */
export class Generations {
  readonly #counts = new Map<string, number>();
  readonly #changes: ChangeFeed;
  #total = 0;

  constructor(changes: ChangeFeed) {
    this.#changes = changes;
    changes.subscribe(({ what, name }) => {
      if (what === 'account') this.#count(name);
      return undefined;
    });
  }

  /** Changes to any account. */
  get total(): number {
    return this.#total;
  }

  of(accountId: AccountId): number {
    return this.#counts.get(accountId) ?? 0;
  }

  advance(accountId: AccountId): void {
    this.#changes.announce({ what: 'account', name: accountId });
  }

  #count(accountId: string): void {
    this.#counts.set(accountId, (this.#counts.get(accountId) ?? 0) + 1);
    this.#total++;
  }
}
