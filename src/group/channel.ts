/**
 * What the processes of one server say to each other, over a pair of sockets that nobody else can open: frames of a length, a
 * kind, a number that a later answer names, and bytes. Frames arrive in the order in which they were sent.
 */
import type { Duplex } from 'node:stream';

const kinds = [
  // From a worker.
  'ready',
  'listening',
  'failed',
  'records',
  'uses',
  'request',
  'forgotten',
  'take',
  'give',
  'answers',
  'alive',
  // From the leader.
  'joined',
  'open',
  'recorded',
  'reply',
  'change',
  'problem',
  'drain',
  'taken',
  'are you alive',
] as const;

export type Kind = (typeof kinds)[number];

const numbers = new Map(kinds.map((kind, number) => [kind, number]));

export interface Frame {
  readonly kind: Kind;
  readonly id: number;
  readonly bytes: Buffer;
}

/** The length that comes first, kind and number. */
const headBytes = 9;
const nothing = Buffer.alloc(0);

export class Channel {
  readonly #stream: Duplex;
  /** Chunks of a frame that is not all there. */
  #unread: Buffer[] = [];
  #unreadBytes = 0;
  /** How much must be there before it is worth looking again. */
  #wantedBytes = headBytes;
  #isCorked = false;

  /** `onFrame` is called for each frame in its turn, `onEnd` once when the other side is gone. */
  constructor(stream: Duplex, { onFrame, onEnd }: { onFrame(frame: Frame): void; onEnd(): void }) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      try {
        this.#take(chunk, onFrame);
      } catch {
        stream.destroy(); // whoever sends what is no frame is not listened to any more
      }
    });
    stream.on('error', () => undefined); // it closes as well
    stream.once('close', onEnd);
  }

  /** What is sent in one turn of the event loop leaves together. */
  send(kind: Kind, id = 0, payload: Buffer | string = nothing): void {
    if (this.#stream.destroyed) return;
    const bytes = typeof payload === 'string' ? Buffer.from(payload) : payload;
    const head = Buffer.allocUnsafe(headBytes);
    head.writeUInt32LE(bytes.length, 0);
    head.writeUInt8(numbers.get(kind) ?? 0, 4);
    head.writeUInt32LE(id, 5);
    if (!this.#isCorked) {
      this.#isCorked = true;
      this.#stream.cork();
      setImmediate(() => {
        this.#isCorked = false;
        this.#stream.uncork();
      });
    }
    this.#stream.write(head);
    if (bytes.length > 0) this.#stream.write(bytes);
  }

  /** Sends what is left, and says that there will be no more. */
  end(): void {
    setImmediate(() => this.#stream.end());
  }

  close(): void {
    this.#stream.destroy();
  }

  #take(chunk: Buffer, onFrame: (frame: Frame) => void): void {
    this.#unread.push(chunk);
    this.#unreadBytes += chunk.length;
    if (this.#unreadBytes < this.#wantedBytes) return;
    let bytes = this.#unread.length === 1 ? chunk : Buffer.concat(this.#unread);
    this.#wantedBytes = headBytes;
    while (bytes.length >= headBytes) {
      const end = headBytes + bytes.readUInt32LE(0);
      if (bytes.length < end) {
        this.#wantedBytes = end;
        break;
      }
      const kind = kinds[bytes.readUInt8(4)];
      if (kind === undefined) throw new Error('A process of this server sent what is no frame.');
      onFrame({ kind, id: bytes.readUInt32LE(5), bytes: bytes.subarray(headBytes, end) });
      bytes = bytes.subarray(end);
    }
    this.#unread = bytes.length === 0 ? [] : [bytes];
    this.#unreadBytes = bytes.length;
  }
}
