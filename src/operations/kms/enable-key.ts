/** Enables a key. Source: AWS KMS API Reference, EnableKey. */
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { changeKey } from '#keys/keyring.ts';
import { resumeRotation } from '#keys/rotation.ts';
import { whenSwitchable } from '#keys/states.ts';
import { structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const enableKey = operation({
  name: 'EnableKey',
  keys: keyById(whenSwitchable),
  input: structure({ KeyId: shapes.keyId }),
  errors: [...managementErrors, 'LimitExceededException'],
  async run({ keys: { key } }, keyring) {
    await changeKey(keyring, key, (record, transaction) => {
      resumeRotation(transaction, record);
      return { ...record, state: { name: 'Enabled' } };
    });
    return {};
  },
});
