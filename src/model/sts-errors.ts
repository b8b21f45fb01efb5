/**
 * The errors that STS adds to the common ones; names are the codes of the Query protocol. Source: STS API Reference, Errors
 * of each action. No text holds a token, nor more of one than its issuer.
 */
import { ApiError } from './api-error.ts';
import { accessDenied, invalid } from './errors.ts';

/** The same text whether or not there is such a role: `why` is for the audit record alone. */
export const roleDenied = (callerArn: string, action: string, roleArn: string, why?: unknown): ApiError =>
  accessDenied(`User: ${callerArn} is not authorized to perform: ${action} on resource: ${roleArn}`, why);

export const webIdentityDenied = (action: string, why?: unknown): ApiError =>
  accessDenied(`Not authorized to perform ${action}`, why);

export const rootMayNotAssume = (): ApiError => accessDenied('Roles may not be assumed by root accounts.');

export const needsLongTermCredentials = (operation: string): ApiError =>
  accessDenied(`Cannot call ${operation} with session credentials`);

// Diverges: no-mfa-devices
export const noMfaDevice = (): ApiError =>
  accessDenied('MultiFactorAuthentication failed, there is no MFA device with this serial number.');

export const notARoleArn = (): ApiError => invalid('Request ARN is invalid');

export const packedPolicyTooLarge = (percent: number): ApiError =>
  new ApiError(
    'PackedPolicyTooLarge',
    `Packed policy consumes ${percent}% of allotted space, please use smaller policy.`,
  );

export const noOpenIdProvider = (issuer: string): ApiError =>
  invalidIdentityToken(`No OpenIDConnect provider found in your account for ${issuer.slice(0, 255)}`);

export const incorrectAudience = (): ApiError => invalidIdentityToken('Incorrect token audience');

export const noVerificationKey = (cause?: unknown): ApiError =>
  invalidIdentityToken(
    "Couldn't retrieve verification key from your identity provider, please reference AssumeRoleWithWebIdentity documentation for requirements",
    cause,
  );

export const invalidIdentityToken = (problem: string, cause?: unknown): ApiError =>
  new ApiError('InvalidIdentityToken', problem, cause === undefined ? {} : { cause });

export const issuerUnreachable = (cause?: unknown): ApiError =>
  new ApiError('IDPCommunicationError', 'The identity provider could not be reached. Retry the request.', { cause });

/** Both in seconds since the Unix epoch. */
export const webIdentityExpired = (now: number, expiry: number): ApiError =>
  new ApiError(
    'ExpiredTokenException',
    `Token expired: current date/time ${now} must be before the expiration date/time ${expiry}`,
  );

export const invalidAuthorizationMessage = (): ApiError =>
  new ApiError('InvalidAuthorizationMessageException', 'The message is not one that this service has encoded.');
