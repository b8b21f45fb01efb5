/** How the alias operations name their keys. */
import { type Ask, type KeyAccess, managementErrors } from '#call/operation.ts';
import { inAnyState, type StateRule } from '#keys/states.ts';
import { type AliasName, aliasArn, type Place } from '#model/arn.ts';
import { aliasOfAlias } from '#model/errors.ts';

/** Management errors without InvalidArnException, which AWS does not list for these; names can be wrong in all three. */
export const aliasErrors = [
  ...managementErrors.filter((name) => name !== 'InvalidArnException'),
  'InvalidAliasNameException',
] as const;

/** The key that an alias is to stand for: by key id or key ARN, never by another alias. */
export function aliasTarget(states: StateRule) {
  return {
    source: { from: 'identifier', member: 'TargetKeyId', refuseAlias: aliasOfAlias },
    states,
  } as const satisfies KeyAccess;
}

/** The key that an alias stands for now. */
export const keyBehindAlias = {
  source: { from: 'alias', member: 'AliasName' },
  states: inAnyState,
} as const satisfies KeyAccess;

/** IAM policies have to allow it on the alias, besides what the key's policy says; aliases have no policies of their own. */
export function asksForAlias({ AliasName }: { readonly AliasName: string }, place: Place): readonly Ask[] {
  return [{ resource: aliasArn(place, AliasName as AliasName) }]; // whatever it is, it is judged as it was written
}
