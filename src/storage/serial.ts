/** Runs tasks one after another, each to its end, in the order in which they were handed in. */
export class Serial {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(task: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(task);
    // The next task starts whatever became of this one; its failure belongs to its own caller.
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
