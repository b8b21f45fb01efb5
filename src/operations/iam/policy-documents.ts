/** Policy documents as requests bring them: read, or refused in IAM's words. Source: IAM API Reference, Errors of PutUserPolicy. */
import type { PolicyDocument } from '#authorization/policy/document.ts';
import { parsePolicyDocument } from '#authorization/policy/parse.ts';
import { ApiError } from '#model/api-error.ts';
import { iamMalformedPolicy } from '#model/iam-errors.ts';

/** Throws what `refuse` makes of the problem: MalformedPolicyDocument, unless given. */
export function readPolicyDocument(
  text: string,
  refuse: (problem: string) => ApiError = iamMalformedPolicy,
): PolicyDocument {
  try {
    return parsePolicyDocument(text, 'identity');
  } catch (error) {
    throw error instanceof ApiError ? refuse(error.message) : error;
  }
}
