/**
 * Whether a request is allowed, why, and what the caller is told of it. Source: IAM User Guide, Troubleshoot access denied
 * error messages.
 */
import type { StatementName } from './compile.ts';

export type Verdict = Permission | Refusal;

/** A statement, and the policy that it is in. */
export interface Decider extends StatementName {
  /** As NamedPolicy calls it. */
  readonly policy: string;
}

export interface Permission {
  readonly isAllowed: true;
  /** What makes the request legal; `identity policy` only where no key is asked about. */
  readonly by: 'key policy direct' | 'key policy role' | 'account delegation' | 'grant' | 'identity policy';
  /** The statement of the key policy, if it allows. */
  readonly keyStatement: Decider | undefined;
  /** The statement of the caller's own policies, where one was needed. The root user needs none. */
  readonly identityStatement: Decider | undefined;
  readonly grantId: string | undefined;
}

export type PolicyType =
  | 'service control policy'
  | 'resource control policy'
  | 'VPC endpoint policy'
  | 'resource-based policy'
  | 'permissions boundary'
  | 'session policy'
  | 'identity-based policy';

export interface Refusal {
  readonly isAllowed: false;
  /** The one policy type that is named, even if several refuse. `operation`: it does not work on keys of others. */
  readonly because: PolicyType | 'operation';
  readonly isExplicit: boolean;
  /** The statement that denies, if one does. */
  readonly statement: Decider | undefined;
  /** The caller and the key are of different accounts. */
  readonly isCrossAccount: boolean;
}

/** What refuses, whoever the key belongs to. */
export type Cause = Omit<Refusal, 'isAllowed' | 'isCrossAccount'>;

export function deniedBy(because: PolicyType, statement: Decider): Cause {
  return { because, isExplicit: true, statement };
}

export function lacking(because: Refusal['because']): Cause {
  return { because, isExplicit: false, statement: undefined };
}

export interface Denied {
  readonly callerArn: string;
  readonly action: string;
  /** An ARN or `*`. Undefined if the request named no key and a ciphertext did. */
  readonly resource: string | undefined;
}

/** The text of AccessDeniedException. */
export function denialText(refusal: Refusal, { callerArn, action, resource }: Denied): string {
  const subject = `User: ${callerArn} is not authorized to perform: ${action} on`;
  if (resource !== undefined) {
    const wish = `${subject} resource: ${resource}`;
    // Strangers learn nothing about whose policy it was.
    return refusal.isCrossAccount ? wish : `${wish} ${reason(refusal, action)}`;
  }
  // Nor does the holder of a ciphertext learn which key it needs, unless that key's policy leaves it to IAM.
  const isHidden = refusal.isCrossAccount || refusal.because === 'resource-based policy';
  return `${subject} the resource associated with this ciphertext ${isHidden ? hidden : reason(refusal, action)}`;
}

const hidden =
  'because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access';

function reason({ because, isExplicit }: Refusal, action: string): string {
  if (!isExplicit) return `because no ${because} allows the ${action} action`;
  return `with an explicit deny in ${because.startsWith('identity') ? 'an' : 'a'} ${because}`;
}
