/** Stops rotation by the calendar. Source: AWS KMS API Reference, DisableKeyRotation. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const disableKeyRotation = unbuilt({
  name: 'DisableKeyRotation',
  because: 'key rotation comes with issue #4',
  keys: {},
  input: structure({ KeyId: shapes.keyId }),
});
