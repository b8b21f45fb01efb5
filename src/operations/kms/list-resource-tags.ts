/** Lists the tags of a key. Source: AWS KMS API Reference, ListResourceTags. */
import { keyById, operation } from '#call/operation.ts';
import { readPage } from '#keys/paging.ts';
import { boolean, list, optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const listResourceTags = operation({
  name: 'ListResourceTags',
  keys: keyById(),
  input: structure({ KeyId: shapes.keyId, Limit: optional(shapes.limit), Marker: optional(shapes.marker) }),
  output: structure({ Tags: list(shapes.tag), NextMarker: optional(shapes.marker), Truncated: boolean }),
  errors: ['InvalidArnException', 'InvalidMarkerException', 'KMSInternalException', 'NotFoundException'],
  async run({ input, keys: { key } }, keyring) {
    const { items, ...page } = await readPage(
      {
        keyring,
        listing: { operation: 'ListResourceTags', place: key.place, filter: key.keyId },
        size: { default: 50, max: 50 },
      },
      input,
      async (after, limit) => tagsAfter(key.record.tags, Number(after?.[0] ?? 0), limit),
    );
    return { Tags: items.map(({ tag: [TagKey, TagValue] }) => ({ TagKey, TagValue })), ...page };
  },
});

/** Tags have an order but no key that a marker could hold, so the marker holds how many came before. */
function tagsAfter(tags: readonly (readonly [string, string])[], count: number, limit: number) {
  return tags.slice(count, count + limit).map((tag, index) => ({ tag, key: [String(count + index + 1)] }));
}
