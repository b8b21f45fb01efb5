/**
 * From an access key id to the secret that a signature is checked with. An id that nobody has gets a secret as well,
 * one that nobody knows, and costs the same work, so that neither the answer nor its time tells which ids exist.
 */
import { Lru } from '#base/lru.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { randomBytes } from '#crypto/random.ts';
import type { Vault } from '#custody/vault.ts';
import type { AccountId } from '#model/arn.ts';
import type { Principal } from '#model/principal.ts';
import type { AccessKeyRecord } from '#storage/store.ts';
import { accessKeyPlace } from './accounts.ts';

export interface Credential {
  readonly accessKeyId: string;
  readonly secret: SecretBytes;
  /** False for an id that nobody has: no signature made with `secret` may be accepted. */
  readonly known: boolean;
  readonly principal: Principal;
}

const cacheSize = 10_000;

export class Credentials {
  readonly #vault: Vault;
  readonly #found = new Lru<Credential>(cacheSize);
  #decoy: AccessKeyRecord;

  constructor(vault: Vault) {
    this.#vault = vault;
    this.#decoy = makeDecoy(vault);
  }

  /** Synchronous for an access key that was used lately; an id that nobody has is looked for anew each time. */
  find(accessKeyId: string): Credential | Promise<Credential> {
    return this.#found.get(accessKeyId) ?? this.findAnew(accessKeyId);
  }

  /** Looks in the store, whether or not it is remembered: the same work for every id. */
  async findAnew(accessKeyId: string): Promise<Credential> {
    const isWellFormed = /^[A-Z0-9]{16,128}$/.test(accessKeyId);
    const stored = await this.#vault.store.get('accessKeys', [isWellFormed ? accessKeyId : 'none']);
    if (this.#decoy.wrapped.domainKeyId !== this.#vault.domainKeys.active.domainKeyId)
      this.#decoy = makeDecoy(this.#vault);
    const record = stored ?? this.#decoy;
    const credential: Credential = {
      accessKeyId,
      secret: this.#vault.domainKeys.unwrap(record.wrapped, accessKeyPlace(record)),
      known: stored !== undefined,
      principal: { kind: record.principal, accountId: record.accountId as AccountId }, // stored as parsed
    };
    if (credential.known) this.#found.set(accessKeyId, credential);
    return credential;
  }
}

/** A record of an access key that is not in the store, with a secret that nobody has seen. */
function makeDecoy({ domainKeys }: Vault): AccessKeyRecord {
  const holder = { accessKeyId: 'none', accountId: '000000000000', principal: 'root', createdAtMs: 0 } as const;
  using secret = new SecretBytes(randomBytes(40));
  return { ...holder, wrapped: domainKeys.wrap(secret, accessKeyPlace(holder)) };
}
