/** How the alias operations name their keys. */
import { type KeyAccess, managementErrors } from '#call/operation.ts';
import { inAnyState, type StateRule } from '#keys/states.ts';
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
