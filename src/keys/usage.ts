/**
 * When each key was last used, exactly. A use is marked in memory, and noted in a journal that outlives the process before the
 * record of its request is written, which its caller waits for. Every few seconds what is new goes into the store, so there is
 * no transaction for a request. Source: AWS KMS Developer Guide, Determine past usage of a KMS key.
 */
import { setImmediate as turn } from 'node:timers/promises';
import type { Vault } from '#custody/vault.ts';
import { type KeyArn, keyArn, parseAccountId, parseKeyId, parseRegion } from '#model/arn.ts';
import { type Journal, noJournal } from '#storage/journal.ts';
import { Serial } from '#storage/serial.ts';
import type { KeyUseRecord } from '#storage/store.ts';
import type { KeySnapshot } from './snapshots.ts';

/** The operations that count as a use of their keys, each where it succeeds. Source: API Reference, KeyLastUsageData. */
export const countedOperations = [
  'Decapsulate',
  'Decrypt',
  'DeriveSharedSecret',
  'Encapsulate',
  'Encrypt',
  'GenerateDataKey',
  'GenerateDataKeyPair',
  'GenerateDataKeyPairWithoutPlaintext',
  'GenerateDataKeyWithoutPlaintext',
  'GenerateMac',
  'ReEncrypt',
  'Sign',
  'Verify',
  'VerifyMac',
] as const;

export type CountedOperation = (typeof countedOperations)[number];

// Diverges: key-last-usage
const counted: ReadonlySet<string> = new Set(countedOperations);

/** Whether an operation uses the material of its keys. */
export function isUse(operation: string): boolean {
  return counted.has(operation);
}

type UsedKey = Pick<KeySnapshot, 'arn' | 'place' | 'keyId'>;

interface Marked {
  readonly key: Pick<KeySnapshot, 'place' | 'keyId'>;
  readonly use: KeyUseRecord;
}

type Marks = Map<KeyArn, Marked>;

const writtenAtOnce = 50;

export class KeyUsage {
  readonly #vault: Vault;
  readonly #journal: Journal;
  readonly #serial = new Serial();
  /** When this store began to record uses, in milliseconds; undefined where another process stores them. */
  readonly #sinceMs: number | undefined;
  /** Not in the journal yet. */
  #unnoted: Marks = new Map();
  /** In the journal, and not in the store. */
  #unstored: Marks;
  /** On the way into the store. */
  #leaving: ReadonlyMap<KeyArn, Marked> = new Map();
  #problem: unknown;
  /** What is still used belongs to requests that nobody waits for any more. */
  #isClosed = false;

  private constructor(vault: Vault, journal: Journal, sinceMs: number | undefined) {
    this.#vault = vault;
    this.#journal = journal;
    this.#sinceMs = sinceMs;
    this.#unstored = marksIn(journal.read());
  }

  /** Also stores what an earlier process came to note only. */
  static async open(vault: Vault, journal: Journal): Promise<KeyUsage> {
    const usage = new KeyUsage(vault, journal, await beginningOf(vault));
    await usage.store();
    return usage;
  }

  /** For a process that only reads: uses go to the one that writes the store, which takes them. */
  static relayed(vault: Vault, send: (lines: string) => void): KeyUsage {
    return new KeyUsage(vault, { ...noJournal, append: send }, undefined);
  }

