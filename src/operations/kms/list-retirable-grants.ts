/** Lists the grants that a principal may retire. Source: AWS KMS API Reference, ListRetirableGrants. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const listRetirableGrants = unbuilt({
  name: 'ListRetirableGrants',
  because: 'grants come with issue #3',
  keys: {},
  input: structure({
    Limit: optional(shapes.limit),
    Marker: optional(shapes.marker),
    RetiringPrincipal: optional(shapes.principalId),
    RetiringServicePrincipal: optional(shapes.servicePrincipal),
  }),
  output: shapes.grantPage,
});
