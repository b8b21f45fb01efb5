/** Lists the grants of a key. Source: AWS KMS API Reference, ListGrants. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const listGrants = unbuilt({
  name: 'ListGrants',
  because: 'grants come with issue #3',
  keys: {},
  input: structure({
    Limit: optional(shapes.limit),
    Marker: optional(shapes.marker),
    KeyId: shapes.keyId,
    GrantId: optional(shapes.grantId),
    GranteePrincipal: optional(shapes.principalId),
    GranteeServicePrincipal: optional(shapes.servicePrincipal),
  }),
  output: shapes.grantPage,
});
