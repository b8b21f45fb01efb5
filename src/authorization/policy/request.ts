/** What a policy is asked. Source: IAM User Guide, Policy evaluation logic, The request context. */
import type { Caller } from '#model/principal.ts';

/**
 * The values of the condition keys in one request. A Map will do; a lazy one is better, since most requests are decided
 * by few keys.
 */
export interface RequestContext {
  /**
   * The values of a key whose whole name, suffix included, is given in lower case (`kms:encryptioncontext:appname`).
   * Undefined or empty if the request does not have the key. Two pairs whose names differ only in case are one key with
   * two values. May be called often for the same key; must not throw.
   */
  get(key: string): readonly string[] | undefined;
}

export interface PolicyRequest {
  readonly caller: Caller;
  /** `kms:Decrypt` */
  readonly action: string;
  /** The ARN of the resource; for an action that has none, `arn:aws:kms:us-west-2:111122223333:*`. */
  readonly resource: string;
  readonly context: RequestContext;
}
