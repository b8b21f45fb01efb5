/** Points an alias at another key of the same kind. Source: AWS KMS API Reference, UpdateAlias. */
import { operation } from '#call/operation.ts';
import { parseAliasName, updateAlias as updateAliasIn } from '#keys/aliases.ts';
import { unlessPendingDeletion } from '#keys/states.ts';
import { structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { aliasErrors, aliasTarget, asksForAlias, keyBehindAlias } from './alias-target.ts';

export const updateAlias = operation({
  name: 'UpdateAlias',
  keys: { current: keyBehindAlias, key: aliasTarget(unlessPendingDeletion) },
  input: structure({ AliasName: shapes.aliasName, TargetKeyId: shapes.keyId }),
  errors: [...aliasErrors, 'LimitExceededException'],
  asks: asksForAlias,
  async run({ input, keys: { key } }, keyring) {
    await updateAliasIn(keyring, parseAliasName(input.AliasName), key);
    return {};
  },
});
