/** Says when a key was last used. Source: AWS KMS API Reference, GetKeyLastUsage. Not built yet. */
import { unbuilt } from '#call/operation.ts';
import { enumeration, optional, string, structure, timestamp } from '#model/schema.ts';
import * as shapes from '#model/shapes.ts';

export const getKeyLastUsage = unbuilt({
  name: 'GetKeyLastUsage',
  because: 'usage records come with issue #4',
  keys: {},
  input: structure({ KeyId: shapes.keyId }),
  output: structure({
    KeyId: optional(shapes.keyId),
    KeyLastUsage: optional(
      structure({
        Operation: optional(
          enumeration([
            'Decrypt',
            'DeriveSharedSecret',
            'Encrypt',
            'GenerateDataKey',
            'GenerateDataKeyPair',
            'GenerateDataKeyPairWithoutPlaintext',
            'GenerateDataKeyWithoutPlaintext',
            'GenerateMac',
            'ReEncrypt',
            'Sign',
            'Verify',
            'VerifyMac',
          ]),
        ),
        Timestamp: optional(timestamp),
        CloudTrailEventId: optional(string()),
        KmsRequestId: optional(string()),
      }),
    ),
    TrackingStartDate: optional(timestamp),
    KeyCreationDate: optional(timestamp),
  }),
});
