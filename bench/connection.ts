/**
 * One client of the load: a raw keep-alive socket, plain or TLS, with one request in flight. What it sends is ready before,
 * what it receives is barely looked at, so that the machine's time goes to the server. Where a server closes after each
 * answer, it connects anew, and that is part of the answer's time.
 */
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { parseResponse, type Response } from './response.ts';

export interface Endpoint {
  readonly host: string;
  readonly port: number;
  /** Speaks TLS, with this certificate (PEM). */
  readonly ca?: string;
}

export interface Request {
  /** Its place in the pool. */
  readonly index: number;
  readonly bytes: Uint8Array;
}

export interface Answered {
  readonly request: Request;
  /** The body is valid during the call only. */
  readonly response: Response;
  /** As given with the request. */
  readonly startedAt: number;
}

/** Where a connection takes its answers to. */
export interface Traffic {
  /** The connection is free for the next request. Throws where it is not the answer that was wanted. */
  answered(connection: Connection, answered: Answered): void;
  failed(error: unknown): void;
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
    const { ca, ...address } = this.#endpoint;
    const options = { ...address, noDelay: true, onread: { buffer: this.#buffer, callback } };
    const socket = ca === undefined ? connect(options, onOpen) : connectTls({ ...options, ca }, onOpen);
    socket.on('error', (error) => this.#traffic.failed(error));
    socket.on('close', () => {
      if (socket === this.#socket) this.#traffic.failed(new Error('The server closed a connection without an answer.'));
    });
    this.#socket = socket;
  }

  /** Only after the answer to the one before. `startedAt` is when its time began to count. */
  send(request: Request, startedAt: number): void {
    this.#request = request;
    this.#startedAt = startedAt;
    if (this.#socket === undefined) this.open(() => this.#socket?.write(request.bytes));
    else this.#socket.write(request.bytes);
  }

  /** Closes without a word to the traffic. May be called more than once. */
  destroy(): void {
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.destroy();
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
      const request = this.#request;
      if (request === undefined) throw new Error('The server sent an answer that nobody asked for.');
      this.#request = undefined;
      if (response.closes) this.destroy();
      this.#traffic.answered(this, { request, response, startedAt: this.#startedAt });
    } catch (error) {
      this.#traffic.failed(error);
    }
  }
}
