/** What is kept of accounts and of those who act in them. Dates are milliseconds since the Unix epoch. */
import type { Wrapped } from './records.ts';

export interface AccountRecord {
  readonly accountId: string;
  readonly createdAtMs: number;
  /** The name that IAM's CreateAccountAlias gave it. */
  readonly alias?: string;
}

export interface AccessKeyRecord {
  readonly accessKeyId: string;
  readonly accountId: string;
  /** Whose it is: `root`, or the unique id of a user. */
  readonly principal: string;
  readonly createdAtMs: number;
  readonly wrapped: Wrapped;
  /** True for one that its owner has switched off. */
  readonly isInactive?: boolean;
  /** The service that uses it on behalf of others (`s3`): its requests carry kms:ViaService. */
  readonly viaService?: string;
}

/** Names of principals as a document has them, each with whom it meant when the document was put. */
export type PrincipalIds = readonly (readonly [name: string, uniqueId: string])[];

/** A managed policy: what its ARN has after `arn:aws:iam::`, such as `111122223333:policy/team/Read` or `aws:policy/AdministratorAccess`. */
export type PolicyReference = string;

export type TagPairs = readonly (readonly [key: string, value: string])[];

/** What users, roles and groups have in common. */
export interface EntityRecord {
  readonly accountId: string;
  /** As it was written. Names that differ in case only are one name. */
  readonly name: string;
  /** `/`, or `/team/`. */
  readonly path: string;
  readonly createdAtMs: number;
  readonly inlinePolicies: readonly (readonly [name: string, document: string])[];
  /** In the order in which they were attached. */
  readonly attachedPolicies: readonly PolicyReference[];
}

export interface UserRecord extends EntityRecord {
  /** `AIDA…` */
  readonly userId: string;
  /** In lower case. */
  readonly groups: readonly string[];
  readonly boundary?: PolicyReference;
  readonly tags: TagPairs;
}

export interface RoleRecord extends EntityRecord {
  /** `AROA…` */
  readonly roleId: string;
  readonly description: string;
  readonly trustPolicy: string;
  readonly trustPrincipals: PrincipalIds;
  readonly maxSessionSeconds: number;
  readonly boundary?: PolicyReference;
  readonly tags: TagPairs;
}

export interface GroupRecord extends EntityRecord {
  /** `AGPA…` */
  readonly groupId: string;
}

export interface PolicyRecord {
  readonly accountId: string;
  readonly name: string;
  readonly path: string;
  /** `ANPA…` */
  readonly policyId: string;
  readonly description: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
  readonly tags: TagPairs;
  readonly defaultVersionId: string;
  /** The oldest first. */
  readonly versions: readonly PolicyVersionRecord[];
  /** The number that the next version gets; numbers are never used again. */
  readonly nextVersion: number;
}

export interface PolicyVersionRecord {
  /** `v1` */
  readonly versionId: string;
  readonly document: string;
  readonly createdAtMs: number;
}

/** An issuer of web identity tokens that roles of the account may trust. */
export interface OpenIdProviderRecord {
  readonly accountId: string;
  /** Without `https://`. */
  readonly url: string;
  readonly clientIds: readonly string[];
  readonly thumbprints: readonly string[];
  readonly createdAtMs: number;
  readonly tags: TagPairs;
}

/** A policy that binds a whole account, as an organisation's service and resource control policies do. */
export interface GuardrailRecord {
  readonly accountId: string;
  readonly kind: 'service-control' | 'resource-control';
  readonly name: string;
  readonly document: string;
  readonly createdAtMs: number;
}

/** Who has a unique id. */
export interface PrincipalName {
  readonly kind: 'user' | 'role';
  readonly accountId: string;
  /** In lower case. */
  readonly name: string;
}
