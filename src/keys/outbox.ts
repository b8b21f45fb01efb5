/**
 * Brings notices to their receiver: the oldest first, each until it has been taken, over any number of restarts. So a
 * receiver may get one again and knows it by its id. Whether it can be reached is nothing to the work on keys.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { dayMs } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { SecretBytes } from '#base/secret-bytes.ts';
import { signNotice } from '#crypto/notice-signature.ts';
import type { Entry } from '#storage/store.ts';
import type { Keyring } from './keyring.ts';

/** Sends one notice, as JSON. Rejects unless the receiver says that it has it. */
export type Post = (body: string, headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<void>;

export interface Receiver {
  readonly post: Post;
  /** Notices are signed with it, where there is one. */
  readonly secret?: SecretBytes | undefined;
  /** How long to wait after so many failures in a row. */
  readonly pauseMs?: (failures: number) => number;
}

/** As EventBridge keeps events that it cannot deliver. Source: EventBridge User Guide, Retrying event delivery. */
const triedForMs = dayMs;
const maxWaiting = 10_000;
const droppedAtOnce = 1000;

/** From a second to five minutes. */
const usualPauseMs = (failures: number): number => Math.min(1000 * 2 ** (failures - 1), 300_000);

export class Outbox {
  readonly #keyring: Keyring;
  readonly #receiver: Receiver;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  #wake: () => void = () => undefined;
  readonly #running: Promise<void>;

  /** Starts at once, with what was left from before. From now on notices are kept for it. */
  constructor(keyring: Keyring, receiver: Receiver, log: Log) {
    this.#keyring = keyring;
    this.#receiver = receiver;
    this.#log = log;
    keyring.notices.keep();
    keyring.notices.listen(() => this.#wake());
    this.#running = this.#run();
  }

  /** Waits for the attempt under way, which is given up. */
  stop(): Promise<void> {
    this.#stopping.abort();
    this.#wake();
    return this.#running;
  }

  async #run(): Promise<void> {
    const { signal } = this.#stopping;
    let failures = 0;
    while (!signal.aborted) {
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      try {
        const hadOne = await this.#deliverOldest();
        failures = 0;
        if (!hadOne) await woken;
      } catch (error) {
        if (signal.aborted) return;
        failures++;
        this.#log.failure('notice not delivered', error, { failures });
        await this.#dropHopeless().catch((reason) => this.#log.failure('notices not dropped', reason));
        const pauseMs = (this.#receiver.pauseMs ?? usualPauseMs)(failures);
        await delay(pauseMs, undefined, { signal, ref: false }).catch(() => undefined); // it is stopping
      }
    }
  }

  /** Whether there was one. */
  async #deliverOldest(): Promise<boolean> {
    const { store, clock } = this.#keyring.vault;
    const [oldest] = await store.list('notices', { within: [], limit: 1 });
    if (oldest === undefined || this.#stopping.signal.aborted) return false;
    const { post, secret } = this.#receiver;
    const body = JSON.stringify(oldest.record.event);
    const signature = secret && { 'Keywright-Signature': signNotice(secret, body, clock.now()) };
    await post(body, { ...signature }, this.#stopping.signal);
    await this.#delete([oldest]);
    return true;
  }

  /** What was tried for long enough, and what is too much: the oldest go. */
  async #dropHopeless(): Promise<void> {
    const { store, clock } = this.#keyring.vault;
    for (let isMore = true; isMore; ) {
      const waiting = await store.list('notices', { within: [], limit: maxWaiting + droppedAtOnce });
      const excess = waiting.length - maxWaiting;
      const hopeless = waiting.filter(({ record }, n) => n < excess || clock.now() - record.atMs > triedForMs);
      if (hopeless.length === 0) return;
      await this.#delete(hopeless);
      this.#log.info('notices dropped', { count: hopeless.length });
      isMore = excess === droppedAtOnce;
    }
  }

  #delete(entries: readonly Entry<'notices'>[]): Promise<void> {
    return this.#keyring.vault.store.write(async (transaction) => {
      for (const { key } of entries) transaction.delete('notices', key);
    });
  }
}
