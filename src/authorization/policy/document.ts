/**
 * A policy document in types, after its form has been checked and before anything is made of it. Source: IAM User Guide,
 * IAM JSON policy element reference.
 */

/**
 * What a document is for. `key`: a key policy. `identity`: whatever has no Principal: identity-based policies, permissions
 * boundaries, session policies and service control policies. `resource-guardrail`: resource control and endpoint policies.
 * `trust`: who may assume a role, which is all that it is about.
 */
export type PolicyKind = 'key' | 'identity' | 'resource-guardrail' | 'trust';

export type Effect = 'Allow' | 'Deny';

export interface PolicyDocument {
  readonly kind: PolicyKind;
  /** Whether `${…}` is a variable, as from version 2012-10-17 on, and not plain text. */
  readonly hasVariables: boolean;
  readonly statements: readonly Statement[];
}

export interface Statement {
  readonly sid: string | undefined;
  readonly effect: Effect;
  /** Undefined in a policy that is attached to a principal. */
  readonly principals: Principals | undefined;
  /** Undefined or empty: the statement never applies. */
  readonly actions: Patterns | undefined;
  /** Undefined or empty: the statement never applies. */
  readonly resources: Patterns | undefined;
  readonly conditions: readonly Condition[];
}

export interface Principals {
  /** NotPrincipal. */
  readonly isExcept: boolean;
  readonly isEveryone: boolean;
  /** ARNs, twelve-digit account ids (the root ARN is kept as its account's id), unique ids and service names. */
  readonly names: readonly string[];
  /** Identity providers: ARNs, or the names of well-known ones. Of trust policies only. */
  readonly federated?: readonly string[];
}

export interface Patterns {
  /** NotAction, NotResource. */
  readonly isExcept: boolean;
  readonly patterns: readonly string[];
}

/** One key under one operator. All conditions of a statement must hold. */
export interface Condition {
  /** As it was written: `ForAnyValue:StringLikeIfExists`. */
  readonly operator: string;
  /** As it was written. */
  readonly key: string;
  /** Numbers and booleans of the document are here as text. */
  readonly values: readonly string[];
}
