/** Makes another related key the primary. Source: AWS KMS API Reference, UpdatePrimaryRegion. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const updatePrimaryRegion = unbuilt({
  name: 'UpdatePrimaryRegion',
  because: 'multi-Region keys come with issue #4',
  keys: {},
  input: structure({ KeyId: shapes.keyId, PrimaryRegion: shapes.region }),
});
