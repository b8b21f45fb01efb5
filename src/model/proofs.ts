/**
 * Marks that a step of a request's path puts on a value. The symbols exist for the type checker alone, so only the
 * step's own file can make one, and code that wants the mark cannot be reached without the step.
 */

declare const allowed: unique symbol;
declare const usable: unique symbol;

/** The caller may do what the request asks with this. Set in authorization/ alone. */
export type Allowed<T> = T & { readonly [allowed]: true };

/** Allowed, and in a state and of a usage that fit the operation. Set in keys/require.ts alone. */
export type Usable<T> = T & { readonly [usable]: true };
