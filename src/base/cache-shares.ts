/**
 * How much may be remembered of what: one budget, shared out. What an entry takes was measured as growth of the heap and of the
 * resident memory over thousands of them, and rounded up; texts that are compiled take a multiple of their length.
 */

/** In bytes, as the weights below estimate them. */
export interface CacheShares {
  readonly keys: number;
  readonly aliases: number;
  readonly grants: number;
  /** Access keys and sessions, with the signing keys derived of them. */
  readonly credentials: number;
  readonly principals: number;
}

export const mebibyte = 2 ** 20;
export const defaultCacheMib = 256;

/** Shares out so many mebibytes. */
export function shareCache(mib: number = defaultCacheMib): CacheShares {
  const share = (percent: number) => (mib * mebibyte * percent) / 100;
  return { keys: share(50), principals: share(25), grants: share(10), credentials: share(10), aliases: share(5) };
}

/** A key with its record and one material. */
export const keyBytes = 3500;
/** Each further material. */
export const materialBytes = 1500;
/** Of a key, or on its own. */
export const aliasBytes = 200;
/** The list of one grantee on one key, and each grant in it. */
export const grantListBytes = 400;
export const grantBytes = 800;
/** An access key with a signing key or two. */
export const credentialBytes = 3000;
export const principalBytes = 2000;
/** For each character of a policy that has been compiled. */
export const compiledBytes = 13;

/** Policies of no more characters, which name nobody who needs an id, are compiled once for all keys that have the same. */
export const sharedPolicyLength = 512;
