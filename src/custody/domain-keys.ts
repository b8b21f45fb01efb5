/**
 * The domain keys: what wraps every secret in the store, and is itself wrapped by the root of trust. One is active.
 * Rotation makes a new active one, wraps everything anew, batch by batch while the service goes on, and destroys the
 * old one when nothing is wrapped under it any more. A process killed in between takes up the work at its next start.
 */
import { setImmediate as turn } from 'node:timers/promises';
import { toBase64 } from '#base/bytes.ts';
import { type Clock, dayMs } from '#base/clock.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { randomBytes, randomUUID } from '#crypto/random.ts';
import { WrappingKey } from '#crypto/wrap.ts';
import type { ChangeFeed } from '#storage/change-feed.ts';
import type {
  AccessKeyRecord,
  DomainKeyRecord,
  MaterialRecord,
  Reader,
  RecordKey,
  ServiceKeyRecord,
  Store,
  Transaction,
  Wrapped,
} from '#storage/store.ts';
import { CustodyError, type RootOfTrust } from './custody.ts';

/** The collections whose records hold something wrapped. */
export type WrappedCollection = 'materials' | 'accessKeys' | 'serviceKeys';
const wrappedCollections: readonly WrappedCollection[] = ['serviceKeys', 'accessKeys', 'materials'];

/** A record of one of those collections, before or after its secret has been wrapped. */
type Holder = Omit<MaterialRecord, 'wrapped'> | Omit<AccessKeyRecord, 'wrapped'> | Omit<ServiceKeyRecord, 'wrapped'>;

/** Whose secret it is: where it lies, and which record it belongs to. */
export interface WrappingPlace {
  readonly collection: WrappedCollection;
  readonly key: RecordKey;
  readonly holder: Holder;
}

/** Told of a rotation in the transaction that makes the new domain key the active one; what it returns is run afterwards. */
export type RotationWitness = (transaction: Transaction, domainKeyId: string) => Promise<() => Promise<void>>;

/** What domain keys are kept in and opened with. */
export interface Held {
  readonly store: Store;
  readonly root: RootOfTrust;
  readonly clock: Clock;
  /** Told of a new domain key before it is used. */
  readonly changes: ChangeFeed;
}

const rewrapBatch = 25;
const rotateAfterMs = dayMs;

export class DomainKeys {
  readonly #store: Store;
  readonly #root: RootOfTrust;
  readonly #clock: Clock;
  readonly #changes: ChangeFeed;
  readonly #keys = new Map<string, WrappingKey>();
  #active: DomainKeyRecord | undefined;
  #rotation: Promise<unknown> = Promise.resolve();
  #witness: RotationWitness = async () => async () => undefined;

  private constructor({ store, root, clock, changes }: Held) {
    this.#store = store;
    this.#root = root;
    this.#clock = clock;
    this.#changes = changes;
  }

