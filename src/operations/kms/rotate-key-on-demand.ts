/** Rotates a key's material now. Source: AWS KMS API Reference, RotateKeyOnDemand. */
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { rotateOnDemand } from '#keys/rotation.ts';
import { whenRotatable } from '#keys/states.ts';
import { structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const rotateKeyOnDemand = operation({
  name: 'RotateKeyOnDemand',
  keys: keyById(whenRotatable),
  input: structure({ KeyId: shapes.keyId }),
  output: structure({ KeyId: shapes.keyId }),
  errors: [
    ...managementErrors,
    'ConflictException',
    'DisabledException',
    'LimitExceededException',
    'UnsupportedOperationException',
  ],
  // Diverges: rotation-status-key-id
  async run({ keys: { key } }, keyring) {
    await rotateOnDemand(keyring, key);
    return { KeyId: key.keyId };
  },
});
