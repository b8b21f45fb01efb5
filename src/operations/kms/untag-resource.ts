/** Removes tags of a key; tags that it does not have are ignored. Source: AWS KMS API Reference, UntagResource. */
import { keyById, operation } from '#call/operation.ts';
import { changeKey } from '#keys/keyring.ts';
import { unlessPendingDeletion } from '#keys/states.ts';
import { requireOwnTags, withoutTags } from '#keys/tags.ts';
import { structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const untagResource = operation({
  name: 'UntagResource',
  keys: keyById(unlessPendingDeletion),
  input: structure({ KeyId: shapes.keyId, TagKeys: shapes.tagKeys }),
  errors: [
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
    'TagException',
  ],
  async run({ input, keys: { key } }, keyring) {
    requireOwnTags(input.TagKeys);
    await changeKey(keyring, key, (record) => ({ ...record, tags: withoutTags(record.tags, input.TagKeys) }));
    return {};
  },
});
