/** Says whether and when a key's material is rotated by the calendar. Source: API Reference, GetKeyRotationStatus. */
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { isEnding } from '#keys/material-facts.ts';
import { requireRotatable } from '#keys/rotation.ts';
import { whenRotationIsKnown } from '#keys/states.ts';
import { boolean, optional, structure, timestamp } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const getKeyRotationStatus = operation({
  name: 'GetKeyRotationStatus',
  keys: { key: { ...keyById(whenRotationIsKnown).key, crossAccount: true } },
  input: structure({ KeyId: shapes.keyId }),
  output: structure({
    KeyRotationEnabled: boolean,
    KeyId: shapes.keyId,
    RotationPeriodInDays: optional(shapes.rotationPeriodInDays),
    NextRotationDate: optional(timestamp),
    OnDemandRotationStartDate: optional(timestamp),
  }),
  errors: [...managementErrors, 'UnsupportedOperationException'],
  // Diverges: rotation-status-key-id
  // Diverges: rotation-on-demand-at-once
  run({ keys: { key } }) {
    requireRotatable(key);
    const rotation = isEnding(key.record) ? undefined : key.record.rotation;
    return {
      KeyRotationEnabled: rotation !== undefined,
      KeyId: key.keyId,
      RotationPeriodInDays: rotation?.periodDays,
      NextRotationDate: rotation?.nextAtMs,
    };
  },
});
