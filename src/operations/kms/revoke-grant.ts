/** Ends a grant, by the key's administrator. Source: AWS KMS API Reference, RevokeGrant. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const revokeGrant = unbuilt({
  name: 'RevokeGrant',
  because: 'grants come with issue #3',
  keys: {},
  input: structure({ KeyId: shapes.keyId, GrantId: shapes.grantId, DryRun: optional(boolean) }),
});
