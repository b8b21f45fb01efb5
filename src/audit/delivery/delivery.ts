/**
 * Delivers the trail as CloudTrail does: log files every five minutes, a digest file every hour, for each account and Region. A
 * thread does the work (worker.ts); what has been delivered is in the data directory, and in an S3 bucket if one is set.
 */
import type { Head } from '#audit/head.ts';
import { untilQuiet } from '#audit/quiet.ts';
import type { Trail } from '#audit/trail.ts';
import { dayMs } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import { JobError, Threads } from '#crypto/offload/threads.ts';
import type { Vault } from '#custody/vault.ts';
import type { AccountId } from '#model/arn.ts';
import { bucketOf, type DeliveredFiles, type Destination, type DigestKey } from './delivered-files.ts';
import { DeliveredFolder } from './delivered-folder.ts';
import { DigestKeys } from './digest-keys.ts';
import type { DigestRequest, Request, Summary } from './jobs.ts';
import { hourMs } from './names.ts';
import { Outbox, type PutObject } from './outbox.ts';

export interface DeliverySettings {
  readonly trail: Trail;
  readonly vault: Vault;
  readonly log: Log;
  /** The folder of the workplace. */
  readonly directory: string;
  readonly destination: Destination;
  /** How long files are kept, 0 for always. */
  readonly retentionDays: number;
  /** Undefined where files stay here. */
  readonly put?: PutObject | undefined;
  /** How long what is due waits for a quiet moment, in milliseconds; four minutes unless given. */
  readonly mostLateMs?: number;
}

export interface DeliveryStatus {
  readonly startedMs: number;
  readonly latestDeliveryMs: number | undefined;
  readonly latestDigestMs: number | undefined;
}

/** For metrics. */
export interface DeliveryLag {
  /** Records that are in the trail and in no log file. */
  readonly records: number;
  /** Lists of files that have yet to be uploaded. */
  readonly uploads: number;
}

const intervalMs = 300_000;
/** While requests keep the server busy, what is due waits for a quiet moment, but is done before more is due. */
const mostLateMs = 240_000;
/** After the start, which has other things to do. */
const firstWaitMs = 5000;
/** At the end so many records are delivered, which takes less than a second; the others wait for the next start. */
const quickRecords = 10_000;

export class Delivery {
  readonly files: DeliveredFiles;
  readonly #settings: DeliverySettings;
  readonly #threads = new Threads(new URL('./worker.ts', import.meta.url));
  readonly #keys: DigestKeys;
  readonly #outbox: Outbox | undefined;
  /** As the trail was found, with which the state must agree. */
  readonly #openedHead: Head;
  #summary: Summary | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isStopping = false;
  /** So many that are asked for and not done: nothing else waits for a quiet moment then. */
  #flushes = 0;
  #hasFailed = false;
  #retainedMs = 0;
  /** One thing after another. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(settings: DeliverySettings) {
    const { directory, vault, put, log } = settings;
    this.#settings = settings;
    this.files = new DeliveredFolder(directory);
    this.#openedHead = settings.trail.head;
    this.#keys = new DigestKeys(vault);
    this.#outbox = put && new Outbox({ directory, files: this.files, put, log });
  }

  /** Takes up, in a moment, where the process before has stopped. */
  start(): void {
    this.#schedule(firstWaitMs);
  }

