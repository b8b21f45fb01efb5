/**
 * Servers put work off until they have time for it: sealing and delivering what has been recorded. On a machine that all servers
 * of a run share, it would be done while another one is measured. So it is waited for, and what it costs is told by itself.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { StartedProcess } from './started-process.ts';

/** What was put off, over a whole run. */
export interface PutOff {
  /** Processor time of it for each answer of our servers. */
  readonly cpuMicrosPerAnswer: number;
  readonly waitedSeconds: number;
}

/** Work that has been put off has begun by then. */
const beginsWithinMs = 300;
const lookMs = 100;
/** Of a processor: all servers together use no more when none of them has anything to do. */
const restingShare = 0.2;
const longestWaitMs = 60_000;

export class Rest {
  readonly #servers: readonly Pick<StartedProcess, 'cpuSeconds'>[];
  readonly #signal: AbortSignal;
  #isDue = false;
  #answers = 0;
  #cpuSeconds = 0;
  #waitedMs = 0;

  constructor(servers: readonly Pick<StartedProcess, 'cpuSeconds'>[], signal: AbortSignal) {
    this.#servers = servers;
    this.#signal = signal;
  }

  /** One of the servers has answered so many requests. */
  note(answers: number): void {
    this.#isDue = true;
    this.#answers += answers;
  }

  /** Waits until no server has anything to do, or for a minute. */
  async wait(): Promise<void> {
    if (!this.#isDue) return;
    this.#isDue = false;
    const beganAt = performance.now();
    const before = this.#cpu();
    await this.#sleep(beginsWithinMs);
    while ((await this.#isBusy()) && performance.now() - beganAt < longestWaitMs);
    this.#cpuSeconds += this.#cpu() - before;
    this.#waitedMs += performance.now() - beganAt;
  }

  /** Undefined where nothing has been waited for. */
  get putOff(): PutOff | undefined {
    if (this.#answers === 0) return undefined;
    return { cpuMicrosPerAnswer: (this.#cpuSeconds * 1e6) / this.#answers, waitedSeconds: this.#waitedMs / 1000 };
  }

  async #isBusy(): Promise<boolean> {
    const before = this.#cpu();
    await this.#sleep(lookMs);
    return this.#cpu() - before > (restingShare * lookMs) / 1000;
  }

  /** Of all servers; those of which it is not known are taken to rest. */
  #cpu(): number {
    return this.#servers.reduce((sum, server) => sum + (server.cpuSeconds() ?? 0), 0);
  }

  #sleep(ms: number): Promise<void> {
    return delay(ms, undefined, { signal: this.#signal });
  }
}
