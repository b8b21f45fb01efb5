/** Calls a scheduled deletion off; the key is disabled afterwards. Source: API Reference, CancelKeyDeletion. */
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { cancelDeletion } from '#keys/deletion.ts';
import { whenPendingDeletion } from '#keys/states.ts';
import { structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const cancelKeyDeletion = operation({
  name: 'CancelKeyDeletion',
  keys: keyById(whenPendingDeletion),
  input: structure({ KeyId: shapes.keyId }),
  output: structure({ KeyId: shapes.keyId }),
  errors: managementErrors,
  async run({ keys: { key } }, keyring) {
    await cancelDeletion(keyring, key);
    return { KeyId: key.arn };
  },
});
