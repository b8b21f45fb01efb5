/** Has a key's material rotated by the calendar. Source: AWS KMS API Reference, EnableKeyRotation. */
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { defaultPeriodDays, enableRotation } from '#keys/rotation.ts';
import { whenRotationIsDecided } from '#keys/states.ts';
import { optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const enableKeyRotation = operation({
  name: 'EnableKeyRotation',
  keys: keyById(whenRotationIsDecided),
  input: structure({ KeyId: shapes.keyId, RotationPeriodInDays: optional(shapes.rotationPeriodInDays) }),
  errors: [...managementErrors, 'DisabledException', 'UnsupportedOperationException'],
  async run({ input, keys: { key } }, keyring) {
    await enableRotation(keyring, key, input.RotationPeriodInDays ?? defaultPeriodDays);
    return {};
  },
});
