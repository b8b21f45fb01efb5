/** Policies that are put through IAM or STS: read as all others, and refused in IAM's terms. */
import { ApiError } from '#model/api-error.ts';
import { iamMalformedPolicy } from '#model/iam-errors.ts';
import type { PolicyDocument, PolicyKind } from './policy/document.ts';
import { parsePolicyDocument } from './policy/parse.ts';
import { invalidPrincipals } from './policy/parse-principals.ts';

/** Throws what `refuse` makes of the problem: MalformedPolicyDocument unless given. */
export function parseIamDocument(
  text: string,
  kind: Exclude<PolicyKind, 'key'>,
  refuse: (problem: string) => ApiError = iamMalformedPolicy,
): PolicyDocument {
  try {
    return parsePolicyDocument(text, kind);
  } catch (error) {
    if (error instanceof ApiError)
      throw refuse(error.message === invalidPrincipals().message ? 'Invalid principal in policy' : error.message);
    throw error;
  }
}
