/**
 * The errors that IAM and STS add to the common ones; names are the codes of the Query protocol. Source: IAM and STS API
 * Reference, Errors of each action. As in errors.ts, no text holds what a request must keep to itself.
 */
import { ApiError } from './api-error.ts';

export const noSuchEntity = (problem: string): ApiError => new ApiError('NoSuchEntity', problem);

export const noSuchUser = (name: string): ApiError => noSuchEntity(`The user with name ${name} cannot be found.`);
export const noSuchRole = (name: string): ApiError => noSuchEntity(`The role with name ${name} cannot be found.`);
export const noSuchGroup = (name: string): ApiError => noSuchEntity(`The group with name ${name} cannot be found.`);
export const noSuchAccessKey = (id: string): ApiError => noSuchEntity(`The Access Key with id ${id} cannot be found.`);
export const noSuchManagedPolicy = (arn: string): ApiError =>
  noSuchEntity(`Policy ${arn} does not exist or is not attachable.`);

export const entityExists = (what: string, name: string): ApiError =>
  new ApiError('EntityAlreadyExists', `${what} with name ${name} already exists.`);

export const deleteConflict = (problem: string): ApiError => new ApiError('DeleteConflict', problem);

/** IAM's own LimitExceeded, as `Cannot exceed quota for PoliciesPerUser: 10`. */
export const quotaExceeded = (quota: string, limit: number): ApiError =>
  new ApiError('LimitExceeded', `Cannot exceed quota for ${quota}: ${limit}`);

export const iamMalformedPolicy = (problem: string): ApiError => new ApiError('MalformedPolicyDocument', problem);

export const invalidInput = (problem: string): ApiError => new ApiError('InvalidInput', problem);

// --- Policies --------------------------------------------------------------------------------------------------------

/** Of a managed policy that is looked at, not attached. */
export const policyNotFound = (arn: string): ApiError => noSuchEntity(`Policy ${arn} was not found.`);

export const noSuchPolicyVersion = (arn: string, version: string): ApiError =>
  noSuchEntity(`Policy ${arn} version ${version} does not exist or is not attachable.`);

export const noSuchInlinePolicy = (kind: string, name: string): ApiError =>
  noSuchEntity(`The ${kind} policy with name ${name} cannot be found.`);

export const invalidPolicyArn = (arn: string): ApiError => invalidInput(`ARN ${arn} is not valid.`);

export const policyExists = (name: string): ApiError =>
  new ApiError('EntityAlreadyExists', `A policy called ${name} already exists. Duplicate names are not allowed.`);

export const tooManyPolicyVersions = (limit: number): ApiError =>
  new ApiError(
    'LimitExceeded',
    `A managed policy can have up to ${limit} versions. Before you create a new version, you must delete an existing version.`,
  );

export const inlinePoliciesTooLong = (kind: string, name: string, limit: number): ApiError =>
  new ApiError('LimitExceeded', `Maximum policy size of ${limit} bytes exceeded for ${kind} ${name}`);

// Diverges: session-credentials-error
/** An operation that temporary credentials of this kind cannot call, whatever policies say. */
export const notWithSession = (operation: string): ApiError =>
  new ApiError('AccessDeniedException', `Cannot call ${operation} with session credentials`);
