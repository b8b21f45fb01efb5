/** Says when a key was last used for a cryptographic operation, and by which request. Source: API Reference, GetKeyLastUsage. */
import { eventIdOf } from '#audit/event.ts';
import { keyById, operation, readingErrors } from '#call/operation.ts';
import { type CountedOperation, countedOperations } from '#keys/usage.ts';
import { enumeration, optional, string, structure, timestamp } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const getKeyLastUsage = operation({
  name: 'GetKeyLastUsage',
  keys: keyById(),
  input: structure({ KeyId: shapes.keyId }),
  output: structure({
    KeyId: optional(shapes.keyId),
    KeyLastUsage: optional(
      structure({
        Operation: optional(enumeration(countedOperations)),
        Timestamp: optional(timestamp),
        CloudTrailEventId: optional(string()),
        KmsRequestId: optional(string()),
      }),
    ),
    TrackingStartDate: optional(timestamp),
    KeyCreationDate: optional(timestamp),
  }),
  errors: readingErrors,
  async run({ keys: { key } }, { usage }) {
    const last = await usage.last(key);
    return {
      KeyId: key.keyId,
      KeyLastUsage: {
        Operation: last?.operation as CountedOperation | undefined, // only these are ever recorded
        Timestamp: last?.atMs,
        CloudTrailEventId: last && eventIdOf(last.requestId, key.place.accountId),
        KmsRequestId: last?.requestId,
      },
      TrackingStartDate: usage.trackedSince(key),
      KeyCreationDate: key.record.createdAtMs,
    };
  },
});
