/** What IAM asks of the text of a policy, besides its grammar. Source: IAM User Guide, IAM and AWS STS quotas. */
import { quotaExceeded } from '#model/iam-errors.ts';

/** Characters of one managed policy. */
export const managedPolicySize = 6144;
/** Characters of all inline policies of one user, group or role together. */
export const inlinePolicySizes = { user: 2048, group: 5120, role: 10_240 } as const;

/** White space is not counted, wherever it is. */
export function policySize(document: string): number {
  return document.replace(/[\t\n\r ]/g, '').length;
}

/** Throws LimitExceeded. */
export function requireManagedSize(document: string): void {
  if (policySize(document) > managedPolicySize) throw quotaExceeded('PolicySize', managedPolicySize);
}
