/** Ends a grant, by the key's administrator. Source: AWS KMS API Reference, RevokeGrant. */
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { removeGrant, requireGrantId } from '#keys/grants.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const revokeGrant = operation({
  name: 'RevokeGrant',
  keys: { key: { ...keyById().key, crossAccount: true } },
  input: structure({ KeyId: shapes.keyId, GrantId: shapes.grantId, DryRun: optional(boolean) }),
  errors: [...managementErrors, 'DryRunOperationException', 'InvalidGrantIdException'],
  async run({ input, keys: { key } }, keyring) {
    await removeGrant(keyring, key, requireGrantId(input.GrantId), { isDryRun: input.DryRun === true });
    return {};
  },
});