  async stop(): Promise<void> {
    this.#isStopping = true;
    clearTimeout(this.#timer);
    await this.#queue;
    const { records } = this.lag();
    if (this.#summary !== undefined && records > 0 && records <= quickRecords) await this.#attempt(() => this.#step());
    await this.#outbox?.stop();
  }

  /** Delivers all that is in the trail, with digest files that end now. Rejects where it cannot. */
  async flush(): Promise<{ readonly deliveredThrough: number }> {
    this.#flushes++;
    await this.#inTurn(async () => {
      await this.#begin();
      await this.#deliverAll(() => false);
      await this.#makeDigests(true);
      this.#outbox?.wake(this.#summary?.batches ?? 0);
    }).finally(() => this.#flushes--);
    return { deliveredThrough: this.deliveredThrough() };
  }

  /** Does what is due now, in quiet moments as far as that can wait. */
  tick(): Promise<void> {
    const dueAtMs = performance.now();
    const waitMs = this.#settings.mostLateMs ?? mostLateMs;
    return this.#attempt(async () => {
      await this.#begin();
      await this.#deliverAll(() => this.#flushes === 0 && performance.now() - dueAtMs < waitMs);
      await this.#makeDigests(false);
      await this.#retain();
      this.#outbox?.wake(this.#summary?.batches ?? 0);
    });
  }

  /** The sequence number of the last record that is in a log file. Segments with later ones must not be removed. */
  deliveredThrough(): number {
    return this.#summary?.through ?? 0;
  }

  status(accountId: AccountId): DeliveryStatus {
    const { startedMs = this.#settings.vault.clock.now(), accounts = {} } = this.#summary ?? {};
    const { latestDeliveryMs, latestDigestMs } = accounts[accountId] ?? {};
    return { startedMs, latestDeliveryMs, latestDigestMs };
  }

  /** Those that sign the digest files of all accounts. The oldest first. */
  digestKeys(): Promise<readonly DigestKey[]> {
    return this.#keys.list();
  }

  /** The bucket that the files of an account are said to lie in. */
  bucketOf(accountId: AccountId): string {
    return bucketOf(accountId, this.#settings.destination.bucket);
  }

  /** Whether files of an account lie in that bucket, or were said to before the settings were changed. */
  isBucketOf(accountId: AccountId, name: string): boolean {
    const known = (this.#summary?.buckets ?? []).map((bucket) => bucketOf(accountId, bucket ?? undefined));
    return [this.bucketOf(accountId), ...known].includes(name);
  }

  lag(): DeliveryLag {
    const records = this.#settings.trail.head.last - this.deliveredThrough();
    return { records, uploads: this.#outbox?.backlog ?? 0 };
  }

  #schedule(waitMs = intervalMs - (this.#settings.vault.clock.now() % intervalMs)): void {
    this.#timer = setTimeout(() => void this.tick().then(() => this.#isStopping || this.#schedule()), waitMs).unref();
  }

  /** Looks at the state, which an attempt that failed may have changed. */
  async #begin(): Promise<void> {
    const head = this.#summary === undefined ? this.#openedHead : this.#settings.trail.head;
    await this.#ask('begin', { ...this.#request(), head });
  }

  async #deliverAll(mayWait: () => boolean): Promise<void> {
    const { trail } = this.#settings;
    const { last } = trail.head;
    const isLeft = () => this.deliveredThrough() < last || this.#summary?.planned === 'logs';
    while (!this.#isStopping && isLeft()) {
      await untilQuiet(trail, () => !this.#isStopping && mayWait());
      if (!this.#isStopping) await this.#step();
    }
  }

  async #step(): Promise<void> {
    await this.#makePlannedDigests();
    await this.#ask('deliver', this.#request());
  }

  async #makeDigests(isFlush: boolean): Promise<void> {
    await this.#makePlannedDigests();
    const nowMs = this.#settings.vault.clock.now();
    const { nextDigestMs } = this.#summary ?? {};
    if (this.#isStopping || nextDigestMs === undefined || (nowMs < nextDigestMs && !isFlush)) return;
    const untilMs = nowMs - (nowMs % (isFlush ? 1000 : hourMs));
    await this.#digest({ untilMs, isFlush });
    await this.#makePlannedDigests();
  }

  async #makePlannedDigests(): Promise<void> {
    while (!this.#isStopping && this.#summary?.planned === 'digests')
      await this.#digest({ untilMs: 0, isFlush: false });
  }

  /** A plan that is there goes first, as it is. */
  async #digest(wish: Pick<DigestRequest, 'untilMs' | 'isFlush'>): Promise<void> {
    const { directory, settings } = this.#request();
    const nowMs = this.#settings.vault.clock.now();
    const key = await this.#keys.keyFor({ fromMs: this.#summary?.digestFromMs ?? nowMs, untilMs: nowMs });
    const request: DigestRequest = { directory, settings, ...wish };
    await this.#ask('digest', request, key);
  }

  async #retain(): Promise<void> {
    const { retentionDays, vault, directory } = this.#settings;
    const nowMs = vault.clock.now();
    if (retentionDays === 0 || nowMs < this.#retainedMs + hourMs) return;
    await this.#ask('retain', { directory, beforeMs: nowMs - retentionDays * dayMs });
    this.#retainedMs = nowMs;
  }

  #request(): Request {
    const { trail, vault, directory, destination, put } = this.#settings;
    const settings = { destination, isUploaded: put !== undefined, atMs: vault.clock.now() };
    return { directory, segments: trail.segments.directory, head: trail.head, settings };
  }

  async #ask(job: string, request: object, key?: Parameters<Threads['run']>[1][string]): Promise<void> {
    const input = { request: JSON.stringify(request), key, seal: this.#settings.trail.seal.key };
    this.#summary = (await this.#threads.run(job, input)) as Summary; // the jobs all answer with how things are
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const done = this.#queue.then(work);
    this.#queue = done.catch(() => undefined); // the caller sees it
    return done;
  }

  /** A failure is logged once, until it works again. */
  async #attempt(work: () => Promise<void>): Promise<void> {
    const { log } = this.#settings;
    try {
      await this.#inTurn(work);
      if (this.#hasFailed) log.info('audit delivery works again');
      this.#hasFailed = false;
    } catch (error) {
      if (!this.#hasFailed) log.failure(messageOf(error), error);
      this.#hasFailed = true;
    }
  }
}

function messageOf(error: unknown): string {
  return error instanceof JobError && error.code === 'AUDIT_TRAIL_ALTERED'
    ? 'audit delivery has stopped: the trail has been altered; "keywright audit verify" says where'
    : 'audit delivery failed: it is tried again';
}
