/**
 * Events of the service itself on their way into the trail. One that tells of a change of the store is put into the transaction of
 * that change, appended to the trail once that has been committed, and then deleted from the store. So each is in the trail exactly
 * once, whatever happens to the process in between: at the start, what is left in the store is appended unless the trail has it.
 */
import { randomUUID } from '#crypto/random.ts';
import { type KeyId, keyArn, type Place } from '#model/arn.ts';
import type { RecordKey, Store, Transaction } from '#storage/store.ts';
import { parseHeader } from './chain.ts';
import { type ServiceEvent, serviceEvent } from './event.ts';
import type { Trail } from './trail.ts';

/** What is left in the store is tried again after this time, in milliseconds. */
const retryMs = 1000;

interface Kept {
  readonly key: RecordKey;
  readonly line: string;
}

export class ServiceEvents {
  readonly #store: Store;
  readonly #trail: Trail;
  /** What has been put, by the event that it was given as. */
  readonly #put = new WeakMap<ServiceEvent, Kept>();
  /** The ids of those on their way. */
  readonly #underWay = new Set<string>();
  #written: RecordKey[] = [];
  #deleting: Promise<void> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(store: Store, trail: Trail) {
    this.#store = store;
    this.#trail = trail;
  }

  /** Appends what a process before this one has left in the store. */
  static async open(store: Store, trail: Trail): Promise<ServiceEvents> {
    const events = new ServiceEvents(store, trail);
    await events.#appendLeft();
    return events;
  }

  /** Puts an event into the transaction of the change that it tells of. */
  put(transaction: Transaction, event: ServiceEvent): void {
    this.#put.set(event, putServiceEvent(transaction, event));
  }

  /**
   * To be called with the same event once the transaction has been committed; resolves when it is in the trail. Rejects with
   * AuditUnavailable where it cannot be at present: then it will be, later.
   */
  async tell(event: ServiceEvent): Promise<void> {
    const kept = this.#put.get(event);
    if (kept === undefined) throw new Error(`${event.eventName} has not been put.`);
    await this.#append(kept);
  }

  /** Records an event that tells of no change of the store; resolves when it is in the trail. Rejects with AuditUnavailable. */
  record(event: ServiceEvent): Promise<void> {
    return this.#trail.append(JSON.stringify(serviceEvent(event)));
  }

  /**
   * Makes a change of the store that the events go along with: `eventsOf` is given what the transaction results in. Resolves
   * when they are in the trail.
   */
  async along<T>(eventsOf: (result: unknown) => readonly ServiceEvent[], change: (store: Store) => Promise<T>) {
    const told: ServiceEvent[] = [];
    const store: Store = {
      get: (collection, key) => this.#store.get(collection, key),
      list: (collection, range) => this.#store.list(collection, range),
      snapshot: () => this.#store.snapshot(),
      close: () => this.#store.close(),
      write: (work, options) =>
        this.#store.write(async (transaction) => {
          const result = await work(transaction);
          for (const event of eventsOf(result)) {
            this.put(transaction, event);
            told.push(event);
          }
          return result;
        }, options),
    };
    const result = await change(store);
    await Promise.all(told.map((event) => this.tell(event)));
    return result;
  }

  /** Waits for what is on its way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    while (this.#underWay.size > 0 || this.#written.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      await this.#deleting;
    }
  }

  async #append({ key, line }: Kept): Promise<void> {
    const id = idOf(key);
    if (this.#underWay.has(id)) return;
    this.#underWay.add(id);
    try {
      await this.#trail.append(line);
      this.#written.push(key);
      this.#deleteWritten();
    } catch (error) {
      this.#underWay.delete(id);
      this.#tryLater();
      throw error;
    }
  }

  /** All that has been written meanwhile goes at once. */
  #deleteWritten(): void {
    this.#deleting = this.#deleting.then(async () => {
      const keys = this.#written;
      this.#written = [];
      if (keys.length === 0) return;
      try {
        await this.#store.write(async (transaction) => {
          for (const key of keys) transaction.delete('serviceEvents', key);
        });
      } catch {
        this.#tryLater(); // the trail has them, which is found out then
      }
      for (const key of keys) this.#underWay.delete(idOf(key));
    });
  }

  #tryLater(): void {
    if (this.#isClosed) return;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#appendLeft().catch(() => this.#tryLater()), retryMs).unref();
  }

  async #appendLeft(): Promise<void> {
    const found = await this.#store.list('serviceEvents', { within: [], limit: Number.MAX_SAFE_INTEGER });
    const left = found.filter(({ key }) => !this.#underWay.has(idOf(key)));
    if (left.length === 0) return;
    const written = writtenOf(
      left.map(({ key }) => key),
      this.#trail,
    );
    for (const { key, record } of left) {
      if (!written.has(idOf(key))) await this.#append({ key, line: record.line });
      else this.#written.push(key);
    }
    this.#deleteWritten();
    await this.#deleting;
  }
}

