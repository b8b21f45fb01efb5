/** What everything that keeps something needs: the store, the domain keys that open it, and the time. */
import type { Clock } from '#base/clock.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { randomBytes } from '#crypto/random.ts';
import { WrappingKey } from '#crypto/wrap.ts';
import type { Store } from '#storage/store.ts';
import type { RootOfTrust } from './custody.ts';
import type { DomainKeys } from './domain-keys.ts';

export interface Vault {
  readonly store: Store;
  readonly root: RootOfTrust;
  readonly domainKeys: DomainKeys;
  readonly clock: Clock;
}

/** A key of the service's own, made at first use and kept, wrapped, from then on. */
export async function openServiceKey(vault: Vault, name: string): Promise<WrappingKey> {
  const place = { collection: 'serviceKeys', key: [name], holder: { name } } as const;
  const kept = await vault.store.write(async (transaction) => {
    const found = await transaction.get('serviceKeys', [name]);
    if (found !== undefined) return found;
    using secret = new SecretBytes(randomBytes(32));
    const record = { name, wrapped: vault.domainKeys.wrap(secret, place) };
    transaction.put('serviceKeys', [name], record);
    return record;
  });
  using secret = vault.domainKeys.unwrap(kept.wrapped, place);
  return new WrappingKey(secret);
}
