/** Says whether a key's material is rotated by the calendar: for now, that of AWS managed keys is. Source: GetKeyRotationStatus. */
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { boolean, optional, structure, timestamp } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const getKeyRotationStatus = operation({
  name: 'GetKeyRotationStatus',
  keys: { key: { ...keyById().key, crossAccount: true } },
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
  run({ keys: { key } }) {
    const { rotation } = key.record;
    return {
      KeyRotationEnabled: rotation !== undefined,
      KeyId: key.keyId,
      RotationPeriodInDays: rotation?.periodDays,
      NextRotationDate: rotation?.nextAtMs,
    };
  },
});
