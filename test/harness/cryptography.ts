/** Python's `cryptography` as a counterpart: one process, which does one job after the other. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import type { Counterpart, ToSign } from './counterpart.ts';

type Bytes = Readonly<Record<string, Uint8Array>>;

const patienceMs = 60_000;

export class Cryptography implements Counterpart {
  readonly #process: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    const program = join(import.meta.dirname, '..', 'conformance', 'cross.py');
    this.#process = spawn('python3', [program], { stdio: ['pipe', 'pipe', 'inherit'] });
    assert(this.#process.stdout !== null);
    const lines: Interface = createInterface({ input: this.#process.stdout });
    this.#answers = lines[Symbol.asyncIterator]();
  }

  knows(algorithm: string): boolean {
    return algorithm !== 'SM2DSA';
  }

  generate(keySpec: string): Promise<Buffer> {
    return this.#done('generate', { keySpec });
  }

  publicHalf(privateKey: Uint8Array): Promise<Buffer> {
    return this.#done('public_half', {}, { privateKey });
  }

  reread(publicKey: Uint8Array): Promise<Buffer> {
    return this.#done('reread', {}, { publicKey });
  }

  sign({ algorithm, messageType, message }: ToSign, privateKey: Uint8Array): Promise<Buffer> {
    return this.#done('sign', { algorithm, messageType }, { privateKey, message });
  }

  async verify(signed: ToSign, publicKey: Uint8Array, signature: Uint8Array): Promise<boolean> {
    const { algorithm, messageType, message } = signed;
    const answer = await this.#ask('verify', { algorithm, messageType }, { publicKey, message, signature });
    return answer !== undefined;
  }

  mac(algorithm: string, key: Uint8Array, message: Uint8Array): Promise<Buffer> {
    return this.#done('make_mac', { algorithm }, { key, message });
  }

  async verifyMac(algorithm: string, key: Uint8Array, message: Uint8Array, mac: Uint8Array): Promise<boolean> {
    return (await this.#ask('verify_mac', { algorithm }, { key, message, mac })) !== undefined;
  }

  agree(privateKey: Uint8Array, peer: Uint8Array): Promise<Buffer | undefined> {
    return this.#ask('agree', {}, { privateKey, peer });
  }

  encrypt(algorithm: string, publicKey: Uint8Array, plaintext: Uint8Array): Promise<Buffer> {
    return this.#done('encrypt', { algorithm }, { publicKey, plaintext });
  }

  decrypt(algorithm: string, privateKey: Uint8Array, ciphertext: Uint8Array): Promise<Buffer | undefined> {
    return this.#ask('decrypt', { algorithm }, { privateKey, ciphertext });
  }

  async encapsulate(publicKey: Uint8Array): Promise<{ readonly secret: Buffer; readonly ciphertext: Buffer }> {
    const both = await this.#done('encapsulate', {}, { publicKey });
    return { secret: both.subarray(0, 32), ciphertext: both.subarray(32) };
  }

  /** Undefined for a ciphertext of another length. */
  decapsulate(privateKey: Uint8Array, ciphertext: Uint8Array): Promise<Buffer | undefined> {
    return this.#ask('decapsulate', {}, { privateKey, ciphertext });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = once(this.#process, 'exit');
    this.#process.stdin?.end();
    await gone;
  }

  async #done(job: string, names: object, bytes: Bytes = {}): Promise<Buffer> {
    const answer = await this.#ask(job, names, bytes);
    assert(answer !== undefined, `${job} ${JSON.stringify(names)}`);
    return answer;
  }

  /** Undefined for a refusal. Jobs are asked for one at a time. */
  async #ask(job: string, names: object, bytes: Bytes): Promise<Buffer | undefined> {
    const encoded = Object.entries(bytes).map(([name, value]) => [name, Buffer.from(value).toString('base64')]);
    this.#process.stdin?.write(`${JSON.stringify({ job, names, bytes: Object.fromEntries(encoded) })}\n`);
    using impatience = setTimeout(() => this.#process.kill(), patienceMs);
    impatience.unref();
    const { value, done } = await this.#answers.next();
    assert(done !== true, `${job} was never answered`);
    const answer = JSON.parse(value);
    assert.equal(answer.failed, undefined, `${job} ${JSON.stringify(names)}`);
    return answer.refused === true ? undefined : Buffer.from(answer.bytes, 'base64');
  }
}
