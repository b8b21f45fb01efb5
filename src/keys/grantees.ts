/**
 * What each grantee has been granted on each key, in memory: what requests are matched with. A grantee's request looks at
 * that grantee's grants alone, however many others the key has. The store is the truth; a change drops the list that it
 * touches after it has been committed and before it is acknowledged.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { Cache } from '#base/cache.ts';
import { grantBytes, grantListBytes } from '#base/cache-shares.ts';
import type { Vault } from '#custody/vault.ts';
import type { GrantRecord, RecordKey } from '#storage/store.ts';

/** What decides whether a grant covers a request. */
export type Granted = Pick<GrantRecord, 'grantId' | 'operations' | 'constraints'>;

const loadedAtOnce = 100;

export class Grantees {
  readonly #vault: Pick<Vault, 'store' | 'changes' | 'caches'>;
  readonly #lists: Cache<readonly Granted[]>;

  constructor(vault: Pick<Vault, 'store' | 'changes' | 'caches'>) {
    this.#vault = vault;
    this.#lists = new Cache(vault.caches.grants, (granted) => grantListBytes + granted.length * grantBytes);
    vault.changes.subscribe(({ what, name }) => {
      if (what === 'grantee') this.#lists.drop(name);
      return undefined;
    });
  }

  /** `key` is the key's path, `granteeId` as GrantRecord has it. Most have none, which is remembered as well. */
  async of(key: RecordKey, granteeId: string): Promise<readonly Granted[]> {
    return (await this.#lists.get(nameOf(key, granteeId), () => this.#load(key, granteeId))) ?? [];
  }

  /** How many lists are remembered. */
  get size(): number {
    return this.#lists.size;
  }

  drop(key: RecordKey, granteeId: string): void {
    this.#vault.changes.announce({ what: 'grantee', name: nameOf(key, granteeId) });
  }

  async #load(key: RecordKey, granteeId: string): Promise<readonly Granted[]> {
    const within = [...key, granteeId];
    const granted: Granted[] = [];
    let after: RecordKey | undefined;
    for (;;) {
      const entries = await this.#vault.store.list('grantsOfGrantee', { within, after, limit: loadedAtOnce });
      for (const entry of entries) {
        const grant = await this.#vault.store.get('grants', [...key, entry.key.at(-1) ?? '']);
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