  /** Unwraps the domain keys of a store, making the first one in a new store. Throws CustodyError for a wrong root. */
  static async open(held: Held): Promise<DomainKeys> {
    const { store } = held;
    const domainKeys = new DomainKeys(held);
    const found = await allDomainKeys(store);
    for (const { record } of found) await domainKeys.#admit(record);
    if (found.length === 0) {
      const { record, secret } = await domainKeys.#make();
      await store.write(async (transaction) => transaction.put('domainKeys', [record.domainKeyId], record));
      domainKeys.#use(record, secret);
    }
    if (domainKeys.#active === undefined) throw new CustodyError('The store has no active domain key.');
    return domainKeys;
  }

  /** The active domain key: its id and when it was made. */
  get active(): DomainKeyRecord {
    if (this.#active === undefined) throw new CustodyError('The store has no active domain key.');
    return this.#active;
  }

  /** Of every rotation that begins from now on. */
  watch(witness: RotationWitness): void {
    this.#witness = witness;
  }

  /**
   * Wraps a secret for its place. Call it inside the transaction that stores the result: transactions run one after
   * another, so a rotation cannot retire the domain key in between.
   */
  wrap(secret: SecretBytes, place: WrappingPlace): Wrapped {
    const { domainKeyId } = this.active;
    const key = this.#key(domainKeyId);
    return { domainKeyId, bytes: toBase64(key.wrap(secret, purposeOf(place))) };
  }

  /** Throws CustodyError where the bytes are not what was wrapped for this place. */
  unwrap(wrapped: Wrapped, place: WrappingPlace): SecretBytes {
    const secret = this.#key(wrapped.domainKeyId).unwrap(Buffer.from(wrapped.bytes, 'base64'), purposeOf(place));
    if (secret === undefined) throw new CustodyError(`What is wrapped in ${place.collection} does not open.`);
    return secret;
  }

  /** Whether the active domain key has served its time. */
  get isRotationDue(): boolean {
    return this.#clock.now() - this.active.createdAtMs >= rotateAfterMs;
  }

  /** Rotates to a new domain key; resolves when the old one has been destroyed. Rotations run one after another. */
  rotate(): Promise<{ readonly domainKeyId: string; readonly rewrapped: number }> {
    return this.#inTurn(async () => {
      await this.#forgetDestroyed();
      const { record, secret } = await this.#make();
      const tell = await this.#store.write(async (transaction) => {
        for (const { key, record: previous } of await allDomainKeys(transaction)) {
          transaction.put('domainKeys', key, { ...previous, state: 'retiring' });
        }
        transaction.put('domainKeys', [record.domainKeyId], record);
        return this.#witness(transaction, record.domainKeyId);
      });
      // Nothing may be wrapped under it before everyone who reads can open that.
      this.#changes.announce({ what: 'domain-keys', name: record.domainKeyId });
      await this.#changes.settled();
      this.#use(record, secret);
      const told = tell();
      told.catch(() => undefined); // seen below
      const rewrapped = await this.#rewrapAll();
      await told;
      return { domainKeyId: record.domainKeyId, rewrapped };
    });
  }

  /** Looks which domain keys there are, after another process has rotated them. */
  async refresh(): Promise<void> {
    await this.#forgetDestroyed();
    for (const { record } of await allDomainKeys(this.#store)) {
      if (record.state === 'active' || !this.#keys.has(record.domainKeyId)) await this.#admit(record);
    }
  }

  /** Finishes a rotation that was cut short. Does nothing where there is none. */
  resume(): Promise<void> {
    return this.#inTurn(async () => {
      const records = await allDomainKeys(this.#store);
      if (records.some(({ record }) => record.state === 'retiring')) await this.#rewrapAll();
    });
  }

  /** Runs a task that needs every domain key there is: no rotation runs meanwhile. */
  withoutRotation<T>(task: () => Promise<T>): Promise<T> {
    return this.#inTurn(task);
  }

  #inTurn<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#rotation.then(task);
    this.#rotation = result.catch(() => undefined); // the next rotation starts whatever became of this one
    return result;
  }

  async #rewrapAll(): Promise<number> {
    let rewrapped = 0;
    for (const collection of wrappedCollections) {
      let after: RecordKey | undefined;
      do {
        const batch = await this.#store.write((transaction) => this.#rewrapBatch(transaction, collection, after));
        rewrapped += batch.rewrapped;
        after = batch.last;
        await turn(); // the store may not have let go of the event loop, and requests are waiting
      } while (after !== undefined);
    }
    await this.#destroyRetired();
    return rewrapped;
  }

  /** One batch, in one transaction: what was changed or deleted since is seen as it is now. */
  async #rewrapBatch(transaction: Transaction, collection: WrappedCollection, after: RecordKey | undefined) {
    const entries = await transaction.list(collection, { within: [], after, limit: rewrapBatch });
    let rewrapped = 0;
    for (const { key, record } of entries) {
      if (record.wrapped.domainKeyId === this.active.domainKeyId) continue;
      const place = { collection, key, holder: record };
      using secret = this.unwrap(record.wrapped, place);
      transaction.put(collection, key, { ...record, wrapped: this.wrap(secret, place) });
      rewrapped++;
    }
    return { rewrapped, last: entries.length < rewrapBatch ? undefined : entries.at(-1)?.key };
  }

  /** Only what nothing is wrapped under. Nothing can be, any more, once a new key is active: it does all wrapping. */
  async #destroyRetired(): Promise<void> {
    const stillNeeded = await this.#wrappedUnder();
    await this.#store.write(
      async (transaction) => {
        for (const { record } of await allDomainKeys(transaction)) {
          const { state, domainKeyId } = record;
          if (state === 'retiring' && !stillNeeded.has(domainKeyId)) transaction.delete('domainKeys', [domainKeyId]);
        }
      },
      { scrub: true },
    );
  }

  /**
   * Lets go of domain keys that an earlier rotation destroyed. Not at once, because a request may at that moment hold a
   * record that it read before it was wrapped anew.
   */
  async #forgetDestroyed(): Promise<void> {
    const kept = new Set((await allDomainKeys(this.#store)).map(({ record }) => record.domainKeyId));
    for (const domainKeyId of this.#keys.keys()) if (!kept.has(domainKeyId)) this.#keys.delete(domainKeyId);
  }

  async #wrappedUnder(): Promise<ReadonlySet<string>> {
    const ids = new Set<string>();
    for (const collection of wrappedCollections) {
      let after: RecordKey | undefined;
      do {
        const page = await this.#store.list(collection, { within: [], after, limit: rewrapBatch });
        for (const { record } of page) ids.add(record.wrapped.domainKeyId);
        after = page.at(-1)?.key;
        await turn();
      } while (after !== undefined);
    }
    return ids;
  }

  async #make(): Promise<{ record: DomainKeyRecord; secret: SecretBytes }> {
    const domainKeyId = randomUUID();
    const secret = new SecretBytes(randomBytes(32));
    const wrappedByRoot = toBase64(await this.#root.wrap(secret, ['domain key', domainKeyId]));
    return { record: { domainKeyId, state: 'active', createdAtMs: this.#clock.now(), wrappedByRoot }, secret };
  }

  async #admit(record: DomainKeyRecord): Promise<void> {
    const wrapped = Buffer.from(record.wrappedByRoot, 'base64');
    const secret = await this.#root.unwrap(wrapped, ['domain key', record.domainKeyId]);
    if (secret === undefined) {
      throw new CustodyError(
        `This store was made with another root of trust: ${this.#root.description} does not open it. Nothing has been changed.`,
      );
    }
    this.#use(record, secret);
  }

  #use(record: DomainKeyRecord, secret: SecretBytes): void {
    using used = secret;
    this.#keys.set(record.domainKeyId, new WrappingKey(used));
    if (record.state === 'active') this.#active = record;
  }

  #key(domainKeyId: string): WrappingKey {
    const key = this.#keys.get(domainKeyId);
    if (key === undefined) throw new CustodyError(`There is no domain key ${domainKeyId}.`);
    return key;
  }
}

/** What a wrapped secret is bound to: its place, and what of its record decides about its use. */
function purposeOf({ collection, key, holder }: WrappingPlace): readonly string[] {
  const bound = 'spec' in holder ? [holder.spec] : 'accessKeyId' in holder ? [holder.accountId, holder.principal] : [];
  return [collection, ...key, ...bound];
}

function allDomainKeys(reader: Reader) {
  return reader.list('domainKeys', { within: [], limit: Number.MAX_SAFE_INTEGER });
}
