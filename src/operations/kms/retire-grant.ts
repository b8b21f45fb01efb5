/** Ends a grant, by its holder. Source: AWS KMS API Reference, RetireGrant. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const retireGrant = unbuilt({
  name: 'RetireGrant',
  because: 'grants come with issue #3',
  keys: {},
  input: structure({
    GrantToken: optional(shapes.grantToken),
    KeyId: optional(shapes.keyId),
    GrantId: optional(shapes.grantId),
    DryRun: optional(boolean),
  }),
});
