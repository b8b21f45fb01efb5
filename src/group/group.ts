/**
 * The leader's side of a server of several processes. The leader holds the data directory: it alone writes the store and the audit
 * trail, does what changes anything, and what comes due. Workers answer what only reads, each from its own memory; a change counts
 * once all of them have forgotten what was before. A worker that dies or hangs is replaced; if the leader dies, its workers end at once.
 */
import cluster, { type Worker } from 'node:cluster';
import { createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Buckets } from '#limits/buckets.ts';
import type { Serving } from '#server/listener.ts';
import type { Change, ChangeFeed } from '#storage/change-feed.ts';
import { Channel, type Frame } from './channel.ts';
import { decodeReceived, encodeReply } from './exchange.ts';

export interface GroupSettings {
  readonly workers: number;
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  readonly changes: ChangeFeed;
  readonly buckets: Pick<Buckets, 'settings' | 'take' | 'giveBack'>;
}

/** What workers bring. */
export interface GroupSink {
  /** Lines for the audit trail, each a record; resolves when they are on the medium. */
  records(lines: readonly string[]): Promise<void>;
  /** Lines for the journal of uses of keys, before the records of the same requests. */
  uses(lines: readonly string[]): void;
  /** What a worker has answered since it last said, as JSON. */
  answers(counts: unknown): void;
  /** A worker has died and is being replaced. */
  lost(pid: number, how: string): void;
}

/** A worker that has not forgotten what is out of date by then is ended: nobody may be served from that. */
const forgettingMs = 5_000;
/** How often workers are asked whether they still run, and to how many such questions in a row one may owe the answer. */
const askedEveryMs = 1_000;
const mostUnanswered = 5;
const drainMs = 12_000;
/** One that dies sooner than this after its start is not replaced at once. */
const youngMs = 1_000;
/** Beside standard input, output and errors, and the channel of node:cluster. */
const channelDescriptor = 4;

interface Member {
  readonly process: Worker;
  readonly channel: Channel;
  readonly startedAtMs: number;
  /** Changes that it has been told of and has not forgotten yet. */
  readonly forgetting: Map<number, () => void>;
  isJoined: boolean;
  /** Questions whether it still runs that it has not answered: it hangs if these get many. */
  unanswered: number;
}

export class Group {
  readonly #settings: GroupSettings;
  readonly #sink: GroupSink;
  readonly #members = new Set<Member>();
  readonly #started = Promise.withResolvers<string>();
  readonly #asking: NodeJS.Timeout;
  #url = '';
  #serving: Serving | undefined;
  #problem: string | undefined;
  #listening = 0;
  #lastChange = 0;
  #isDraining = false;

