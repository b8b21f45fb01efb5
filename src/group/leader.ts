/** The leader, as a worker sees it: who is told, asked, and done for. A worker whose leader is gone ends at once. */
import { Socket } from 'node:net';
import { AuditUnavailable } from '#audit/medium.ts';
import type { Recorder } from '#audit/recorder.ts';
import { gather } from '#base/gather.ts';
import type { Received, Reply } from '#call/stages.ts';
import type { BucketName } from '#limits/admission.ts';
import type { BucketSource } from '#limits/leases.ts';
import type { QuotaSettings } from '#limits/settings.ts';
import type { Change } from '#storage/change-feed.ts';
import { Channel, type Frame } from './channel.ts';
import { decodeReply, encodeReceived } from './exchange.ts';

/** What the leader asks of a worker. */
export interface Orders {
  /** Forgets what is out of date; resolves when it has. Rejects where it cannot: then the worker ends. */
  change(change: Change): Promise<void>;
  open(): Promise<void>;
  drain(): void;
}

/** As group.ts has it. */
const channelDescriptor = 4;
/** While requests keep coming, how long records wait for more of them: waking the leader costs more than bringing them there. */
const gatherMs = 1;
/** The leader has not answered for so long: nothing is recorded any more. */
const stallMs = 10_000;
const mostAsked = 500;
const mostAskedBytes = 16_777_216;

/** Records are brought to the leader, and are on the medium when it says so. */
export class Leader implements Recorder, BucketSource {
  readonly #channel: Channel;
  readonly #joined = Promise.withResolvers<QuotaSettings>();
  readonly #recording = new Map<number, PromiseWithResolvers<void> & { readonly sinceMs: number }>();
  readonly #taking = new Map<number, (granted: number) => void>();
  readonly #asked = new Map<number, (reply: Reply) => void>();
  #askedBytes = 0;
  #orders: Orders | undefined;
  #beforeRecords: () => void = () => undefined;
  /** One after another, in the order in which they came. */
  #changes: Promise<void> = Promise.resolve();
  #lines: string[] = [];
  #group = newGroup();
  #last = 0;
  #trailFailure: string | undefined;

  constructor() {
    const socket = new Socket({ fd: channelDescriptor });
    this.#channel = new Channel(socket, { onFrame: (frame) => this.#take(frame), onEnd: () => process.exit() });
  }

  /** Resolves, with the quotas, when this process is told of all changes: what it has read before may be out of date. */
  join(orders: Orders): Promise<QuotaSettings> {
    this.#orders = orders;
    this.#channel.send('ready');
    return this.#joined.promise;
  }

  tellListening(url: string): void {
    this.#channel.send('listening', 0, url);
  }

  tellFailure(message: string): void {
    this.#channel.send('failed', 0, message);
  }

  /** Has this done before records are sent: it may tell the leader of what is to be there before them. */
  beforeRecords(tell: () => void): void {
    this.#beforeRecords = tell;
  }

  tellUses(lines: string): void {
    this.#channel.send('uses', 0, lines);
  }

  tellAnswers(counts: unknown): void {
    this.#channel.send('answers', 0, JSON.stringify(counts));
  }

  /** Why nothing can be recorded, so that all requests are for the leader to refuse; undefined where all is well. */
  get trailFailure(): string | undefined {
    return this.#trailFailure;
  }

  /** Whether so much is with the leader already that more would hold up the records of all. */
  get isBusy(): boolean {
    return this.#asked.size >= mostAsked || this.#askedBytes >= mostAskedBytes;
  }

  /** Has a request served by the leader. */
  async serve(received: Received): Promise<Reply> {
    const id = this.#nextId();
    const bytes = encodeReceived(received);
    this.#askedBytes += bytes.length;
    this.#channel.send('request', id, bytes);
    const reply = await new Promise<Reply>((resolve) => this.#asked.set(id, resolve));
    this.#askedBytes -= bytes.length;
    return reply;
  }

  take(name: BucketName, count: number): Promise<number> {
    const id = this.#nextId();
    this.#channel.send('take', id, JSON.stringify({ name, count }));
    return new Promise((resolve) => this.#taking.set(id, resolve));
  }

  giveBack(name: BucketName, count: number): void {
    this.#channel.send('give', 0, JSON.stringify({ name, count }));
  }

  /** As Trail.appendAll: what is recorded in quick succession goes to the leader together. */
  appendAll(lines: readonly string[]): Promise<void> {
    if (this.#lines.length === 0) {
      gather(
        () => this.#lines.length,
        gatherMs,
        () => this.#sendLines(),
      );
    }
    this.#lines.push(...lines);
    return this.#group.promise;
  }

  append(line: string): Promise<void> {
    return this.appendAll([line]);
  }

  problem(): AuditUnavailable | undefined {
    const [oldest] = this.#recording.values();
    if (oldest === undefined || performance.now() - oldest.sinceMs < stallMs) return undefined;
    return new AuditUnavailable('The audit trail does not answer.');
  }

  /** Once all that has been said has gone out, this process ends. */
  end(): void {
    this.#channel.end();
  }

  #sendLines(): void {
    this.#beforeRecords();
    const id = this.#nextId();
    this.#recording.set(id, { ...this.#group, sinceMs: performance.now() });
    this.#channel.send('records', id, this.#lines.join('\n'));
    this.#lines = [];
    this.#group = newGroup();
  }

  #nextId(): number {
    this.#last = (this.#last + 1) % 2 ** 32;
    return this.#last;
  }

  #take({ kind, id, bytes }: Frame): void {
    switch (kind) {
      case 'joined':
        this.#joined.resolve(JSON.parse(bytes.toString())); // as group.ts made it
        return;
      case 'open':
        void this.#orders?.open();
        return;
      case 'drain':
        if (this.#orders === undefined) process.exit();
        this.#orders.drain();
        return;
      case 'problem':
        this.#trailFailure = bytes.length === 0 ? undefined : bytes.toString();
        return;
      case 'recorded':
        this.#settle(id, bytes.length > 0);
        return;
      case 'reply':
        this.#asked.get(id)?.(decodeReply(bytes));
        this.#asked.delete(id);
        return;
      case 'taken':
        this.#taking.get(id)?.(Number(bytes.toString()));
        this.#taking.delete(id);
        return;
      case 'are you alive':
        this.#channel.send('alive');
        return;
      case 'change':
        this.#forget(id, JSON.parse(bytes.toString())); // as group.ts made it
        return;
      default:
        throw new Error(`The leader does not say "${kind}".`);
    }
  }

  #settle(id: number, isUnavailable: boolean): void {
    const group = this.#recording.get(id);
    this.#recording.delete(id);
    if (isUnavailable) group?.reject(new AuditUnavailable('The audit trail cannot be written at present.'));
    else group?.resolve();
  }

  #forget(id: number, change: Change): void {
    this.#changes = this.#changes
      .then(() => this.#orders?.change(change))
      .then(
        () => this.#channel.send('forgotten', id),
        () => process.exit(1), // what it remembers may be out of date
      );
  }
}

function newGroup() {
  const group = Promise.withResolvers<void>();
  group.promise.catch(() => undefined); // whoever appended sees it
  return group;
}
