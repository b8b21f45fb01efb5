/**
 * From an access key id to the secret that a signature is checked with. An id that nobody has gets a secret as well,
 * one that nobody knows, and costs the same work, so that neither the answer nor its time tells which ids exist.
 */

import { utf8 } from '#base/bytes.ts';
import { credentialBytes } from '#base/cache-shares.ts';
import { Lru } from '#base/lru.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { randomBytes } from '#crypto/random.ts';
import { openSession, type Session } from '#identity/sessions/sessions.ts';
import type { AccountId } from '#model/arn.ts';
import { unrecognizedClient } from '#model/errors.ts';
import type { AccessKeyRecord } from '#storage/store.ts';
import { accessKeyPlace } from './accounts.ts';
import type { Identities } from './identities.ts';

export interface Credential {
  readonly accessKeyId: string;
  readonly secret: SecretBytes;
  /** False for an id that nobody has: no signature made with `secret` may be accepted. */
  readonly known: boolean;
  /** Of temporary credentials; the request must carry the same. */
  readonly sessionToken?: string;
  readonly holder: Holder;
}

/** Whose credential it is. */
export interface Holder {
  readonly accountId: AccountId;
  /** `root`, or the unique id of a user or role. */
  readonly principal: string;
  readonly viaService?: string;
  readonly session?: Session;
}

/** What a request says of its credential. */
export interface Claim {
  readonly accessKeyId: string;
  readonly sessionToken?: string | undefined;
}

interface Remembered {
  readonly credential: Credential;
  readonly generation: number;
}

export class Credentials {
  readonly #identities: Identities;
  readonly #found: Lru<Remembered>;
  /** So many at most are remembered. */
  readonly capacity: number;
  /** An access key that exists, as far as is known. */
  #anyAccessKeyId = absent;

  private constructor(identities: Identities) {
    this.#identities = identities;
    const { credentials } = identities.vault.caches;
    this.#found = new Lru(
      credentials,
      ({ credential: { sessionToken = '' } }) => credentialBytes + sessionToken.length,
    );
    this.capacity = Math.floor(credentials / credentialBytes);
  }

  /** How many are remembered. */
  get size(): number {
    return this.#found.size;
  }

  /** Throws where the store has no access key at all. */
  static async open(identities: Identities): Promise<Credentials> {
    const credentials = new Credentials(identities);
    await credentials.#readAny();
    return credentials;
  }

  /**
   * Synchronous for a credential that was used lately; an id that nobody has is looked for anew each time. Throws
   * UnrecognizedClientException for temporary credentials that are not ours.
   */
  find(claim: Claim): Credential | Promise<Credential> {
    const remembered = this.#found.get(claim.accessKeyId);
    return remembered !== undefined && this.#isCurrent(remembered, claim)
      ? remembered.credential
      : this.findAnew(claim);
  }

  /** Looks in the store, whether or not it is remembered. Each time one record is found, one is not, and one opened. */
  async findAnew({ accessKeyId, sessionToken }: Claim): Promise<Credential> {
    if (accessKeyId.startsWith('ASIA')) return this.#openSession(accessKeyId, sessionToken);
    const changesBefore = this.#identities.generations.total;
    const isWellFormed = /^[A-Z0-9]{16,128}$/.test(accessKeyId);
    const stored = await this.#read(isWellFormed ? accessKeyId : absent);
    const other = await this.#read(stored === undefined ? this.#anyAccessKeyId : absent);
    const record = stored ?? other ?? (await this.#readAny());
    const accountId = record.accountId as AccountId; // stored as parsed
    const secret = this.#identities.vault.domainKeys.unwrap(record.wrapped, accessKeyPlace(record));
    const holder = { accountId, principal: record.principal, ...viaServiceOf(record) };
    if (stored === undefined || stored.isInactive === true) {
      secret[Symbol.dispose]();
      return { accessKeyId, secret: new SecretBytes(randomBytes(secret.length)), known: false, holder };
    }
    return this.#remember({ accessKeyId, secret, known: true, holder }, changesBefore);
  }

  #openSession(accessKeyId: string, sessionToken: string | undefined): Credential {
    const session = sessionToken === undefined ? undefined : openSession(this.#identities, accessKeyId, sessionToken);
    if (session === undefined || sessionToken === undefined) throw unrecognizedClient();
    const { accountId, holder: principal } = session;
    const secret = new SecretBytes(utf8(session.secret));
    const holder = { accountId, principal, session };
    const { total } = this.#identities.generations;
    return this.#remember({ accessKeyId, secret, known: true, sessionToken, holder }, total);
  }

  /** Not what was read before a change that may have been to it. */
  #remember(credential: Credential, changesBefore: number): Credential {
    const { generations } = this.#identities;
    if (generations.total !== changesBefore) return credential;
    this.#found.set(credential.accessKeyId, { credential, generation: generations.of(credential.holder.accountId) });
    return credential;
  }

  #isCurrent({ credential, generation }: Remembered, { sessionToken }: Claim): boolean {
    const { accountId } = credential.holder;
    return this.#identities.generations.of(accountId) === generation && credential.sessionToken === sessionToken;
  }

  async #readAny(): Promise<AccessKeyRecord> {
    const [any] = await this.#identities.vault.store.list('accessKeys', { within: [], limit: 1 });
    if (any === undefined) throw new Error('The store has no access key.');
    this.#anyAccessKeyId = any.record.accessKeyId;
    return any.record;
  }

  #read(accessKeyId: string): Promise<AccessKeyRecord | undefined> {
    return this.#identities.vault.store.get('accessKeys', [accessKeyId]);
  }
}

/** No access key id has this form. */
const absent = 'none';

function viaServiceOf({ viaService }: AccessKeyRecord): { readonly viaService?: string } {
  return viaService === undefined ? {} : { viaService };
}
