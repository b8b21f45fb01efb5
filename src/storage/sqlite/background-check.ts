/** Checks the rest of a large store while it is in use, in a thread: check-thread.ts. */
import { Worker } from 'node:worker_threads';
import { StoreError } from '#storage/store.ts';
import type { StoreCheck, StoreCheckListener, StoreState } from '#storage/store-check.ts';
import type { CheckOutcome } from './check-thread.ts';

/** After the start, which has other things to do. */
const firstWaitMs = 5000;
/** It has only a few rows at a time. */
const threadLimits = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 };

export class BackgroundCheck implements StoreCheck {
  readonly #path: string;
  #state: StoreState;
  #timer: NodeJS.Timeout | undefined;
  #thread: Worker | undefined;

  /** `isWhole`: whether all has been checked already. */
  constructor(path: string, isWhole: boolean) {
    this.#path = path;
    this.#state = isWhole ? 'checked' : 'being checked';
  }

  get state(): StoreState {
    return this.#state;
  }

  start(listener: StoreCheckListener, waitMs = firstWaitMs): void {
    if (this.#state !== 'being checked' || this.#timer !== undefined) return;
    this.#timer = setTimeout(() => this.#run(listener), waitMs).unref();
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer);
    await this.#thread?.terminate();
  }

  #run(listener: StoreCheckListener): void {
    // Options of the process are not for its threads: some would not let them start.
    const options = { name: 'store check', execArgv: [], workerData: this.#path, resourceLimits: threadLimits };
    this.#thread = new Worker(new URL('./check-thread.ts', import.meta.url), options);
    this.#thread.unref();
    this.#thread.on('message', (outcome: CheckOutcome) => {
      if ('records' in outcome) {
        this.#state = 'checked';
        listener.checked(outcome.records);
      } else {
        this.#state = 'damaged';
        listener.failed(new StoreError(`${this.#path}: ${outcome.failure}`));
      }
    });
    this.#thread.on('error', (error) => listener.failed(error)); // it could not be checked: the next start tries again
  }
}
