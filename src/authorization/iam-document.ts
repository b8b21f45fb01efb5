/** Policies that are put through IAM or STS: read as all others, and refused in IAM's terms. */
import { ApiError } from '#model/api-error.ts';
import { iamMalformedPolicy } from '#model/iam-errors.ts';
import type { PolicyDocument, PolicyKind } from './policy/document.ts';
import { parsePolicyDocument } from './policy/parse.ts';

/** Throws MalformedPolicyDocument. */
export function parseIamDocument(text: string, kind: Exclude<PolicyKind, 'key'>): PolicyDocument {
  try {
    return parsePolicyDocument(text, kind);
  } catch (error) {
    if (error instanceof ApiError) throw iamMalformedPolicy(error.message);
    throw error;
  }
}
