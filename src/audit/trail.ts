/**
 * The trail of a server as it is being written. What is appended while one group is on its way to the medium makes the next
 * group, so that one synchronisation serves all requests of that time; whoever appended waits for it. If a group cannot be made
 * durable, it is taken back, and nothing can be appended until the medium takes something again, which is tried all the time.
 */
import { closeSync, ftruncateSync, openSync } from 'node:fs';
import { type Clock, dayMs } from '#base/clock.ts';
import { gather } from '#base/gather.ts';
import type { AuditSeal } from '#crypto/audit-seal.ts';
import { sealGroup } from './chain.ts';
import { type Group, newGroup, Unwritten } from './groups.ts';
import { type Head, type HeadFile, HeadNotes } from './head.ts';
import { AuditUnavailable, createSegment, type Medium, medium } from './medium.ts';
import type { Recorder } from './recorder.ts';
import type { Segments } from './segments.ts';
import type { TrailFailure, TrailListener } from './trail-listener.ts';

export interface TrailSettings {
  readonly segments: Segments;
  /** In the trail's own folder. */
  readonly headFile: HeadFile;
  /** Outside of the data directory, if there is a place. */
  readonly anchor: HeadFile | undefined;
  readonly clock: Clock;
  readonly medium?: Medium;
  /** A segment that is larger is closed; 32 MiB unless given. */
  readonly segmentBytes?: number;
  /** How long to wait before the medium is tried again, in milliseconds. */
  readonly retryMs?: number;
}

/** Room for about a thousand records: with less, the trail would fail again at once. */
const roomBytes = 1_048_576;
const segmentBytes = 33_554_432;
const retryMs = 500;
/** A medium that takes longer is taken to be gone. */
const stallMs = 10_000;
/** While requests keep coming, how long a group waits for more of them: each group wakes threads and clients, which costs more than the records. */
const gatherMs = 2;

export class Trail implements Recorder {
  readonly #settings: TrailSettings;
  readonly #medium: Medium;
  readonly #notes: HeadNotes;
  #head: Head;
  /** The day on which the segment was opened: the next begins another. */
  #day: number;
  #file: number;
  #next: Group = newGroup();
  #isScheduled = false;
  #writing: Promise<void> | undefined;
  #failure: TrailFailure | undefined;
  #retry: NodeJS.Timeout | undefined;
  #isClosed = false;
  readonly #unwritten = new Unwritten();
  #writingSinceMs: number | undefined;
  readonly #listeners: TrailListener[] = [];
  #failureLine: (failure: TrailFailure) => string = () => '{}';

  /** `head` is where the trail ends, which has been verified. */
  constructor(head: Head, settings: TrailSettings) {
    this.#settings = settings;
    this.#medium = settings.medium ?? medium;
    this.#notes = new HeadNotes(settings.headFile, settings.anchor);
    this.#head = head;
    this.#day = dayOf(settings.clock);
    this.#file = openSync(settings.segments.path(head.segment), 'r+');
    this.#note({});
  }

  /** Where it ends, as of the last group that is durable. */
  get head(): Head {
    return this.#head;
  }

  /** Since when and why nothing can be recorded; undefined where all is well. */
  get failure(): TrailFailure | undefined {
    return this.#failure;
  }

  /** How many records wait for the group before them. */
  get waiting(): number {
    return this.#next.lines.length;
  }

  get segments(): Segments {
    return this.#settings.segments;
  }

  /** What vouches for it. */
  get seal(): AuditSeal {
    return this.#settings.headFile.seal;
  }

  /** Where the anchor lies, if there is one. */
  get anchorPath(): string | undefined {
    return this.#settings.anchor?.path;
  }

  listen(listener: TrailListener): void {
    this.#listeners.push(listener);
    this.#notes.onAnchorFailure((error) => listener.anchorFailed?.(error));
  }

  /** How the record of a failure that is over looks, as a line of JSON: it is the first that is written afterwards. */
  recordFailuresAs(line: (failure: TrailFailure) => string): void {
    this.#failureLine = line;
  }

  append(line: string): Promise<void> {
    return this.appendAll([line]);
  }

