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
  using secret = await openServiceSecret(vault, name);
  return new WrappingKey(secret);
}

/** The same for secrets of any kind; `make` is asked for the first, 32 random bytes unless given. */
export async function openServiceSecret(vault: Vault, name: string, make = randomSecret): Promise<SecretBytes> {
  const place = { collection: 'serviceKeys', key: [name], holder: { name } } as const;
  const kept = await vault.store.write(async (transaction) => {
    const found = await transaction.get('serviceKeys', [name]);
    if (found !== undefined) return found;
    using secret = make();
    const record = { name, wrapped: vault.domainKeys.wrap(secret, place) };
    transaction.put('serviceKeys', [name], record);
    return record;
  });
  return vault.domainKeys.unwrap(kept.wrapped, place);
}

const randomSecret = () => new SecretBytes(randomBytes(32));
