/**
 * One client of the load: a raw keep-alive socket with one request in flight. What it sends is ready before, what it
 * receives is barely looked at, so that the machine's time goes to the server. Where a server closes after each answer,
 * it connects anew, and that is part of the answer's time.
 */
import { connect, type Socket } from 'node:net';
import { parseResponse, type Response } from './response.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
}

export interface Request {
  /** Its place in the pool. */
  readonly index: number;
  readonly bytes: Uint8Array;
}

/** Where a connection gets its requests from and takes its answers to. */
export interface Traffic {
  /** Undefined when there is nothing more to do; the connection then closes. */
  next(): Request | undefined;
  /** The body is valid during the call only. Throws where it is not the answer that was wanted. */
  answered(request: Request, response: Response, startedAt: number): void;
  failed(error: unknown): void;
  closed(): void;
}

const receiveBufferBytes = 65_536;

export class Connection {
  readonly #endpoint: Endpoint;
  readonly #traffic: Traffic;
  readonly #buffer = Buffer.allocUnsafe(receiveBufferBytes);
  #socket: Socket | undefined;
  #request: Request | undefined;
  #startedAt = 0;
  #partial: Buffer | undefined;

  constructor(endpoint: Endpoint, traffic: Traffic) {
    this.#endpoint = endpoint;
    this.#traffic = traffic;
  }

  /** Connects, and calls back once that is done. Rejections and errors go to the traffic. */
  open(onOpen: () => void): void {
    const callback = (length: number): boolean => {
      this.#receive(this.#buffer.subarray(0, length));
      return true;
    };
    const socket = connect({ ...this.#endpoint, noDelay: true, onread: { buffer: this.#buffer, callback } }, onOpen);
    socket.on('error', (error) => this.#traffic.failed(error));
    socket.on('close', () => {
      if (socket === this.#socket) this.#traffic.failed(new Error('The server closed a connection without an answer.'));
    });
    this.#socket = socket;
  }

  /** Sends the next request, or closes. */
  proceed(): void {
    this.#request = this.#traffic.next();
    if (this.#request === undefined) {
      this.destroy();
      this.#traffic.closed();
      return;
    }
    this.#startedAt = performance.now();
    if (this.#socket === undefined) this.open(() => this.#send());
    else this.#send();
  }

  /** Closes without a word to the traffic. May be called more than once. */
  destroy(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
  }

  #send(): void {
    if (this.#request !== undefined) this.#socket?.write(this.#request.bytes);
  }

  #receive(chunk: Buffer): void {
    try {
      const bytes = this.#partial === undefined ? chunk : Buffer.concat([this.#partial, chunk]);
      const response = parseResponse(bytes);
      if (response === undefined) {
        this.#partial = bytes === chunk ? Buffer.from(chunk) : bytes; // the next chunk overwrites this one
        return;
      }
      this.#partial = undefined;
      if (this.#request === undefined) throw new Error('The server sent an answer that nobody asked for.');
      this.#traffic.answered(this.#request, response, this.#startedAt);
      if (response.closes) this.destroy();
      this.proceed();
    } catch (error) {
      this.#traffic.failed(error);
    }
  }
}
