/** Has a key's material rotated by the calendar. Source: AWS KMS API Reference, EnableKeyRotation. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const enableKeyRotation = unbuilt({
  name: 'EnableKeyRotation',
  because: 'key rotation comes with issue #4',
  keys: {},
  input: structure({ KeyId: shapes.keyId, RotationPeriodInDays: optional(shapes.rotationPeriodInDays) }),
});