  private constructor(settings: GroupSettings, sink: GroupSink) {
    this.#settings = settings;
    this.#sink = sink;
    settings.changes.subscribe((change) => this.#tell(change));
    this.#asking = setInterval(() => this.#askWhetherAlive(), askedEveryMs);
  }

  /** Resolves when all workers listen. Rejects, with what to do about it, where one cannot. */
  static async start(settings: GroupSettings, sink: GroupSink): Promise<Group> {
    // One port for those that come later as well.
    const port = settings.port === 0 ? await freePort(settings.host) : settings.port;
    cluster.schedulingPolicy = cluster.SCHED_RR;
    cluster.setupPrimary({
      args: [...process.argv.slice(2), '--port', String(port)],
      stdio: ['inherit', 'inherit', 'inherit', 'ipc', 'pipe'],
    });
    const group = new Group(settings, sink);
    for (let n = 0; n < settings.workers; n++) group.#fork();
    group.#url = await group.#started.promise.catch(async (error: unknown) => {
      await group.drain();
      throw error;
    });
    return group;
  }

  get url(): string {
    return this.#url;
  }

  /** The workers that serve. */
  get pids(): readonly number[] {
    return [...this.#members].flatMap(({ isJoined, process: { process } }) => (isJoined ? (process.pid ?? []) : []));
  }

  /** From now on requests are served. */
  open(serving: Serving): void {
    this.#serving = serving;
    for (const { channel } of this.#members) channel.send('open');
  }

  /** Why nothing can be recorded; undefined once all is well again. */
  tellProblem(problem: string | undefined): void {
    this.#problem = problem;
    for (const { channel } of this.#members) channel.send('problem', 0, problem ?? '');
  }

  /** Answers what has arrived, takes nothing new, and lets go of the port. */
  async drain(): Promise<void> {
    this.#isDraining = true;
    const ends = [...this.#members].map(async ({ process, channel }) => {
      const ended = new Promise((resolve) => process.once('exit', resolve));
      channel.send('drain');
      const limit = setTimeout(() => process.process.kill('SIGKILL'), drainMs);
      await ended;
      clearTimeout(limit);
    });
    await Promise.all(ends);
    clearInterval(this.#asking);
  }

  /** Questions are counted, not time: where all of this machine stood still, everybody may answer first. */
  #askWhetherAlive(): void {
    for (const member of this.#members) {
      if (!member.isJoined) continue;
      if (member.unanswered++ >= mostUnanswered) member.process.process.kill('SIGKILL');
      else member.channel.send('are you alive');
    }
  }

  #fork(): void {
    const worker = cluster.fork();
    const member: Member = {
      process: worker,
      channel: new Channel(worker.process.stdio[channelDescriptor] as Duplex, {
        onFrame: (frame) => this.#take(member, frame),
        onEnd: () => worker.process.kill('SIGKILL'), // unless it has exited
      }),
      startedAtMs: performance.now(),
      forgetting: new Map(),
      isJoined: false,
      unanswered: 0,
    };
    this.#members.add(member);
    worker.on('error', () => undefined); // it could not be given a connection: it exits
    worker.once('exit', (code, signal) => this.#lose(member, signal ?? `code ${code}`));
  }

  #lose(member: Member, how: string): void {
    this.#members.delete(member);
    member.channel.close();
    for (const forgotten of member.forgetting.values()) forgotten(); // nobody is served by it any more
    if (this.#isDraining) return;
    this.#sink.lost(member.process.process.pid ?? 0, how);
    this.#started.reject(new Error(`A worker could not start: it ended with ${how}.`)); // nothing, once it has started
    const isYoung = performance.now() - member.startedAtMs < youngMs;
    setTimeout(() => this.#isDraining || this.#fork(), isYoung ? youngMs : 0);
  }

  #take(member: Member, { kind, id, bytes }: Frame): void {
    const { channel } = member;
    switch (kind) {
      case 'ready':
        member.isJoined = true;
        channel.send('joined', 0, JSON.stringify(this.#settings.buckets.settings));
        channel.send('problem', 0, this.#problem ?? '');
        if (this.#serving !== undefined) channel.send('open');
        return;
      case 'listening':
        if (++this.#listening >= this.#settings.workers) this.#started.resolve(bytes.toString());
        return;
      case 'failed':
        this.#started.reject(new Error(bytes.toString()));
        return;
      case 'uses':
        this.#sink.uses(bytes.toString().split('\n'));
        return;
      case 'records':
        void this.#record(channel, id, bytes);
        return;
      case 'request':
        this.#serve(channel, id, bytes).catch(() => channel.close());
        return;
      case 'forgotten':
        member.forgetting.get(id)?.();
        return;
      case 'take': {
        const { name, count } = JSON.parse(bytes.toString()); // as leader.ts made it
        channel.send('taken', id, String(this.#settings.buckets.take(name, count)));
        return;
      }
      case 'give': {
        const { name, count } = JSON.parse(bytes.toString()); // as leader.ts made it
        this.#settings.buckets.giveBack(name, count);
        return;
      }
      case 'alive':
        member.unanswered = 0;
        return;
      case 'answers':
        this.#sink.answers(JSON.parse(bytes.toString()));
        return;
      default:
        throw new Error(`A worker does not say "${kind}".`);
    }
  }

  async #record(channel: Channel, id: number, bytes: Buffer): Promise<void> {
    const problem = await this.#sink.records(bytes.toString().split('\n')).then(
      () => '',
      () => 'unavailable',
    );
    channel.send('recorded', id, problem);
  }

  /** Does for a worker what only the leader can. The answer leaves when no worker remembers what has been changed. */
  async #serve(channel: Channel, id: number, bytes: Buffer): Promise<void> {
    const serving = this.#serving;
    if (serving === undefined) throw new Error('A worker served before the group was open.');
    const reply = await serving.serve(decodeReceived(bytes));
    await this.#settings.changes.settled();
    channel.send('reply', id, encodeReply(reply));
  }

  /** Fulfilled when no worker remembers what is out of date. */
  #tell(change: Change): Promise<void> | undefined {
    const joined = [...this.#members].filter(({ isJoined }) => isJoined);
    if (joined.length === 0) return undefined;
    this.#lastChange = (this.#lastChange + 1) % 2 ** 32;
    const id = this.#lastChange;
    const text = JSON.stringify(change);
    const all = joined.map(
      ({ process, channel, forgetting }) =>
        new Promise<void>((resolve) => {
          const limit = setTimeout(() => process.process.kill('SIGKILL'), forgettingMs);
          forgetting.set(id, () => {
            clearTimeout(limit);
            forgetting.delete(id);
            resolve();
          });
          channel.send('change', id, text);
        }),
    );
    return Promise.all(all).then(() => undefined);
  }
}

async function freePort(host: string): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, host, resolve);
  });
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