/** Puts an event into a store whose trail is not open: it is appended when that is opened. */
export function putServiceEvent(transaction: Transaction, event: ServiceEvent): Kept {
  const made = serviceEvent(event);
  const kept = { key: [String(event.atMs).padStart(15, '0'), made.eventID], line: JSON.stringify(made) };
  transaction.put('serviceEvents', kept.key, { line: kept.line });
  return kept;
}

function idOf([, eventId = '']: RecordKey): string {
  return eventId;
}

/**
 * The ids of those that the trail has. An event is appended after it was put, so it can only be in a segment that was still being
 * written then: that is the last one, nearly always.
 */
function writtenOf(keys: readonly RecordKey[], { segments, head }: Trail): ReadonlySet<string> {
  const putSinceMs = Math.min(...keys.map(([date]) => Number(date)));
  const written = new Set<string>();
  for (const segment of segments.list().toReversed()) {
    // Beyond the end there may be what was written in vain.
    const bytes = segments.read(segment).subarray(0, segment === head.segment ? head.end : undefined);
    for (const key of keys) if (bytes.includes(`"eventID":"${idOf(key)}"`)) written.add(idOf(key));
    const header = parseHeader(bytes.toString('utf8', 0, bytes.indexOf(0x0a)));
    if (header === undefined || Date.parse(header.openedAt) < putSinceMs) break;
  }
  return written;
}

/** Something that happens to a key, as whoever keeps keys tells it. */
interface KeyEvent {
  readonly name: string;
  readonly place: Place;
  readonly keyId: KeyId;
  readonly atMs: number;
  readonly details?: Readonly<Record<string, string>>;
}

/** Takes what happens to keys, for those who know nothing of the trail. */
export function keyEventsInto(events: ServiceEvents) {
  const made = new WeakMap<KeyEvent, ServiceEvent>();
  return {
    put(transaction: Transaction, event: KeyEvent): void {
      const service = ofKey(event);
      made.set(event, service);
      events.put(transaction, service);
    },
    tell(event: KeyEvent): void {
      const service = made.get(event);
      if (service !== undefined) events.tell(service).catch(() => undefined); // it is appended later
    },
  };
}

/** AWS KMS Developer Guide, the examples of log entries of RotateKey, DeleteKey, DeleteExpiredKeyMaterial and the last. */
function ofKey({ name, place, keyId, atMs, details }: KeyEvent): ServiceEvent {
  const arn = keyArn(place, keyId);
  const isCall = name === 'SynchronizeMultiRegionKey';
  const namesKey = isCall || name === 'DeleteKey';
  return {
    eventName: name,
    eventSource: 'kms.amazonaws.com',
    ...place,
    atMs,
    resources: [{ accountId: place.accountId, type: 'AWS::KMS::Key', ARN: arn }],
    ...(namesKey ? { response: { keyId: arn } } : { details: { keyId, ...details } }),
    ...(isCall && { eventType: 'AwsApiCall', requestId: randomUUID() }),
  };
}
