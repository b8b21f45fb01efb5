/**
 * The errors that Amazon S3 adds to the common ones; names are its error codes. Source: Amazon S3 API Reference, Error responses.
 * No text repeats more of a request than the name of a parameter.
 */
import { ApiError } from './api-error.ts';
import { accessDenied } from './errors.ts';

export const noSuchBucket = (): ApiError => new ApiError('NoSuchBucket', 'The specified bucket does not exist');

export const noSuchKey = (): ApiError => new ApiError('NoSuchKey', 'The specified key does not exist.');

/** Of the buckets of other accounts, whether or not there are such accounts. */
export const bucketDenied = (): ApiError => accessDenied('Access Denied');

export const keyTooLong = (): ApiError => new ApiError('KeyTooLongError', 'Your key is too long');

export const invalidUri = (): ApiError => new ApiError('InvalidURI', "Couldn't parse the specified URI.");

export const invalidArgument = (problem: string): ApiError => new ApiError('InvalidArgument', problem);

export const invalidRequest = (problem: string): ApiError => new ApiError('InvalidRequest', problem);

export const invalidRange = (): ApiError => new ApiError('InvalidRange', 'The requested range is not satisfiable');

export const preconditionFailed = (): ApiError =>
  new ApiError('PreconditionFailed', 'At least one of the pre-conditions you specified did not hold');

/** Of everything that would change something. */
export const methodNotAllowed = (): ApiError =>
  new ApiError('MethodNotAllowed', 'The specified method is not allowed against this resource.');

export const notImplemented = (): ApiError =>
  new ApiError('NotImplemented', 'A header or query you provided implies functionality that is not implemented.');

export const contentSha256Mismatch = (): ApiError =>
  new ApiError(
    'XAmzContentSHA256Mismatch',
    "The provided 'x-amz-content-sha256' header does not match what was computed.",
  );

// Diverges: s3-sigv4-only
export const onlySigV4 = (): ApiError =>
  invalidRequest('The authorization mechanism you have provided is not supported. Please use AWS4-HMAC-SHA256.');
