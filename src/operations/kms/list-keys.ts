/** Lists the keys of an account in a Region. Source: AWS KMS API Reference, ListKeys. */
import { asksInGeneral, operation } from '#call/operation.ts';
import { readPage } from '#keys/paging.ts';
import { keyArn, parseKeyId } from '#model/arn.ts';
import { boolean, list, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const listKeys = operation({
  name: 'ListKeys',
  keys: {},
  input: structure({ Limit: optional(shapes.limit), Marker: optional(shapes.marker) }),
  output: structure({
    Keys: list(structure({ KeyId: optional(shapes.keyId), KeyArn: optional(shapes.arn) })),
    NextMarker: optional(shapes.marker),
    Truncated: boolean,
  }),
  errors: ['DependencyTimeoutException', 'InvalidMarkerException', 'KMSInternalException'],
  asks: asksInGeneral,
  async run({ input, place }, keyring) {
    const listing = { operation: 'ListKeys', place };
    const within = [place.accountId, place.region];
    const { items, ...page } = await readPage(
      { keyring, listing, size: { default: 100, max: 1000 } },
      input,
      (after, limit) => keyring.vault.store.list('keys', { within, after, limit }),
    );
    const keyIds = items.map(({ record }) => parseKeyId(record.keyId)).filter((keyId) => keyId !== undefined);
    return { Keys: keyIds.map((keyId) => ({ KeyId: keyId, KeyArn: keyArn(place, keyId) })), ...page };
  },
});
