/** Starts the waiting period at whose end a key is destroyed. Source: AWS KMS API Reference, ScheduleKeyDeletion. */
import { keyById, managementErrors, operation } from '#call/operation.ts';
import { deletionWindow, scheduleDeletion } from '#keys/deletion.ts';
import { whenDeletable } from '#keys/states.ts';
import { optional, structure, timestamp } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const scheduleKeyDeletion = operation({
  name: 'ScheduleKeyDeletion',
  keys: keyById(whenDeletable),
  input: structure({ KeyId: shapes.keyId, PendingWindowInDays: optional(shapes.pendingWindowInDays) }),
  output: structure({
    KeyId: shapes.keyId,
    DeletionDate: optional(timestamp),
    KeyState: shapes.keyState,
    PendingWindowInDays: shapes.pendingWindowInDays,
  }),
  errors: managementErrors,
  async run({ input, keys: { key } }, keyring) {
    const PendingWindowInDays = input.PendingWindowInDays ?? deletionWindow.defaultDays;
    const state = await scheduleDeletion(keyring, key, PendingWindowInDays);
    const DeletionDate = state.name === 'PendingDeletion' ? state.deletionDateMs : undefined;
    return { KeyId: key.arn, DeletionDate, KeyState: state.name, PendingWindowInDays };
  },
});
