/**
 * What has changed in the store, for everyone who remembers something of it. A change is announced after it has been committed;
 * once `settled` has come, nobody uses what was before, and only then is the change acknowledged.
 */

/** What is out of date, by the name under which it is remembered. */
export interface Change {
  /** `key` by its ARN, `alias` by its ARN, `grantee` as keys/grantees.ts names it, `account` by its id, `domain-keys` all at once; `quotas` are replaced by the settings that the name is, as JSON. */
  readonly what: 'key' | 'alias' | 'grantee' | 'account' | 'domain-keys' | 'quotas';
  readonly name: string;
}

/** Forgets what is out of date: at once, or by the time that the promise is fulfilled. Must not throw or reject. */
export type ChangeListener = (change: Change) => Promise<void> | undefined;

export class ChangeFeed {
  readonly #listeners: ChangeListener[] = [];
  readonly #pending = new Set<Promise<unknown>>();

  subscribe(listener: ChangeListener): void {
    this.#listeners.push(listener);
  }

  announce(change: Change): void {
    for (const listener of this.#listeners) {
      const pending = listener(change);
      if (pending === undefined) continue;
      this.#pending.add(pending);
      void pending.finally(() => this.#pending.delete(pending));
    }
  }

  /** Fulfilled once everyone has forgotten what has been announced so far; undefined where everyone has. */
  settled(): Promise<unknown> | undefined {
    return this.#pending.size === 0 ? undefined : Promise.all(this.#pending);
  }
}
