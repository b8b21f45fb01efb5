/**
 * Whether a caller may do something. For now an account's root user may do everything in its own account and nothing
 * elsewhere; policies, conditions and grants come with issue #3 and take their places here.
 */
import { type Place, rootArn } from '#model/arn.ts';
import { accessDeniedElsewhere } from '#model/errors.ts';
import type { Principal } from '#model/principal.ts';
import type { Allowed } from '#model/proofs.ts';

/** What the caller wants to do. */
export interface Wish {
  readonly caller: Principal;
  /** `kms:Encrypt` */
  readonly action: string;
}

/** Throws AccessDeniedException with the text that tells nothing about another account's keys. */
export function allowOnKey<K extends { readonly place: Place }>({ caller, action }: Wish, key: K): Allowed<K> {
  if (caller.accountId !== key.place.accountId) {
    throw accessDeniedElsewhere(rootArn({ ...key.place, accountId: caller.accountId }), action);
  }
  return key as Allowed<K>;
}
