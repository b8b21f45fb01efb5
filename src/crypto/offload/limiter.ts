/**
 * Lets a few jobs run at a time and keeps the others waiting. What waits here costs nothing; what waits in libuv's or the
 * operating system's queues takes turns away from the event loop. Jobs wait in lanes, one for each account: within a lane first
 * come, first served, and the lanes take turns, so that nobody's many jobs stand in the way of another's few.
 */
import { throttled } from '#model/errors.ts';

export interface Capacity {
  /** Jobs that run at the same time. */
  readonly running: number;
  /** Jobs that may wait in one lane. */
  readonly waitingInLane: number;
}

export class Limiter {
  readonly #capacity: Capacity;
  /** In the order of their turns; none is empty. */
  readonly #lanes = new Map<string, (() => void)[]>();
  #running = 0;

  constructor(capacity: Capacity) {
    this.#capacity = capacity;
  }

  /** Runs a job when its turn comes. Its result, or its error, is the caller's. Throws ThrottlingException where too many wait. */
  async run<T>(lane: string, job: () => Promise<T>): Promise<T> {
    if (this.#running < this.#capacity.running) this.#running++;
    else await this.#turn(lane);
    try {
      return await job();
    } finally {
      // The place goes from hand to hand: nobody who comes between may take it.
      const next = this.#next();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return [...this.#lanes.values()].reduce((sum, waiting) => sum + waiting.length, 0);
  }

  #turn(lane: string): Promise<void> {
    const waiting = this.#lanes.get(lane) ?? [];
    if (waiting.length >= this.#capacity.waitingInLane) throw throttled();
    this.#lanes.set(lane, waiting);
    return new Promise((resolve) => waiting.push(resolve));
  }

  #next(): (() => void) | undefined {
    const [first] = this.#lanes;
    if (first === undefined) return undefined;
    const [lane, waiting] = first;
    const next = waiting.shift();
    this.#lanes.delete(lane);
    if (waiting.length > 0) this.#lanes.set(lane, waiting);
    return next;
  }
}
