/** Replaces a key's description. Source: AWS KMS API Reference, UpdateKeyDescription. */
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { changeKey } from '#keys/keyring.ts';
import { unlessPendingDeletion } from '#keys/states.ts';
import { structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const updateKeyDescription = operation({
  name: 'UpdateKeyDescription',
  keys: keyById(unlessPendingDeletion),
  input: structure({ KeyId: shapes.keyId, Description: shapes.description }),
  errors: managementErrors,
  async run({ input, keys: { key } }, keyring) {
    await changeKey(keyring, key, (record) => ({ ...record, description: input.Description }));
    return {};
  },
});
