/** Makes a replica of a multi-Region key the primary. Source: AWS KMS API Reference, UpdatePrimaryRegion. */
import { keyById, operation } from '#call/operation.ts';
import { changePrimary, requirePrimary, requireReplicaRegion } from '#keys/related.ts';
import type { UsableKey } from '#keys/require.ts';
import { whenEnabled } from '#keys/states.ts';
import { keyArn } from '#model/arn.ts';
import { keyNotFound } from '#model/errors.ts';
import { structure } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const updatePrimaryRegion = operation({
  name: 'UpdatePrimaryRegion',
  keys: {
    ...keyById(whenEnabled),
    replica: { source: { from: 'related', to: 'key', member: 'PrimaryRegion' }, states: whenEnabled },
  },
  input: structure({ KeyId: shapes.keyId, PrimaryRegion: shapes.region }),
  errors: [
    'DisabledException',
    'InvalidArnException',
    'KMSInternalException',
    'KMSInvalidStateException',
    'NotFoundException',
    'UnsupportedOperationException',
  ],
  async run({ input, keys, place }, keyring) {
    const { key } = keys;
    const replica: UsableKey | undefined = keys.replica; // absent where there is none
    requirePrimary(key.record, key.arn);
    const region = requireReplicaRegion(keyring, key, input.PrimaryRegion);
    if (replica === undefined) throw keyNotFound(keyArn({ ...place, region }, key.keyId));
    // Diverges: no-updating
    await changePrimary(keyring, key, replica);
    return {};
  },
});
