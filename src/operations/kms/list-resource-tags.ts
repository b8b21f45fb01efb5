/** Lists the tags of a key. Source: AWS KMS API Reference, ListResourceTags. */
import { keyById, operation } from '#call/operation.ts';
import { readPage } from '#keys/paging.ts';
import type { Tags } from '#keys/tags.ts';
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
      async (after, limit) => tagsAfter(key.record.tags, after?.[0], limit),
    );
    return { Tags: items.map(({ tag: [TagKey, TagValue] }) => ({ TagKey, TagValue })), ...page };
  },
});

/** In the order of their keys, which a marker holds in base64url, because record keys are ASCII. */
function tagsAfter(tags: Tags, after: string | undefined, limit: number) {
  const last = after === undefined ? undefined : Buffer.from(after, 'base64url').toString();
  return tags
    .filter(([tagKey]) => last === undefined || tagKey > last)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .slice(0, limit)
    .map((tag) => ({ tag, key: [Buffer.from(tag[0]).toString('base64url')] }));
}
