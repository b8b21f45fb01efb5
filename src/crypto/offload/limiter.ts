/**
 * Lets a few jobs run at a time and keeps the others waiting, first come, first served. What waits here costs nothing;
 * what waits in libuv's or the operating system's queues takes turns away from the event loop.
 */
export class Limiter {
  readonly #capacity: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Runs a job as soon as fewer than `capacity` others run. Its result, or its error, is the caller's. */
  async run<T>(job: () => Promise<T>): Promise<T> {
    if (this.#running < this.#capacity) this.#running++;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await job();
    } finally {
      // The place goes from hand to hand: nobody who comes between may take it.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#waiting.length;
  }
}
