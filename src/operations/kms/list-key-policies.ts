/** Lists the names of a key's policies: always the one. Source: AWS KMS API Reference, ListKeyPolicies. */
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { readPage } from '#keys/paging.ts';
import { boolean, list, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const listKeyPolicies = operation({
  name: 'ListKeyPolicies',
  keys: keyById(),
  input: structure({ KeyId: shapes.keyId, Limit: optional(shapes.limit), Marker: optional(shapes.marker) }),
  output: structure({ PolicyNames: list(shapes.policyName), NextMarker: optional(shapes.marker), Truncated: boolean }),
  errors: [...managementErrors, 'InvalidMarkerException'],
  async run({ input, keys: { key } }, keyring) {
    const { items, ...page } = await readPage(
      {
        keyring,
        listing: { operation: 'ListKeyPolicies', place: key.place, filter: key.keyId },
        size: { default: 100, max: 1000 },
      },
      input,
      async () => [{ key: ['default'] as const }],
    );
    return { PolicyNames: items.map(({ key: [name] }) => name), ...page };
  },
});
