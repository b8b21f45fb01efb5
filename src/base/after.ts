/**
 * Going on with what may or may not have to be waited for. What requests need is nearly always in memory: a step that gets it at once
 * goes on at once, without a promise for each function on the way.
 */

export type Awaitable<T> = T | Promise<T>;

/** `next` of the value: now where it is there, later where it is promised. */
export function after<T, U>(value: Awaitable<T>, next: (value: T) => Awaitable<U>): Awaitable<U> {
  return value instanceof Promise ? value.then(next) : next(value);
}
