/**
 * What each grantee has been granted on each key, in memory: what requests are matched with. A grantee's request looks at
 * that grantee's grants alone, however many others the key has. The store is the truth; a change drops the list that it
 * touches after it has been committed and before it is acknowledged.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { Cache } from '#base/cache.ts';
import type { GrantRecord, RecordKey, Store } from '#storage/store.ts';

/** What decides whether a grant covers a request. */
export type Granted = Pick<GrantRecord, 'grantId' | 'operations' | 'constraints'>;

const cachedLists = 20_000;
const loadedAtOnce = 1000;

export class Grantees {
  readonly #store: Store;
  readonly #lists = new Cache<readonly Granted[]>(cachedLists);

  constructor(store: Store) {
    this.#store = store;
  }

  /** `key` is the key's path, `granteeId` as GrantRecord has it. Most have none, which is remembered as well. */
  async of(key: RecordKey, granteeId: string): Promise<readonly Granted[]> {
    return (await this.#lists.get(nameOf(key, granteeId), () => this.#load(key, granteeId))) ?? [];
  }

  drop(key: RecordKey, granteeId: string): void {
    this.#lists.drop(nameOf(key, granteeId));
  }

  async #load(key: RecordKey, granteeId: string): Promise<readonly Granted[]> {
    const within = [...key, granteeId];
    const granted: Granted[] = [];
    let after: RecordKey | undefined;
    for (;;) {
      const entries = await this.#store.list('grantsOfGrantee', { within, after, limit: loadedAtOnce });
      for (const entry of entries) {
        const grant = await this.#store.get('grants', [...key, entry.key.at(-1) ?? '']);
        if (grant !== undefined) granted.push(grantedBy(grant));
      }
      after = entries.at(-1)?.key;
      if (entries.length < loadedAtOnce) return granted;
      await turn(); // others are waiting
    }
  }
}

function nameOf(key: RecordKey, granteeId: string): string {
  return [...key, granteeId].join(' ');
}

function grantedBy({ grantId, operations, constraints }: GrantRecord): Granted {
  return constraints === undefined ? { grantId, operations } : { grantId, operations, constraints };
}
