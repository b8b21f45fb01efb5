/**
 * Keys and aliases as they are, in memory and ready for use: what requests are served from. The store is the truth; a
 * change drops what it touches here after it has been committed and before it is acknowledged.
 */
import { Cache } from '#base/cache.ts';
import { aliasBytes, compiledBytes, keyBytes, materialBytes, sharedPolicyLength } from '#base/cache-shares.ts';
import { type KeyMaterial, openMaterial } from '#crypto/key-material.ts';
import type { Vault } from '#custody/vault.ts';
import { type AliasName, aliasArn, type KeyArn, type KeyId, keyArn, type Place, parseKeyId } from '#model/arn.ts';
import type { KeyRecord, MaterialRecord, RecordKey } from '#storage/store.ts';
import { isUsable, nextExpiryMs, recordAt } from './material-facts.ts';

export type { KeyMaterial };

export interface KeySnapshot {
  readonly record: KeyRecord;
  readonly keyId: KeyId;
  readonly place: Place;
  readonly arn: KeyArn;
  /** In the order of their names. */
  readonly aliases: readonly AliasName[];
  /** Every material of the key that is there, by material id: old ciphertexts name old ones. */
  readonly materials: ReadonlyMap<string, KeyMaterial>;
  /** When the first of the materials expires, and this is no longer how the key is. */
  readonly expiresAtMs?: number | undefined;
}

/** A key as a request found it. */
export interface LocatedKey extends KeySnapshot {
  /** An AWS managed key that is made once the request is permitted. */
  readonly isToBe?: true;
  /** The alias that the request used, if it used one. */
  readonly viaAlias?: AliasName;
}

export class Snapshots {
  readonly #vault: Vault;
  readonly #keys: Cache<KeySnapshot>;
  readonly #aliases: Cache<KeyId>;

  constructor(vault: Vault) {
    this.#vault = vault;
    this.#keys = new Cache(vault.caches.keys, bytesOf);
    this.#aliases = new Cache(vault.caches.aliases, () => aliasBytes);
    vault.changes.subscribe(({ what, name }) => {
      if (what === 'key') this.#keys.drop(name);
      else if (what === 'alias') this.#aliases.drop(name);
      return undefined;
    });
  }

  /** The key, or undefined where there is none. Synchronous for a key that was used lately. */
  key(place: Place, keyId: KeyId): KeySnapshot | undefined | Promise<KeySnapshot | undefined> {
    const name = keyArn(place, keyId);
    const load = () => this.#loadKey(place, keyId);
    const key = this.#keys.get(name, load);
    if (key === undefined || key instanceof Promise || !this.#isOver(key)) return key;
    this.#keys.drop(name);
    return this.#keys.get(name, load);
  }

  /** The key that an alias stands for, or undefined where there is no such alias. */
  alias(place: Place, name: AliasName): KeyId | undefined | Promise<KeyId | undefined> {
    return this.#aliases.get(aliasArn(place, name), () => this.#loadAlias(place, name));
  }

  dropKey(place: Place, keyId: KeyId): void {
    this.#vault.changes.announce({ what: 'key', name: keyArn(place, keyId) });
  }

  dropAlias(place: Place, name: AliasName): void {
    this.#vault.changes.announce({ what: 'alias', name: aliasArn(place, name) });
  }

  /** How many are remembered. */
  get sizes(): { readonly keys: number; readonly aliases: number } {
    return { keys: this.#keys.size, aliases: this.#aliases.size };
  }

  #isOver({ expiresAtMs }: KeySnapshot): boolean {
    return expiresAtMs !== undefined && expiresAtMs <= this.#vault.clock.now();
  }

  async #loadKey(place: Place, keyId: KeyId): Promise<KeySnapshot | undefined> {
    const { store, domainKeys, clock } = this.#vault;
    const key = [place.accountId, place.region, keyId];
    const stored = await store.get('keys', key);
    if (stored === undefined) return undefined;
    const record = recordAt(stored, clock.now());
    const found = await store.list('materials', { within: key, limit: Number.MAX_SAFE_INTEGER });
    const usable = found.filter(({ record: { materialId } }) => isUsable(record, materialId));
    const materials = usable.map(({ key: at, record: material }): [string, KeyMaterial] => {
      using secret = domainKeys.unwrap(material.wrapped, materialPlace(at, material));
      const name = { accountId: place.accountId, keyId, materialId: material.materialId };
      return [material.materialId, openMaterial(material.spec, name, secret)];
    });
    const named = await store.list('aliasesOfKey', { within: key, limit: Number.MAX_SAFE_INTEGER });
    const aliases = named.map(({ record: { name } }) => name);
    return {
      record,
      keyId,
      place,
      arn: keyArn(place, keyId),
      aliases,
      materials: new Map(materials),
      expiresAtMs: nextExpiryMs(record),
    };
  }

  async #loadAlias(place: Place, name: AliasName): Promise<KeyId | undefined> {
    const record = await this.#vault.store.get('aliases', [place.accountId, place.region, name]);
    return record === undefined ? undefined : parseKeyId(record.keyId);
  }
}

/** What a key takes in memory, with its policy compiled; one that is shared among keys counts as text alone. */
function bytesOf({ record, materials, aliases }: KeySnapshot): number {
  const { policy, policyPrincipals = [], publicKey = '' } = record;
  const isShared = policyPrincipals.length === 0 && policy.length <= sharedPolicyLength;
  const policyBytes = policy.length * (isShared ? 1 : compiledBytes);
  return (
    keyBytes +
    materialBytes * Math.max(0, materials.size - 1) +
    aliasBytes * aliases.length +
    policyBytes +
    publicKey.length
  );
}

export function materialPlace(key: RecordKey, holder: Omit<MaterialRecord, 'wrapped'>) {
  return { collection: 'materials', key, holder } as const;
}
