/** Where work that takes long leaves the event loop: the one place that says how much of it may run at a time. */

/** Starts work that OpenSSL does on libuv's threads. */
export function heavy<T>(work: () => Promise<T>): Promise<T> {
  return work();
}

/** The same for finding primes, which takes seconds: nothing that is quicker waits for it. */
export function lengthy<T>(work: () => Promise<T>): Promise<T> {
  return work();
}
