/** Lets a principal use a key for named operations. Source: AWS KMS API Reference, CreateGrant. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { boolean, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const createGrant = unbuilt({
  name: 'CreateGrant',
  because: 'grants come with issue #3',
  keys: {},
  input: structure({
    KeyId: shapes.keyId,
    GranteePrincipal: optional(shapes.principalId),
    RetiringPrincipal: optional(shapes.principalId),
    Operations: shapes.grantOperations,
    Constraints: optional(shapes.grantConstraints),
    GrantTokens: optional(shapes.grantTokens),
    Name: optional(shapes.grantName),
    DryRun: optional(boolean),
    GranteeServicePrincipal: optional(shapes.servicePrincipal),
    RetiringServicePrincipal: optional(shapes.servicePrincipal),
  }),
  output: structure({ GrantToken: optional(shapes.grantToken), GrantId: optional(shapes.grantId) }),
});
