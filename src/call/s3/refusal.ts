/** How a refusal looks to clients of Amazon S3. Source: Amazon S3 API Reference, Error responses. */
import type { Reply } from '#call/stages.ts';
import { ApiError, type ErrorName } from '#model/api-error.ts';
import { internalFailure } from '#model/errors.ts';
import { errorXml } from '#protocol/s3/xml.ts';

/** What errors that other services spell differently are called here, and their HTTP status. */
const codes: { readonly [name in ErrorName]?: readonly [code: string, status: number] } = {
  AccessDeniedException: ['AccessDenied', 403],
  ExpiredTokenException: ['ExpiredToken', 400],
  // Diverges: s3-error-codes
  IncompleteSignatureException: ['AuthorizationHeaderMalformed', 400],
  InvalidSignatureException: ['SignatureDoesNotMatch', 403],
  KMSInternalException: ['InternalError', 500],
  MissingAuthenticationTokenException: ['AccessDenied', 403],
  RequestEntityTooLargeException: ['EntityTooLarge', 400],
  ServiceUnavailableException: ['ServiceUnavailable', 503],
  ThrottlingException: ['SlowDown', 503],
  UnrecognizedClientException: ['InvalidToken', 400],
  ValidationException: ['InvalidArgument', 400],
};

/** What an error is called here, and its HTTP status; undefined where both are its own. */
export function s3CodeOf(name: ErrorName) {
  return codes[name];
}

/** What is not an ApiError is our own fault, and its text stays here. */
export function s3Refusal(error: unknown, requestId: string): Reply {
  const { name, message, status } = error instanceof ApiError ? error : internalFailure(error);
  const [code, httpStatus] = s3CodeOf(name) ?? [name, status];
  const shown = name === 'MissingAuthenticationTokenException' ? 'Access Denied' : message;
  return {
    status: httpStatus,
    body: errorXml({ code, message: shown, requestId }),
    contentType: 'application/xml',
    headers: { 'x-amz-request-id': requestId },
  };
}
