/** What tells that something remembered about an account is out of date. */
import type { AccountId } from '#model/arn.ts';

/** How often each account has changed since the start: what is remembered is good for one generation. */
export class Generations {
  readonly #counts = new Map<AccountId, number>();
  #total = 0;

  /** Changes to any account. */
  get total(): number {
    return this.#total;
  }

  of(accountId: AccountId): number {
    return this.#counts.get(accountId) ?? 0;
  }

  advance(accountId: AccountId): void {
    this.#counts.set(accountId, this.of(accountId) + 1);
    this.#total++;
  }
}
