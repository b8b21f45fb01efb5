/** Lets a principal use a key for named operations. Source: AWS KMS API Reference, CreateGrant. */
import { grantTermsOf } from '#call/grants.ts';
import { keyById, operation } from '#call/operation.ts';
import { principalIdOf } from '#identity/principal-ids.ts';
import { requireConstraints, requireOperations } from '#keys/grant-rules.ts';
import { sealGrantToken } from '#keys/grant-tokens.ts';
import { createGrant as createGrantOn, findGrant } from '#keys/grants.ts';
import { whenItWillBeUsed } from '#keys/states.ts';
import { partitionOf } from '#model/arn.ts';
import { accessDeniedElsewhere, invalid, invalidPrincipal } from '#model/errors.ts';
import { boolean, optional, type Structure, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

const input = structure({
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
});

type Wish = Structure<(typeof input)['members']>;

export const createGrant = operation({
  name: 'CreateGrant',
  keys: { key: { ...keyById(whenItWillBeUsed).key, crossAccount: true } },
  input,
  output: structure({ GrantToken: optional(shapes.grantToken), GrantId: optional(shapes.grantId) }),
  errors: [
    'DependencyTimeoutException',
    'DisabledException',
    'DryRunOperationException',
    'InvalidArnException',
    'InvalidGrantTokenException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'LimitExceededException',
    'NotFoundException',
  ],
  async run({ input, keys: { key }, permissions, caller, place }, keyring) {
    const { grantee, retirer } = readPrincipals(input);
    const terms = grantTermsOf(input);
    requireOperations(terms.operations, key.record);
    requireConstraints(terms.constraints, key.record);
    const parentId = permissions['key']?.grantId;
    const GrantId = await createGrantOn(
      keyring,
      key,
      async (reader) => {
        const idOf = async (name: string) => {
          const id = await principalIdOf(reader, name, partitionOf(place.region));
          if (id === undefined) throw invalidPrincipal(name);
          return { name, id };
        };
        // Whom only a grant allows it may not go on after that grant has ended.
        if (parentId !== undefined && (await findGrant(reader, key, parentId)) === undefined) {
          throw accessDeniedElsewhere(caller.arn, 'kms:CreateGrant');
        }
        return {
          ...terms,
          name: input.Name ?? '',
          grantee: await idOf(grantee),
          ...(retirer === undefined ? {} : { retirer: await idOf(retirer) }),
          issuingAccountId: place.accountId,
        };
      },
      { isDryRun: input.DryRun === true },
    );
    return { GrantId, GrantToken: sealGrantToken(keyring, key, GrantId) };
  },
});

/** Who is named, in the right numbers. Throws ValidationException, and InvalidArnException for what is no ARN. */
function readPrincipals(wish: Wish): { readonly grantee: string; readonly retirer: string | undefined } {
  const { GranteePrincipal, GranteeServicePrincipal, RetiringPrincipal, RetiringServicePrincipal } = wish;
  // Diverges: grant-refusal-texts
  const grantee = GranteePrincipal ?? GranteeServicePrincipal;
  if (grantee === undefined || (GranteePrincipal !== undefined && GranteeServicePrincipal !== undefined)) {
    throw invalid('Exactly one of GranteePrincipal and GranteeServicePrincipal must be specified.');
  }
  if (RetiringPrincipal !== undefined && RetiringServicePrincipal !== undefined) {
    throw invalid('At most one of RetiringPrincipal and RetiringServicePrincipal may be specified.');
  }
  const retirer = RetiringPrincipal ?? RetiringServicePrincipal;
  if (GranteeServicePrincipal !== undefined && (wish.Constraints?.SourceArn === undefined || retirer === undefined)) {
    throw invalid('GranteeServicePrincipal needs a SourceArn constraint, and a retiring principal.');
  }
  for (const name of [GranteePrincipal, RetiringPrincipal]) {
    if (name !== undefined && !name.startsWith('arn:')) throw invalidPrincipal(name);
  }
  return { grantee, retirer };
}
