/** Stops rotation by the calendar. Source: AWS KMS API Reference, DisableKeyRotation. */
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { disableRotation } from '#keys/rotation.ts';
import { whenRotationIsDecided } from '#keys/states.ts';
import { structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const disableKeyRotation = operation({
  name: 'DisableKeyRotation',
  keys: keyById(whenRotationIsDecided),
  input: structure({ KeyId: shapes.keyId }),
  errors: [...managementErrors, 'DisabledException', 'UnsupportedOperationException'],
  async run({ keys: { key } }, keyring) {
    await disableRotation(keyring, key);
    return {};
  },
});