  appendAll(added: readonly string[]): Promise<void> {
    if (this.#isClosed) return Promise.reject(new AuditUnavailable('The audit trail has been closed.'));
    if (this.#failure !== undefined) {
      this.#unwritten.keep(added);
      return Promise.reject(this.#refusal(this.#failure, added.length));
    }
    const { lines, written } = this.#next;
    lines.push(...added);
    this.#gather();
    return written;
  }

  problem(): AuditUnavailable | undefined {
    if (this.#failure !== undefined) return this.#refusal(this.#failure);
    return this.stalledMs > stallMs
      ? new AuditUnavailable('The medium of the audit trail does not answer.')
      : undefined;
  }

  /** How long the medium has not answered, in milliseconds. */
  get stalledMs(): number {
    return this.#writingSinceMs === undefined ? 0 : performance.now() - this.#writingSinceMs;
  }

  /** Forgets the segments before this one; their files are the caller's to remove, afterwards. */
  dropBefore(segment: number, previous: string): void {
    this.#note({ firstSegment: segment, firstPrevious: previous });
    this.#notes.sync();
  }

  /** Closes the segment that is being written, unless it is empty, and begins another. */
  async roll(): Promise<void> {
    while (this.#writing !== undefined) await this.#writing;
    this.#rollOver();
  }

  /** Waits for what is being written, and lets go. */
  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    do {
      this.#write();
      await this.#writing;
    } while (this.#writing !== undefined || (this.#next.lines.length > 0 && this.#failure === undefined));
    closeSync(this.#file);
    this.#notes.sync();
    this.#notes.close();
  }

  /** Writes the next group as soon as nothing more comes, or it has been waited for long enough. */
  #gather(): void {
    if (this.#isScheduled || this.#writing !== undefined || this.#next.lines.length === 0) return;
    this.#isScheduled = true;
    gather(
      () => this.#next.lines.length,
      gatherMs,
      () => this.#write(),
    );
  }

  #write(): void {
    this.#isScheduled = false;
    const group = this.#next;
    if (group.lines.length === 0 || this.#writing !== undefined || this.#failure !== undefined) return;
    this.#next = newGroup();
    this.#writingSinceMs = performance.now();
    this.#writing = this.#writeGroup(group.lines)
      .then(
        () => group.settle(),
        (error: unknown) => {
          this.#fail(error, group);
        },
      )
      .then(() => {
        this.#writing = undefined;
        this.#writingSinceMs = undefined;
        this.#gather();
      });
  }

  /** Rejects, with the trail as it was before, where the lines cannot be made durable. */
  async #writeGroup(lines: readonly string[]): Promise<void> {
    if (this.#isFull()) this.#rollOver();
    for (const listener of this.#listeners) listener.writing?.();
    const begunAtMs = performance.now();
    const { end, hash: previous } = this.#head;
    const last = this.#head.last + lines.length;
    const { bytes, hash } = sealGroup(previous, lines, last, this.seal);
    this.#medium.write(this.#file, bytes, end);
    await this.#medium.sync(this.#file);
    this.#note({ end: end + bytes.length, last, hash });
    for (const listener of this.#listeners) listener.written?.(lines.length, performance.now() - begunAtMs);
  }

  #isFull(): boolean {
    const { end } = this.#head;
    return end > (this.#settings.segmentBytes ?? segmentBytes) || dayOf(this.#settings.clock) > this.#day;
  }

  #rollOver(): void {
    const { segments, clock } = this.#settings;
    const { trail, segment: closed, last, hash: previous } = this.#head;
    const segment = closed + 1;
    const next = createSegment(segments, { trail, segment, first: last + 1, previous, nowMs: clock.now() });
    try {
      this.#note({ segment, end: next.end, hash: next.hash });
    } catch (error) {
      closeSync(next.file); // the next attempt makes it anew
      throw error;
    }
    closeSync(this.#file);
    this.#file = next.file;
    this.#day = dayOf(clock);
    for (const listener of this.#listeners) listener.closed?.(closed);
  }

  #note(change: Partial<Head>): void {
    const head = { ...this.#head, ...change, generation: this.#head.generation + 1 };
    this.#notes.write(head);
    this.#head = head;
  }

  #refusal(failure: TrailFailure, count = 1): AuditUnavailable {
    this.#failure = { ...failure, refused: failure.refused + count };
    return new AuditUnavailable('The audit trail cannot be written at present.', { cause: failure.error });
  }

  #fail(error: unknown, group: Group): void {
    const failure = { sinceMs: this.#settings.clock.now(), error, refused: 0 };
    const waiting = this.#next;
    this.#next = newGroup();
    for (const { lines } of [group, waiting]) this.#unwritten.keep(lines);
    const refusal = this.#refusal(failure, group.lines.length + waiting.lines.length);
    group.settle(refusal);
    waiting.settle(refusal);
    for (const listener of this.#listeners) listener.failed?.(error);
    this.#tryLater();
  }

  #tryLater(): void {
    if (this.#isClosed) return;
    this.#retry = setTimeout(() => void this.#recover(), this.#settings.retryMs ?? retryMs).unref();
  }

  /**
   * What a failed group left behind is cut off; then come the record of the failure, and those of the calls that were refused for
   * it: what they asked for may have been done.
   */
  async #recover(): Promise<void> {
    const failure = this.#failure;
    if (failure === undefined || this.#isClosed) return;
    this.#writing = (async () => {
      ftruncateSync(this.#file, this.#head.end);
      await this.#requireRoom();
      const unwritten = this.#unwritten.take();
      try {
        await this.#writeGroup([this.#failureLine(failure), ...unwritten]);
      } catch (error) {
        this.#unwritten.keep(unwritten);
        throw error;
      }
      this.#failure = undefined;
      this.#next.lines.push(...this.#unwritten.take()); // refused meanwhile
      for (const listener of this.#listeners) listener.recovered?.(failure);
    })().catch(() => this.#tryLater());
    await this.#writing;
    this.#writing = undefined;
    this.#gather();
  }

  /** Rejects where the medium does not take a good deal more. */
  async #requireRoom(): Promise<void> {
    const { end } = this.#head;
    try {
      this.#medium.write(this.#file, Buffer.alloc(roomBytes), end);
      await this.#medium.sync(this.#file);
    } finally {
      ftruncateSync(this.#file, end);
    }
  }
}

function dayOf(clock: Clock): number {
  return Math.floor(clock.now() / dayMs);
}
