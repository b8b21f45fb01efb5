/**
 * Who asks: the names under which a statement may mean the caller, and all else that is known of who made a request.
 * Source: IAM User Guide, Principal element, IAM identifiers, and AWS global condition context keys.
 */
import type { AccountId } from './arn.ts';

/** As policies see it. Tags, time of issue and the like are not here; conditions read them from the request. */
export type Caller =
  | RootCaller
  | UserCaller
  | RoleSessionCaller
  | FederatedUserCaller
  | ServiceCaller
  | WebIdentityCaller;

/** A user or role that IAM keeps. A later one of the same name has the same ARN but another unique id. */
export interface Entity {
  /** With its path: `arn:aws:iam::111122223333:role/team/App`. */
  readonly arn: string;
  /** `AIDA…` or `AROA…`. */
  readonly uniqueId: string;
}

export interface RootCaller {
  readonly kind: 'root';
  readonly accountId: AccountId;
  /** `arn:aws:iam::111122223333:root`. */
  readonly arn: string;
}

/** An IAM user, with its own access key or with credentials of GetSessionToken. */
export interface UserCaller extends Entity {
  readonly kind: 'user';
  readonly accountId: AccountId;
  /** Whether a permissions boundary is attached, whatever it allows. */
  readonly hasBoundary: boolean;
}

export interface RoleSessionCaller {
  readonly kind: 'role-session';
  readonly accountId: AccountId;
  /** Of the session, without the role's path: `arn:aws:sts::111122223333:assumed-role/App/session`. */
  readonly arn: string;
  readonly role: Entity;
  /** Whether the role has a permissions boundary. */
  readonly hasBoundary: boolean;
}

/** A session of GetFederationToken. */
export interface FederatedUserCaller {
  readonly kind: 'federated-user';
  readonly accountId: AccountId;
  /** `arn:aws:sts::111122223333:federated-user/name`. */
  readonly arn: string;
  /** The IAM user that asked for the session. */
  readonly user: Entity;
  /** Whether that user has a permissions boundary. */
  readonly hasBoundary: boolean;
}

/** A service acting for itself. It belongs to no account of ours, and only resource policies can allow it anything. */
export interface ServiceCaller {
  readonly kind: 'service';
  /** `s3.amazonaws.com`; any further names, regional ones for instance, after the first. */
  readonly names: readonly string[];
}

/** Whoever shows a token of an identity provider: nobody of any account yet, and only trust policies can allow it anything. */
export interface WebIdentityCaller {
  readonly kind: 'web-identity';
  /** The provider's ARN. */
  readonly provider: string;
}

/**
 * Who made a request, as it was when the request began. One object stands for one state of the caller: as long as nothing
 * about it changes, later requests get the same object, so that what was found out about it can be remembered with it.
 */
export type Principal = (RootCaller | UserCaller | RoleSessionCaller | FederatedUserCaller) & Bearing;

export interface Bearing {
  /** aws:userid: account id, `AIDA…`, `AROA…:session` or `account:name`. */
  readonly userId: string;
  /** aws:username: of IAM users only. */
  readonly userName?: string;
  /** Tags of the user or role, overlaid by those of the session. */
  readonly tags: readonly (readonly [key: string, value: string])[];
  readonly policies: AttachedPolicies;
  /** Of temporary credentials only. */
  readonly session?: SessionFacts;
  /** The service that the access key is marked with (`s3`): it asks on behalf of the caller. */
  readonly viaService?: string;
}

/** The caller's own policies, as texts. The same text of the same state is the same object. */
export interface AttachedPolicies {
  /** Inline and managed policies of the user and its groups, or of the role. */
  readonly identity: readonly PolicyText[];
  readonly boundary?: PolicyText;
  /** Inline and managed session policies. Absent if the session was made without any. */
  readonly session?: readonly PolicyText[];
  /** On the caller's account: one level of service control policies. Absent if there are none. */
  readonly serviceControl?: readonly PolicyText[];
}

export interface PolicyText {
  /** An ARN, or the name of an inline policy. */
  readonly name: string;
  readonly document: string;
  /** Of an inline policy: what it is in. */
  readonly holder?: 'user' | 'role' | 'group';
}

/** How a session came to be. */
export interface SessionFacts {
  readonly by: 'AssumeRole' | 'AssumeRoleWithWebIdentity' | 'GetSessionToken' | 'GetFederationToken';
  readonly issuedAtMs: number;
  readonly expiresAtMs: number;
  /** The session tags that a chained AssumeRole hands on, by key. */
  readonly transitiveTagKeys: readonly string[];
  readonly sourceIdentity?: string;
  /** Of web identity: the provider's ARN, and the claims that stay condition keys, such as `issuer.example:sub`. */
  readonly federatedProvider?: string;
  readonly claims?: readonly (readonly [key: string, value: string])[];
}
