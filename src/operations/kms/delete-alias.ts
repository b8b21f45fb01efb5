/** Takes a name from a key; the key stays as it is. Source: AWS KMS API Reference, DeleteAlias. */
import { operation } from '#call/operation.ts';
import { deleteAlias as deleteAliasIn, parseAliasName } from '#keys/aliases.ts';
import { structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { aliasErrors, asksForAlias, keyBehindAlias } from './alias-target.ts';

export const deleteAlias = operation({
  name: 'DeleteAlias',
  keys: { current: keyBehindAlias },
  input: structure({ AliasName: shapes.aliasName }),
  errors: aliasErrors,
  asks: asksForAlias,
  async run({ input, place }, keyring) {
    await deleteAliasIn(keyring, place, parseAliasName(input.AliasName));
    return {};
  },
});
