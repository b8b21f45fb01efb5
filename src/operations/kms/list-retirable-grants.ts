/**
 * Lists the grants that a principal of the caller's account may retire, whosever keys they are on. Source: AWS KMS API
 * Reference, ListRetirableGrants.
 */
import { operation, readingErrors } from '#call/operation.ts';
import { principalIdOf } from '#identity/principal-ids.ts';
import { listRetirableGrants as listRetirableGrantsOf } from '#keys/grants.ts';
import { readPage } from '#keys/paging.ts';
import { partitionOf } from '#model/arn.ts';
import { accessDeniedElsewhere, invalid, invalidPrincipal } from '#model/errors.ts';
import { optional, requireMember, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { grantEntries } from './grant-entries.ts';

export const listRetirableGrants = operation({
  name: 'ListRetirableGrants',
  keys: {},
  input: structure({
    Limit: optional(shapes.limit),
    Marker: optional(shapes.marker),
    RetiringPrincipal: optional(shapes.principalId),
    RetiringServicePrincipal: optional(shapes.servicePrincipal),
  }),
  output: shapes.grantPage,
  errors: [...readingErrors, 'InvalidMarkerException'],
  asks: ({ RetiringPrincipal }) => [{ resource: RetiringPrincipal ?? '*' }],
  async run({ input, place, caller }, keyring) {
    // Diverges: service-principal-filters
    if (input.RetiringServicePrincipal !== undefined) {
      throw invalid('RetiringServicePrincipal is for AWS services only.');
    }
    const name = requireMember('RetiringPrincipal', input.RetiringPrincipal);
    const [arn, , , , account] = name.split(':');
    if (arn !== 'arn') throw invalidPrincipal(name);
    // Diverges: foreign-retiring-principal
    if (account !== place.accountId) throw accessDeniedElsewhere(caller.arn, 'kms:ListRetirableGrants');
    const retirerId = await principalIdOf(keyring.vault.store, name, partitionOf(place.region));
    if (retirerId === undefined) throw invalidPrincipal(name);
    const { items, ...page } = await readPage(
      {
        keyring,
        listing: { operation: 'ListRetirableGrants', place, filter: retirerId },
        size: { default: 50, max: 100 },
      },
      input,
      (after, limit) => listRetirableGrantsOf(keyring, place.region, retirerId, { after, limit }),
    );
    return { Grants: await grantEntries(keyring, items), ...page };
  },
});
