/**
 * A server in a process of its own, whose clock the test owns: it is moved, and what falls due then is done, before the test
 * goes on. Killed, it starts again on the same data directory at the time that its clock had.
 */
import assert from 'node:assert/strict';
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Answer, type Caller, post } from '#test/harness/kms.ts';

const startLimitMs = 20_000;

/** What the process tells: first where it serves, then, after each move of its clock, that all is done. */
export interface Told {
  readonly url?: string;
  readonly caller?: Caller;
  readonly failure?: string;
}

export class ClockedServer implements AsyncDisposable {
  readonly #directory = mkdtempSync(join(tmpdir(), 'keywright-clocked-'));
  #nowMs: number;
  #child: ChildProcess | undefined;
  #told: Told = {};

  constructor(nowMs: number) {
    this.#nowMs = nowMs;
  }

  get nowMs(): number {
    return this.#nowMs;
  }

  async start(): Promise<void> {
    this.#child = fork(join(import.meta.dirname, 'clocked-process.ts'), [this.#directory, String(this.#nowMs)]);
    this.#told = await this.#hear();
    await this.moveTo(this.#nowMs);
  }

  /** Moves the clock, and waits until housekeeping has done what is due. */
  async moveTo(nowMs: number): Promise<void> {
    this.#nowMs = nowMs;
    this.#child?.send({ nowMs });
    await this.#hear();
  }

  /** SIGKILL, and back again. */
  async killAndStart(): Promise<void> {
    await this.kill();
    await this.start();
  }

  async kill(): Promise<void> {
    const child = this.#child;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const ended = once(child, 'exit');
    child.kill('SIGKILL');
    await ended;
  }

  /** Rejects where the process ends before it answers. */
  send(operation: string, input: object, region: string): Promise<Answer> {
    const { url, caller } = this.#told;
    assert(url !== undefined && caller !== undefined);
    const target = `TrentService.${operation}`;
    return post(url, { body: JSON.stringify(input), target, caller, region, date: new Date(this.#nowMs) });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    rmSync(this.#directory, { recursive: true, force: true });
  }

  async #hear(): Promise<Told> {
    const child = this.#child;
    assert(child !== undefined);
    const [told] = await once(child, 'message', { signal: AbortSignal.timeout(startLimitMs) });
    assert.equal(told.failure, undefined);
    return told;
  }
}
