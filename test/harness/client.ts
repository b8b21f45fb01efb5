/**
 * A plain client: one signed request over node:http, without the SDK's retries, checks and conveniences, so that a test
 * can send what no SDK would send and sees exactly what comes back. Beside it, what a client under load needs: repeatable
 * choices, and what it may believe about a thing whose change was not answered.
 */
import assert from 'node:assert/strict';
import {
  Agent,
  request as httpRequest,
  type IncomingHttpHeaders,
  type OutgoingHttpHeaders,
  type RequestOptions,
} from 'node:http';
import type { Credentials } from './server-process.ts';
import { signRequest, type ToSign, targetOf } from './sign.ts';

const answerLimitMs = 15_000;

/** Where a request goes, and who signs it. */
export interface Target {
  readonly url: string;
  readonly credentials: Credentials;
  readonly region: string;
}

export interface Overrides {
  readonly method?: string;
  readonly path?: string;
  readonly query?: ToSign['query'];
  readonly region?: string;
  readonly service?: string;
  readonly credentials?: ToSign['credentials'];
  readonly date?: Date;
  /** Signed with the usual ones, or instead of them. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as it is, instead of the JSON of `body`. */
  readonly rawBody?: string | Uint8Array;
  /** What is sent instead of the headers that were signed. An array sends a header more than once. */
  readonly alterHeaders?: (headers: Record<string, string>) => OutgoingHttpHeaders;
  /** What is sent instead of the body that was signed. */
  readonly alterBody?: (body: Buffer) => string | Uint8Array;
  /** A new connection for each request unless given. */
  readonly agent?: Agent;
}

export interface Reply<B> {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Undefined where the text is not a JSON object. */
  readonly body: B | undefined;
  readonly text: string;
}

export type Members = Readonly<Record<string, unknown>>;

/** Any status is an answer; rejects only where none comes. */
export async function call<B extends object = Members>(
  server: Target,
  operation: string,
  body: unknown,
  overrides: Overrides = {},
): Promise<Reply<B>> {
  const { host, hostname, port } = new URL(server.url);
  const { method = 'POST', path = '/', query = [], rawBody } = overrides;
  const content = Buffer.from(rawBody ?? JSON.stringify(body ?? {}));
  const signed = signRequest({
    method,
    host,
    path,
    query,
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': `TrentService.${operation}`,
      ...overrides.headers,
    },
    body: content,
    credentials: overrides.credentials ?? server.credentials,
    region: overrides.region ?? server.region,
    service: overrides.service ?? 'kms',
    date: overrides.date ?? new Date(),
  });
  const sent = Buffer.from(overrides.alterBody?.(content) ?? content);
  const headers = { 'content-length': sent.length, ...(overrides.alterHeaders?.(signed) ?? signed) };
  const { agent } = overrides;
  const address = { hostname: hostname.replace(/^\[|\]$/g, ''), port, method, path: targetOf(path, query) };
  return send<B>({ ...address, headers, ...(agent === undefined ? {} : { agent }) }, sent);
}

function send<B extends object>(options: RequestOptions, body: Uint8Array): Promise<Reply<B>> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: parseObject<B>(text), text });
      });
    });
    request.on('error', reject);
    request.setTimeout(answerLimitMs, () => request.destroy(new Error(`No answer within ${answerLimitMs} ms.`)));
    request.end(body);
  });
}

function parseObject<B extends object>(text: string): B | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as B) : undefined; // the test says what it expects
  } catch {
    return undefined;
  }
}

/** Keys, each with a ciphertext that must go on decrypting. */
export class KeysInUse {
  readonly #server: Target;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 8 });
  readonly #ciphertexts: { readonly blob: unknown; readonly plaintext: string }[] = [];

  constructor(server: Target) {
    this.#server = server;
  }

  get count(): number {
    return this.#ciphertexts.length;
  }

  async grow(count: number): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#makeKey()));
  }

  /** With the server that made them, or with another that should be able to. */
  async decryptAll(server: Target = this.#server): Promise<void> {
    await Promise.all(this.#ciphertexts.map((_, index) => this.decryptOne(index, server)));
  }

  async decryptOne(index: number, server: Target = this.#server): Promise<void> {
    const { blob, plaintext } = this.#ciphertexts[index % this.#ciphertexts.length] ?? {};
    const { status, body, text } = await call(server, 'Decrypt', { CiphertextBlob: blob }, { agent: this.#agent });
    assert.equal(status, 200, text);
    assert.equal(body?.['Plaintext'], plaintext);
  }

  async #makeKey(): Promise<void> {
    const made = await call(this.#server, 'CreateKey', {}, { agent: this.#agent });
    assert.equal(made.status, 200, made.text);
    const { KeyMetadata } = made.body ?? {};
    const { KeyId } = KeyMetadata as Members;
    const plaintext = Buffer.from(`for ${KeyId}`).toString('base64');
    const sealed = await call(this.#server, 'Encrypt', { KeyId, Plaintext: plaintext }, { agent: this.#agent });
    assert.equal(sealed.status, 200, sealed.text);
    this.#ciphertexts.push({ blob: sealed.body?.['CiphertextBlob'], plaintext });
  }
}

/** One thing that can change. It may be one of two while a change is under way, or after one that was never answered. */
export class Cell {
  #mayBe: readonly string[];
  #isChanging = false;

  constructor(value: string) {
    this.#mayBe = [value];
  }

  /** A change is under way, or nobody knows what became of one. */
  get isBusy(): boolean {
    return this.#isChanging || this.#mayBe.length > 1;
  }

  /** What was last acknowledged or seen. */
  get known(): string {
    return this.#mayBe[0] ?? '';
  }

  /** `send` returns the new value as the server acknowledged it, or undefined where it did not answer. */
  async change(next: string, send: () => Promise<string | undefined>): Promise<void> {
    this.#isChanging = true;
    const now = await send();
    this.#mayBe = now === undefined ? [this.known, next] : [now];
    this.#isChanging = false;
  }

  /** `roughly` is what was seen, less what a client learns only from an answer. */
  observe(what: string, seen: string, roughly = seen): void {
    const isFine = this.#mayBe.some((value) => value === seen || value === roughly);
    assert(isFine, `${what} is ${seen}, and may be ${this.#mayBe.join(' or ')}`);
    this.#mayBe = [seen];
  }
}

/** Choices that a seed repeats. A linear congruential generator (Knuth, MMIX) is random enough to choose with. */
export class Random {
  #state: bigint;

  constructor(seed: number) {
    this.#state = BigInt(seed);
  }

  /** From `min` to `max`, both included. */
  integer(min: number, max: number): number {
    this.#state = BigInt.asUintN(64, this.#state * 6364136223846793005n + 1442695040888963407n);
    return min + (Number(this.#state >> 33n) % (max - min + 1));
  }

  chance(probability: number): boolean {
    return this.integer(1, 1000) <= probability * 1000;
  }

  /** Undefined where there is nothing to pick from. */
  pick<T>(from: readonly T[]): T | undefined {
    return from[this.integer(0, Math.max(from.length, 1) - 1)];
  }

  /** At most `count`, and all where that many were asked for. */
  some<T>(from: readonly T[], count: number): readonly T[] {
    if (from.length <= count) return from;
    const picked = Array.from({ length: count }, () => this.pick(from));
    return picked.filter((one) => one !== undefined);
  }
}
