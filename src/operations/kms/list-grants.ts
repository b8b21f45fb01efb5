/** Lists the grants of a key. Source: AWS KMS API Reference, ListGrants. */
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { principalIdOf } from '#identity/principal-ids.ts';
import { listGrants as listGrantsOf, requireGrantId } from '#keys/grants.ts';
import type { Keyring } from '#keys/keyring.ts';
import { readPage } from '#keys/paging.ts';
import { type Place, partitionOf } from '#model/arn.ts';
import { invalid, invalidPrincipal } from '#model/errors.ts';
import { optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';
import { grantEntries } from './grant-entries.ts';

export const listGrants = operation({
  name: 'ListGrants',
  keys: { key: { ...keyById().key, crossAccount: true } },
  input: structure({
    Limit: optional(shapes.limit),
    Marker: optional(shapes.marker),
    KeyId: shapes.keyId,
    GrantId: optional(shapes.grantId),
    GranteePrincipal: optional(shapes.principalId),
    GranteeServicePrincipal: optional(shapes.servicePrincipal),
  }),
  output: shapes.grantPage,
  errors: [...managementErrors, 'InvalidGrantIdException', 'InvalidMarkerException'],
  async run({ input, keys: { key }, place }, keyring) {
    // Diverges: service-principal-filters
    if (input.GranteeServicePrincipal !== undefined) throw invalid('GranteeServicePrincipal is for AWS services only.');
    const grantId = input.GrantId && requireGrantId(input.GrantId);
    const granteeId = input.GranteePrincipal && (await granteeIdOf(keyring, place, input.GranteePrincipal));
    const filter = [key.arn, grantId, granteeId].join(' ');
    const { items, ...page } = await readPage(
      { keyring, listing: { operation: 'ListGrants', place, filter }, size: { default: 50, max: 100 } },
      input,
      (after, limit) => listGrantsOf(keyring, key, { grantId, granteeId }, { after, limit }),
    );
    return { Grants: await grantEntries(keyring, items), ...page };
  },
});

/** Also of one who is gone, by the unique id that the list shows of it. Throws InvalidArnException. */
async function granteeIdOf({ vault }: Keyring, { region }: Place, name: string): Promise<string> {
  if (/^(?:AIDA|AROA)/.test(name)) return name;
  const id = await principalIdOf(vault.store, name, partitionOf(region));
  if (id === undefined) throw invalidPrincipal(name);
  return id;
}
