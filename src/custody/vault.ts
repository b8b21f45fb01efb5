/** What everything that keeps something needs: the store, the domain keys that open it, and the time. */
import { type CacheShares, shareCache } from '#base/cache-shares.ts';
import type { Clock } from '#base/clock.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { randomBytes } from '#crypto/random.ts';
import { WrappingKey } from '#crypto/wrap.ts';
import { ChangeFeed } from '#storage/change-feed.ts';
import type { ServiceKeyRecord, Store } from '#storage/store.ts';
import type { RootOfTrust } from './custody.ts';
import { DomainKeys, type Held, type WrappingPlace } from './domain-keys.ts';

export interface Vault {
  readonly store: Store;
  readonly root: RootOfTrust;
  readonly domainKeys: DomainKeys;
  readonly clock: Clock;
  /** Told of every change to what is remembered of the store. */
  readonly changes: ChangeFeed;
  /** How much of it may be remembered. */
  readonly caches: CacheShares;
}

/** Opens the hierarchy of keys of a store, which is made in a new one. Throws CustodyError for a wrong root. */
export async function makeVault(held: Omit<Held, 'changes'>, caches: CacheShares = shareCache()): Promise<Vault> {
  const changes = new ChangeFeed();
  return { ...held, changes, caches, domainKeys: await DomainKeys.open({ ...held, changes }) };
}

/** A key of the service's own, made at first use and kept, wrapped, from then on. */
export async function openServiceKey(vault: Vault, name: string): Promise<WrappingKey> {
  using secret = await openServiceSecret(vault, name);
  return new WrappingKey(secret);
}

/** The same for secrets of any kind; `make` is asked for the first, 32 random bytes unless given. */
export async function openServiceSecret(vault: Vault, name: string, make = randomSecret): Promise<SecretBytes> {
  const place = { collection: 'serviceKeys', key: [name], holder: { name } } as const;
  const found = (await vault.store.get('serviceKeys', [name])) ?? (await makeServiceSecret(vault, place, make));
  return vault.domainKeys.unwrap(found.wrapped, place);
}

type ServiceKeyPlace = WrappingPlace & {
  readonly collection: 'serviceKeys';
  readonly holder: { readonly name: string };
};

function makeServiceSecret(vault: Vault, place: ServiceKeyPlace, make: () => SecretBytes): Promise<ServiceKeyRecord> {
  return vault.store.write(async (transaction) => {
    const found = await transaction.get('serviceKeys', place.key);
    if (found !== undefined) return found;
    using secret = make();
    const record = { name: place.holder.name, wrapped: vault.domainKeys.wrap(secret, place) };
    transaction.put('serviceKeys', place.key, record);
    return record;
  });
}

const randomSecret = () => new SecretBytes(randomBytes(32));
