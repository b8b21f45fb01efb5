/** Sets tags of a key. Source: AWS KMS API Reference, TagResource. */
import { keyById, operation } from '#call/operation.ts';
import { changeKey } from '#keys/keyring.ts';
import { unlessPendingDeletion } from '#keys/states.ts';
import { requireOwnTags, withTags } from '#keys/tags.ts';
import { structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const tagResource = operation({
  name: 'TagResource',
  keys: keyById(unlessPendingDeletion),
  input: structure({ KeyId: shapes.keyId, Tags: shapes.tags }),
  errors: [
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'LimitExceededException',
    'NotFoundException',
    'TagException',
  ],
  async run({ input, keys: { key } }, keyring) {
    const added = input.Tags.map(({ TagKey, TagValue }) => [TagKey, TagValue] as const);
    requireOwnTags(added.map(([tagKey]) => tagKey));
    await changeKey(keyring, key, (record) => ({ ...record, tags: withTags(record.tags, added) }));
    return {};
  },
});
