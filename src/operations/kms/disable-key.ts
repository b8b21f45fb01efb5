/** Disables a key: nothing can be done with its material until it is enabled again. Source: AWS KMS API Reference, DisableKey. */
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { changeKey } from '#keys/keyring.ts';
import { whenSwitchable } from '#keys/states.ts';
import { structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const disableKey = operation({
  name: 'DisableKey',
  keys: keyById(whenSwitchable),
  input: structure({ KeyId: shapes.keyId }),
  errors: managementErrors,
  async run({ keys: { key } }, keyring) {
    await changeKey(keyring, key, (record) => ({ ...record, state: { name: 'Disabled' } }));
    return {};
  },
});
