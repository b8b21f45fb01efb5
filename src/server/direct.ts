/**
 * A connection whose requests come whole, one after the other, each once the one before it has been answered: they are read and
 * answered here, which costs a third of what node:http takes for it. With the first bytes that are anything else the
 * connection is handed over, with those, for as long as it lasts.
 */
import type { Socket } from 'node:net';
import { together } from '#base/together.ts';
import type { Received, Reply } from '#call/stages.ts';
import { factsOf } from './client.ts';
import { headText, keepAliveMs } from './response-head.ts';
import { readWholeRequest, type WholeRequest } from './whole-request.ts';

export interface DirectSettings {
  readonly mostBodyBytes: number;
  /** How long a client may take for its first request. */
  readonly firstMs: number;
  readonly newRequestId: () => string;
  /** Never rejects. */
  readonly serve: (received: Received) => Promise<Reply>;
  /** Has an answer sent together with others of this turn. */
  readonly soon: (send: () => void) => void;
  /** Whether connections outlive their answers: not while the listener drains. */
  readonly mayKeepAlive: () => boolean;
  /** Reads on where this cannot: what has been read and not answered is put back first. */
  readonly handOver: (socket: Socket) => void;
}

export class DirectConnection {
  readonly #socket: Socket;
  readonly #settings: DirectSettings;
  /** What came while a request was being answered. */
  #early: Buffer[] = [];
  #isBusy = false;
  /** The headers of the last request. */
  #lines: WholeRequest['lines'] = [];
  /** The client says no more. */
  #hasEnded = false;
  #hasAnswered = false;
  readonly #onData = (chunk: Buffer) => this.#take(chunk);
  readonly #onEnd = () => {
    this.#hasEnded = true;
    if (!this.#isBusy) this.#socket.end();
  };
  readonly #onDrain = () => this.#socket.resume();
  readonly #onTimeout = () => {
    if (!this.#isBusy) this.#socket.destroy();
  };

  constructor(socket: Socket, settings: DirectSettings) {
    this.#socket = socket;
    this.#settings = settings;
    socket.setTimeout(settings.firstMs);
    socket.on('timeout', this.#onTimeout).on('error', ignore).on('end', this.#onEnd).on('data', this.#onData);
  }

  /** To be called when connections are not kept any more: one that nothing has arrived on is closed at once. */
  end(): void {
    if (!this.#isBusy) this.#socket.destroySoon();
  }

  #take(chunk: Buffer): void {
    if (this.#isBusy) {
      this.#early.push(chunk);
      this.#socket.pause();
      return;
    }
    const request = readWholeRequest(chunk, this.#settings.mostBodyBytes, this.#lines);
    if (request === undefined) {
      if (this.#hasEnded) this.#socket.destroySoon();
      else this.#handOver(chunk);
      return;
    }
    this.#isBusy = true;
    this.#lines = request.lines;
    const { rawHeaders, body, host, userAgent, referer } = request;
    const requestId = this.#settings.newRequestId();
    const received: Received = {
      requestId,
      client: { ...factsOf(this.#socket), userAgent, referer, host },
      request: { method: 'POST', target: '/', rawHeaders, body },
      arrivedAtMs: performance.now(),
    };
    serveSoon(() => {
      void this.#settings.serve(received).then((reply) => this.#settings.soon(() => this.#answer(requestId, reply)));
    });
  }

  #answer(requestId: string, reply: Reply): void {
    const { body } = reply;
    const socket = this.#socket;
    if (socket.destroyed) return;
    const early = this.#early;
    this.#early = [];
    const isKept = this.#settings.mayKeepAlive() && (!this.#hasEnded || early.length > 0);
    const head = headText(reply, requestId, isKept);
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
    if (!isKept) socket.destroySoon();
    else if (early.length > 0) this.#goOn(Buffer.concat(early));
    else if (socket.writableNeedDrain) {
      // Who does not read its answers is not asked what else it wants.
      socket.pause();
      socket.once('drain', this.#onDrain);
    }
  }

  /** With what came too early: node:http reads on, but for a client that has said all. */
  #goOn(unread: Buffer): void {
    if (this.#hasEnded) this.#take(unread);
    else this.#handOver(unread);
  }

  #handOver(unread: Buffer): void {
    const socket = this.#socket;
    socket.setTimeout(0);
    socket.off('timeout', this.#onTimeout).off('error', ignore).off('end', this.#onEnd).off('data', this.#onData);
    socket.off('drain', this.#onDrain);
    socket.pause();
    socket.unshift(unread);
    this.#settings.handOver(socket);
    process.nextTick(() => socket.resume());
  }
}

/**
 * All requests of a turn are taken off their sockets before the first is served: calls into the kernel between them would push
 * what serving needs out of the processor's caches, each time.
 */
const serveSoon = together<() => void>((requests) => {
  for (const serve of requests) serve();
});

/** It is closed next. */
const ignore = () => undefined;

/** Then its characters are its bytes. Content-Length has counted those. */
function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length;
}
