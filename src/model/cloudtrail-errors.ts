/**
 * The errors that CloudTrail adds to the common ones. Source: AWS CloudTrail API Reference, Errors of each action. Most of its texts
 * are not documented; these are ours.
 */
import { ApiError } from './api-error.ts';

export const trailNotFound = (nameOrArn: string, accountId: string): ApiError =>
  new ApiError('TrailNotFoundException', `Unknown trail: ${brief(nameOrArn)} for the user: ${accountId}`);

export const invalidTrailName = (problem: string): ApiError => new ApiError('InvalidTrailNameException', problem);

export const invalidTrailArn = (arn: string): ApiError =>
  new ApiError('CloudTrailARNInvalidException', `Invalid trail ARN: ${brief(arn)}`);

export const invalidLookupAttributes = (problem: string): ApiError =>
  new ApiError('InvalidLookupAttributesException', problem);

export const invalidTimeRange = (problem: string): ApiError => new ApiError('InvalidTimeRangeException', problem);

export const invalidMaxResults = (most: number): ApiError =>
  new ApiError('InvalidMaxResultsException', `MaxResults must be a number from 1 to ${most}.`);

export const invalidNextToken = (): ApiError =>
  new ApiError(
    'InvalidNextTokenException',
    'The token is not one that this operation returned for a request with the same parameters.',
  );

/** Of operations that have no second page. */
export const invalidToken = (): ApiError =>
  new ApiError('InvalidTokenException', 'The token is not one that this operation returned.');

function brief(text: string): string {
  return text.length > 256 ? `${text.slice(0, 256)}…` : text;
}
