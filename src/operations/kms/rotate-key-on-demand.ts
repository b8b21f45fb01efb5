/** Rotates a key's material now. Source: AWS KMS API Reference, RotateKeyOnDemand. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { optional, structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const rotateKeyOnDemand = unbuilt({
  name: 'RotateKeyOnDemand',
  because: 'key rotation comes with issue #4',
  keys: {},
  input: structure({ KeyId: shapes.keyId }),
  output: structure({ KeyId: optional(shapes.keyId) }),
});
