/**
 * A connection whose requests come whole, one after the other, each once the one before it has been answered: they are read and
 * answered here, which costs a third of what node:http takes for it. With the first bytes that are anything else the
 * connection is handed over, with those, for as long as it lasts.
 */
import type { Socket } from 'node:net';
import type { Received, Reply } from '#call/stages.ts';
import { factsOf } from './client.ts';
import { headText, keepAliveMs } from './response-head.ts';
import { readWholeRequest } from './whole-request.ts';

export interface DirectSettings {
  readonly mostBodyBytes: number;
  /** How long a client may take for its first request. */
  readonly firstMs: number;
  readonly newRequestId: () => string;
  /** Never rejects. */
  readonly serve: (received: Received) => Promise<Reply>;
  /** Has an answer sent together with others of this turn. */
  readonly soon: (send: () => void) => void;
  /** Reads on where this cannot: what has been read and not answered is put back first. */
  readonly handOver: (socket: Socket) => void;
}

export class DirectConnection {
  readonly #socket: Socket;
  readonly #settings: DirectSettings;
  /** What came while a request was being answered. */
  #early: Buffer[] = [];
  #isBusy = false;
  /** The client says no more, or is to say no more. */
  #isLast = false;
  #hasAnswered = false;
  readonly #onData = (chunk: Buffer) => this.#take(chunk);
  readonly #onEnd = () => this.end();
  readonly #onTimeout = () => {
    if (!this.#isBusy) this.#socket.destroy();
  };

  constructor(socket: Socket, settings: DirectSettings) {
    this.#socket = socket;
    this.#settings = settings;
    socket.setTimeout(settings.firstMs);
    socket.on('timeout', this.#onTimeout).on('error', ignore).on('end', this.#onEnd).on('data', this.#onData);
  }

  /** Answers what has arrived, and takes nothing more. */
  end(): void {
    this.#isLast = true;
    if (!this.#isBusy) this.#socket.end();
  }

  #take(chunk: Buffer): void {
    if (this.#isBusy) {
      this.#early.push(chunk);
      this.#socket.pause();
      return;
    }
    const request = readWholeRequest(chunk, this.#settings.mostBodyBytes);
    if (request === undefined) {
      this.#handOver(chunk);
      return;
    }
    this.#isBusy = true;
    const { rawHeaders, body, host, userAgent, referer } = request;
    const requestId = this.#settings.newRequestId();
    const received: Received = {
      requestId,
      client: { ...factsOf(this.#socket), userAgent, referer, host },
      request: { method: 'POST', target: '/', rawHeaders, body },
      arrivedAtMs: performance.now(),
    };
    void this.#settings.serve(received).then((reply) => this.#settings.soon(() => this.#answer(requestId, reply)));
  }

  #answer(requestId: string, reply: Reply): void {
    const { body } = reply;
    const socket = this.#socket;
    if (socket.destroyed) return;
    const head = headText(reply, requestId, !this.#isLast);
    if (typeof body === 'string' && isAscii(body)) socket.write(head + body, 'latin1');
    else {
      socket.cork();
      socket.write(head, 'latin1');
      socket.write(body);
      socket.uncork();
    }
    if (!this.#hasAnswered) {
      this.#hasAnswered = true;
      socket.setTimeout(keepAliveMs);
    }
    this.#isBusy = false;
    if (this.#isLast) socket.end();
    else if (this.#early.length > 0) this.#handOver(Buffer.concat(this.#early));
  }

  #handOver(unread: Buffer): void {
    const socket = this.#socket;
    socket.setTimeout(0);
    socket.off('timeout', this.#onTimeout).off('error', ignore).off('end', this.#onEnd).off('data', this.#onData);
    socket.pause();
    socket.unshift(unread);
    this.#settings.handOver(socket);
    process.nextTick(() => socket.resume());
  }
}

/** It is closed next. */
const ignore = () => undefined;

/** Then its characters are its bytes. Content-Length has counted those. */
function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}
