/** How a refusal looks to clients of CloudTrail: as to those of KMS, but for one name. */
import { encodeRefusal } from '#call/encode.ts';
import type { Reply } from '#call/stages.ts';
import { ApiError } from '#model/api-error.ts';
import { internalFailure } from '#model/errors.ts';

/** What is not an ApiError is our own fault, and its text stays here. */
export function cloudTrailRefusal(error: unknown): Reply {
  if (error instanceof ApiError && error.name !== 'KMSInternalException') return encodeRefusal(error);
  const { status, message } = internalFailure(error);
  return { status, body: JSON.stringify({ __type: 'InternalFailure', message }) };
}
