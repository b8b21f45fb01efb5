/**
 * What becomes of segments once they are closed: they are sealed, and dropped when they have been kept for long enough. All of it is
 * done by a thread, one thing at a time; what fails is logged and tried again, and never in the way of requests.
 */
import { serviceEvent } from '#audit/event.ts';
import { untilQuiet } from '#audit/quiet.ts';
import type { Trail } from '#audit/trail.ts';
import { type Clock, dayMs } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { AccountId, Region } from '#model/arn.ts';
import type { Expired } from './expired.ts';
import type { Sealing } from './seal.ts';
import { AuditThread } from './thread.ts';

export interface SealerSettings {
  readonly clock: Clock;
  readonly log: Pick<Log, 'failure'>;
  /** Where the record of dropped segments goes. */
  readonly home: { readonly accountId: AccountId; readonly region: Region };
  /** How long records are kept; 0 for ever. */
  readonly retentionDays: number;
  /** The last record that has been delivered; later ones are not dropped. All are where nothing is delivered. */
  readonly deliveredThrough?: () => number;
  /** A segment has been sealed: its sidecars are there. Must not throw. */
  readonly onSealed?: (segment: number) => void;
  /** How long to wait before what failed is tried again, and how often to look for what has expired, in milliseconds. */
  readonly retryMs?: number;
  readonly roundMs?: number;
}

/**
 * How many segments, half a million records, may wait for a quiet moment. Sealing doubles the slowest latencies of a busy server; a
 * look-up goes through all that wait in half a second.
 */
const mostUnsealed = 16;

const defaultRetryMs = 60_000;
const defaultRoundMs = 3_600_000;

export class Sealer {
  readonly #trail: Trail;
  readonly #settings: SealerSettings;
  readonly #thread: AuditThread;
  /** Closed segments that are not sealed. */
  readonly #unsealed = new Set<number>();
  #isTidy = false;
  #isRoundDue = true;
  #isStopped = false;
  #working: Promise<void> | undefined;
  /** Something to do has come up since the work began. */
  #hasMore = false;
  #retry: NodeJS.Timeout | undefined;
  #rounds: NodeJS.Timeout | undefined;

  constructor(trail: Trail, settings: SealerSettings) {
    this.#trail = trail;
    this.#settings = settings;
    this.#thread = new AuditThread(new URL('./worker.ts', import.meta.url), trail.segments.directory);
  }

  /** Begins with what an earlier process has left. */
  start(): void {
    this.#trail.listen({
      closed: (segment) => {
        this.#unsealed.add(segment);
        this.#work();
      },
    });
    this.#rounds = setInterval(() => {
      this.#isRoundDue = true;
      this.#work();
    }, this.#settings.roundMs ?? defaultRoundMs).unref();
    this.#work();
  }

  /** What is under way is given up; the next start does it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#retry);
    clearInterval(this.#rounds);
    await this.#thread.stop();
    await this.#working;
  }

  /** Waits until there is nothing to do at present. */
  async settled(): Promise<void> {
    while (this.#working !== undefined) await this.#working;
  }

  #work(): void {
    if (this.#isStopped) return;
    this.#hasMore = this.#working !== undefined;
    this.#working ??= this.#workOff().finally(() => {
      this.#working = undefined;
      if (this.#hasMore) this.#work();
    });
  }

  /** Never rejects. */
  async #workOff(): Promise<void> {
    const hasTidied = this.#isTidy || (await this.#try('tidy the audit trail', () => this.#tidy()));
    this.#isTidy = hasTidied;
    const failed = new Set<number>();
    const next = () => [...this.#unsealed].filter((segment) => !failed.has(segment)).sort((a, b) => a - b)[0];
    for (let segment = next(); segment !== undefined && !this.#isStopped; segment = next()) {
      const wanted = segment;
      await untilQuiet(this.#trail, () => this.#mayWait());
      if (this.#isStopped) return;
      const isDone = await this.#try(`seal segment ${wanted} of the audit trail`, () => this.#seal(wanted));
      if (isDone) this.#unsealed.delete(wanted);
      else failed.add(wanted);
    }
    if (this.#isRoundDue && !this.#isStopped) {
      this.#isRoundDue = !(await this.#try('drop expired segments of the audit trail', () => this.#dropExpired()));
    }
    if (!hasTidied || failed.size > 0 || this.#isRoundDue) this.#tryLater();
  }

  /** As long as only a few segments wait: look-ups go through those. */
  #mayWait(): boolean {
    return !this.#isStopped && this.#unsealed.size <= mostUnsealed;
  }

  /** False, and the failure in the log, where the task failed. */
  async #try(task: string, run: () => Promise<void>): Promise<boolean> {
    try {
      await run();
      return true;
    } catch (error) {
      if (!this.#isStopped) this.#settings.log.failure('audit segments not looked after', error, { task });
      return false;
    }
  }

  #tryLater(): void {
    clearTimeout(this.#retry);
    if (this.#isStopped) return;
    this.#retry = setTimeout(() => this.#work(), this.#settings.retryMs ?? defaultRetryMs).unref();
  }

  async #tidy(): Promise<void> {
    const { firstSegment, segment } = this.#trail.head;
    const unsealed = await this.#thread.run('tidy', { firstSegment, segment });
    for (const one of unsealed as number[]) this.#unsealed.add(one); // as the job returns them
  }

  async #seal(segment: number): Promise<void> {
    const sealing = (await this.#thread.run('seal', { segment })) as Sealing; // as the job returns it
    if (sealing === 'sealed') this.#settings.onSealed?.(segment);
    if (sealing !== 'altered') return;
    const error = new Error(
      `Segment ${segment} of the audit trail has been altered or damaged. It is left as it is: see "keywright audit verify".`,
    );
    this.#settings.log.failure('audit segment not sealed', error, { segment });
  }

  async #dropExpired(): Promise<void> {
    const { clock, home, retentionDays, deliveredThrough } = this.#settings;
    if (retentionDays === 0) return;
    const { firstSegment, firstPrevious, segment } = this.#trail.head;
    const wish = {
      ...{ firstSegment, firstPrevious, segment },
      beforeMs: clock.now() - retentionDays * dayMs,
      deliveredThrough: deliveredThrough?.() ?? Number.POSITIVE_INFINITY,
    };
    const expired = (await this.#thread.run('expired', wish)) as Expired | undefined; // as the job returns it
    if (expired === undefined) return;
    const { lastSegment, records, until, previous } = expired;
    const details = { firstSegment, lastSegment, records, until: until ?? null };
    // First of all: whatever is missing has been spoken of.
    await this.#trail.append(
      JSON.stringify(serviceEvent({ eventName: 'DeleteAuditSegments', ...home, atMs: clock.now(), details })),
    );
    this.#trail.dropBefore(lastSegment + 1, previous);
    await this.#tidy();
  }
}
