/**
 * The shapes that the operations of STS share: limits, patterns and structures. Source: the service's published model, API
 * version 2011-06-15, as the AWS SDKs carry it.
 */
import { integer, list, optional, secretString, string, structure, timestamp } from '#model/schema.ts';

// Diverges: newer-members
export const text = string();
export const arn = string({ min: 20, max: 2048, pattern: '[\\u0009\\u000A\\u000D\\u0020-\\uD7FF\\uE000-\\uFFFD]+' });
export const accessKeyId = string({ min: 16, max: 128, pattern: '[\\w]*' });
export const roleSessionName = string({ min: 2, max: 64, pattern: '[\\w+=,.@-]*' });
export const federatedName = string({ min: 2, max: 32, pattern: '[\\w+=,.@-]*' });
export const sourceIdentity = string({ min: 2, max: 64, pattern: '[\\w+=,.@-]*' });
export const externalId = string({ min: 2, max: 1224, pattern: '[\\w+=,.@:\\/-]*', sensitive: true });
export const webIdentityToken = string({ min: 4, max: 20_000, sensitive: true });
export const roleDuration = integer({ min: 900, max: 43_200 });
export const duration = integer({ min: 900, max: 129_600 });
export const nonNegative = integer({ min: 0 });

// --- Session policies ------------------------------------------------------------------------------------------------

const characters = '[\\u0009\\u000A\\u000D\\u0020-\\u00FF]+';
/** AssumeRole answers PackedPolicyTooLarge for one that is too long, the others a ValidationError. */
export const unboundedPolicy = string({ min: 1, pattern: characters });
export const policy = string({ min: 1, max: 2048, pattern: characters });
export const policyArns = list(structure({ arn: optional(arn) }), { max: 10 });

// --- Session tags ----------------------------------------------------------------------------------------------------

const tagKey = string({ min: 1, max: 128, pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]+' });
const tagValue = string({ min: 0, max: 256, pattern: '[\\p{L}\\p{Z}\\p{N}_.:/=+\\-@]*' });
export const tags = list(structure({ Key: tagKey, Value: tagValue }), { max: 50 });
export const tagKeys = list(tagKey, { max: 50 });

// --- MFA -------------------------------------------------------------------------------------------------------------

export const mfa = {
  SerialNumber: optional(string({ min: 9, max: 256, pattern: '[\\w+=/:,.@-]*' })),
  TokenCode: optional(string({ min: 6, max: 6, pattern: '[\\d]*', sensitive: true })),
};

// --- Answers ---------------------------------------------------------------------------------------------------------

export const credentials = structure({
  AccessKeyId: accessKeyId,
  SecretAccessKey: secretString,
  // Diverges: record-session-token
  SessionToken: string({ sensitive: true }),
  Expiration: timestamp,
});

export const assumedRoleUser = structure({
  AssumedRoleId: string({ min: 2, max: 193, pattern: '[\\w+=,.@:-]*' }),
  Arn: arn,
});
