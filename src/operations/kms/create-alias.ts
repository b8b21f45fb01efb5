/** Gives a key a name. Source: AWS KMS API Reference, CreateAlias. */
import { operation } from '#call/operation.ts';
import { createAlias as createAliasIn, parseAliasName } from '#keys/aliases.ts';
import { unlessPendingDeletion } from '#keys/states.ts';
import { structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { aliasErrors, aliasTarget, asksForAlias } from './alias-target.ts';

export const createAlias = operation({
  name: 'CreateAlias',
  keys: { key: aliasTarget(unlessPendingDeletion) },
  input: structure({ AliasName: shapes.aliasName, TargetKeyId: shapes.keyId }),
  errors: [...aliasErrors, 'AlreadyExistsException', 'LimitExceededException'],
  asks: asksForAlias,
  async run({ input, keys: { key } }, keyring) {
    await createAliasIn(keyring, parseAliasName(input.AliasName), key);
    return {};
  },
});
