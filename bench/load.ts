/** The load generator as the rest of the bench sees it: one thread for the whole run, so that its code is warm. */
import { Worker } from 'node:worker_threads';
import type { LoadJob, LoadResult } from './load-run.ts';
import type { LoadAnswer } from './load-worker.ts';

export class LoadGenerator implements AsyncDisposable {
  readonly #worker = new Worker(new URL('./load-worker.ts', import.meta.url));
  readonly #signal: AbortSignal;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  /** One job at a time. Rejects where an answer was not a 200, and when it is interrupted. */
  run(job: LoadJob): Promise<LoadResult> {
    const { promise, resolve, reject } = Promise.withResolvers<LoadResult>();
    const onMessage = (answer: LoadAnswer) => {
      if ('problem' in answer) reject(new Error(answer.problem));
      else resolve(answer.result);
    };
    const onExit = () => reject(new Error('The load generator has ended.'));
    this.#worker.once('message', onMessage).once('error', reject).once('exit', onExit);
    const onAbort = () => reject(this.#signal.reason);
    this.#signal.addEventListener('abort', onAbort);
    this.#worker.postMessage(job);
    return promise.finally(() => {
      this.#signal.removeEventListener('abort', onAbort);
      this.#worker.off('message', onMessage).off('error', reject).off('exit', onExit);
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#worker.terminate();
  }
}
