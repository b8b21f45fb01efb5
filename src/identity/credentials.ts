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
  /** An access key that exists. */
  readonly #anyAccessKeyId: string;

  private constructor(vault: Vault, anyAccessKeyId: string) {
    this.#vault = vault;
    this.#anyAccessKeyId = anyAccessKeyId;
  }

  /** Throws where the store has no access key at all. */
  static async open(vault: Vault): Promise<Credentials> {
    const [any] = await vault.store.list('accessKeys', { within: [], limit: 1 });
    if (any === undefined) throw new Error('The store has no access key.');
    return new Credentials(vault, any.record.accessKeyId);
  }

  /** Synchronous for an access key that was used lately; an id that nobody has is looked for anew each time. */
  find(accessKeyId: string): Credential | Promise<Credential> {
    return this.#found.get(accessKeyId) ?? this.findAnew(accessKeyId);
  }

  /** Looks in the store, whether or not it is remembered. Each time one record is found, one is not, and one opened. */
  async findAnew(accessKeyId: string): Promise<Credential> {
    const isWellFormed = /^[A-Z0-9]{16,128}$/.test(accessKeyId);
    const stored = await this.#read(isWellFormed ? accessKeyId : absent);
    const other = await this.#read(stored === undefined ? this.#anyAccessKeyId : absent);
    const record = stored ?? other;
    if (record === undefined) throw new Error('The access key that there was is gone.');
    const secret = this.#vault.domainKeys.unwrap(record.wrapped, accessKeyPlace(record));
    const accountId = record.accountId as AccountId; // stored as parsed
    const principal: Principal = { kind: record.principal, accountId };
    if (stored === undefined) {
      secret[Symbol.dispose]();
      return { accessKeyId, secret: new SecretBytes(randomBytes(secret.length)), known: false, principal };
    }
    const credential = { accessKeyId, secret, known: true, principal };
    this.#found.set(accessKeyId, credential);
    return credential;
  }

  #read(accessKeyId: string): Promise<AccessKeyRecord | undefined> {
    return this.#vault.store.get('accessKeys', [accessKeyId]);
  }
}

/** No access key id has this form. */
const absent = 'none';