  /** Marks what another process has relayed: lines as it noted them. */
  take(lines: readonly string[]): void {
    if (this.#isClosed) return;
    for (const [arn, mark] of marksIn(lines)) this.#unnoted.set(arn, mark);
  }

  /** From now on it is the last use of these keys, if the operation is a use of keys; it has to be noted before it is answered. */
  mark(operation: string, requestId: string, keys: readonly UsedKey[]): void {
    if (!counted.has(operation) || this.#isClosed) return;
    const use = { operation, requestId, atMs: this.#vault.clock.now() };
    for (const key of keys) this.#unnoted.set(key.arn, { key, use });
  }

  /** Notes what has been marked: it outlives this process when this returns. Where that fails, the store may still take it. */
  note(): void {
    if (this.#unnoted.size === 0) return;
    const marks = this.#unnoted;
    // Not cleared: V8 links the table of a cleared map to the next one, and a dead one that is old keeps all that come after it.
    this.#unnoted = new Map();
    let lines = '';
    for (const [arn, mark] of marks) {
      lines += lineOf(mark);
      if (this.#sinceMs !== undefined) this.#unstored.set(arn, mark);
    }
    try {
      this.#journal.append(lines);
    } catch (error) {
      this.#problem ??= error;
    }
  }

  /** The last use, or undefined where there is none that was recorded. */
  async last({ arn, place, keyId }: UsedKey): Promise<KeyUseRecord | undefined> {
    const mark = this.#unnoted.get(arn) ?? this.#unstored.get(arn) ?? this.#leaving.get(arn);
    return mark?.use ?? this.#vault.store.get('keyUses', [place.accountId, place.region, keyId]);
  }

  /** From when on every use of a key has been recorded, in milliseconds. */
  trackedSince({ record }: Pick<KeySnapshot, 'record'>): number {
    return Math.max(this.#sinceMs ?? 0, record.createdAtMs);
  }

  /** The last moment at which a key may have been in use, as far as is known, in milliseconds. */
  async idleSince(key: KeySnapshot): Promise<number> {
    return Math.max((await this.last(key))?.atMs ?? 0, this.trackedSince(key));
  }

  /** Stores what is new. Rejects, and keeps it for the next time, where that fails. */
  store(): Promise<void> {
    return this.#serial.run(async () => {
      this.note();
      if (this.#unstored.size > 0) await this.#storeAll();
      const problem = this.#problem;
      this.#problem = undefined;
      if (problem !== undefined) throw new Error('Uses of keys were not noted in the journal.', { cause: problem });
    });
  }

  /** Stores what is new, and lets go of the journal. */
  async close(): Promise<void> {
    this.#isClosed = true;
    await this.store();
    this.#journal.close();
  }

  async #storeAll(): Promise<void> {
    this.#journal.setAside();
    const leaving = this.#unstored;
    this.#leaving = leaving;
    this.#unstored = new Map();
    try {
      const marks = [...leaving.values()];
      for (let from = 0; from < marks.length; from += writtenAtOnce) {
        await this.#write(marks.slice(from, from + writtenAtOnce));
        await turn(); // requests are waiting
      }
      this.#journal.dropAside();
    } catch (error) {
      this.#unstored = new Map([...leaving, ...this.#unstored]);
      throw error;
    } finally {
      this.#leaving = new Map();
    }
  }

  #write(marks: readonly Marked[]): Promise<void> {
    return this.#vault.store.write(async (transaction) => {
      for (const { key, use } of marks) {
        const path = [key.place.accountId, key.place.region, key.keyId];
        // It may have been destroyed since.
        if ((await transaction.get('keys', path)) !== undefined) transaction.put('keyUses', path, use);
      }
    });
  }
}

/** When this store began to record uses: now, where it has not. */
async function beginningOf({ store, clock }: Vault): Promise<number> {
  const known = await store.get('usageTracking', ['since']);
  if (known !== undefined) return known.sinceMs;
  const sinceMs = clock.now();
  await store.write(async (transaction) => transaction.put('usageTracking', ['since'], { sinceMs }));
  return sinceMs;
}

function lineOf({ key: { place, keyId }, use }: Marked): string {
  return `${use.atMs} ${use.operation} ${use.requestId} ${place.accountId} ${place.region} ${keyId}\n`;
}

/** The last use of each key. Lines that are not whole are left out: the machine stopped before they were on the medium. */
function marksIn(lines: readonly string[]): Marks {
  return new Map(
    lines.flatMap((line) => markIn(line) ?? []).map((mark) => [keyArn(mark.key.place, mark.key.keyId), mark]),
  );
}

function markIn(line: string): Marked | undefined {
  const [at = '', operation = '', requestId = '', account = '', regionText = '', id = ''] = line.split(' ');
  const accountId = parseAccountId(account);
  const region = parseRegion(regionText);
  const keyId = parseKeyId(id);
  if (accountId === undefined || region === undefined || keyId === undefined) return undefined;
  if (!/^\d{1,15}$/.test(at) || !counted.has(operation) || !/^[\da-f-]{36}$/.test(requestId)) return undefined;
  return { key: { place: { accountId, region }, keyId }, use: { operation, requestId, atMs: Number(at) } };
}
