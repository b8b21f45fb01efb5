/**
 * Brings delivered files into a bucket elsewhere, the oldest first. What has yet to go is listed in the outbox of the workplace,
 * so that it outlives the process; a file may be put twice, which changes nothing. Where the bucket does not take a file, it is
 * tried again, later and later, and everything behind it waits.
 */
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isAbsence } from '#audit/segments.ts';
import type { Log } from '#base/log.ts';
import { sha256OffLoop } from '#crypto/digest.ts';
import { parseAccountId } from '#model/arn.ts';
import { bucketOf, type DeliveredFiles } from './delivered-files.ts';
import type { Batch, Delivered } from './state.ts';
import { outboxFolder } from './workplace.ts';

export interface ObjectToPut {
  readonly bucket: string;
  readonly key: string;
  readonly bytes: Uint8Array;
  readonly sha256: Buffer;
  /** User-defined metadata, without `x-amz-meta-`. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Resolves when the bucket has it. */
export type PutObject = (object: ObjectToPut, signal: AbortSignal) => Promise<void>;

export interface OutboxSettings {
  readonly directory: string;
  readonly files: DeliveredFiles;
  readonly put: PutObject;
  readonly log: Log;
  /** 1 s unless given, and doubled up to 5 minutes. */
  readonly firstWaitMs?: number;
}

const firstWaitMs = 1000;
const longestWaitMs = 300_000;

export class Outbox {
  readonly #settings: OutboxSettings;
  readonly #stopped = new AbortController();
  /** Lists up to this number are complete. */
  #batches = 0;
  #running: Promise<void> | undefined;
  /** Since when the bucket takes nothing. */
  #failures = 0;
  #backlog = 0;

  constructor(settings: OutboxSettings) {
    this.#settings = settings;
  }

  /** How many lists of files have yet to go. */
  get backlog(): number {
    return this.#backlog;
  }

  /** Uploads what is in the lists up to that number, in its own time. */
  wake(batches: number): void {
    this.#batches = batches;
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined;
    });
  }

  /** Waits for nothing that is not there yet. */
  async idle(): Promise<void> {
    await this.#running;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { log } = this.#settings;
    try {
      for (let next = await this.#next(); next !== undefined; next = await this.#next()) await this.#upload(next);
    } catch (error) {
      if (!this.#stopped.signal.aborted) log.failure('audit outbox failed: it is tried again later', error);
    }
  }

  async #next(): Promise<string | undefined> {
    const names = (await this.#names()).filter((name) => Number(name) <= this.#batches);
    this.#backlog = names.length;
    return this.#stopped.signal.aborted ? undefined : names[0];
  }

  async #names(): Promise<readonly string[]> {
    try {
      const names = await readdir(join(this.#settings.directory, outboxFolder));
      return names.filter((name) => /^\d{12}$/.test(name)).sort();
    } catch (error) {
      if (isAbsence(error)) return [];
      throw error;
    }
  }

  async #upload(name: string): Promise<void> {
    const path = join(this.#settings.directory, outboxFolder, name);
    const batch: Batch = JSON.parse(await readFile(path, 'utf8')); // ours
    for (const file of batch.files) await this.#uploadFile(file, batch.bucket);
    await rm(path, { force: true });
  }

  async #uploadFile({ accountId, key }: Delivered, bucket: string | undefined): Promise<void> {
    const { files, put, log } = this.#settings;
    const { signal } = this.#stopped;
    for (;;) {
      signal.throwIfAborted();
      try {
        const object = await readObject(files, accountId, key);
        if (object === undefined) log.info('audit file is gone and was not uploaded', { accountId, key });
        else await put({ bucket: bucketOf(accountId, bucket), key, ...object }, signal);
        if (this.#failures > 0) log.info('audit files are uploaded again', { failures: this.#failures });
        this.#failures = 0;
        return;
      } catch (error) {
        signal.throwIfAborted();
        await this.#wait(error, key);
      }
    }
  }

  async #wait(error: unknown, key: string): Promise<void> {
    const { log, firstWaitMs: first = firstWaitMs } = this.#settings;
    if (this.#failures === 0)
      log.failure('audit files cannot be uploaded: it is tried again until they can', error, { key });
    const waitMs = Math.min(longestWaitMs, first * 2 ** Math.min(this.#failures, 16));
    this.#failures++;
    await sleep(waitMs, undefined, { signal: this.#stopped.signal, ref: false });
  }
}

async function readObject(files: DeliveredFiles, account: string, key: string) {
  const accountId = parseAccountId(account);
  const found = accountId === undefined ? undefined : await files.find(accountId, key);
  if (accountId === undefined || found === undefined) return undefined;
  const bytes = await files.read(accountId, key, { from: 0, to: found.bytes - 1 });
  return bytes && { bytes, sha256: await sha256OffLoop(bytes), metadata: found.metadata };
}
