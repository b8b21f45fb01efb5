/** Waiting for a moment while more keeps coming, so that it can be dealt with together. */

/** Calls `done` when a turn of the event loop has brought nothing more, by what `count` says, or when it has been waited for long enough. */
export function gather(count: () => number, mostMs: number, done: () => void): void {
  const limit = performance.now() + mostMs;
  const look = (seen: number): void => {
    const now = count();
    if (now > seen && performance.now() < limit) setImmediate(look, now);
    else done();
  };
  setImmediate(look, 0);
}
