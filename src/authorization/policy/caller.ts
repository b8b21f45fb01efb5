/**
 * Who asks, as policies see it: the names under which a statement may mean the caller. Source: IAM User Guide, Principal
 * element and IAM identifiers. Tags, time of issue and the like are not here; conditions read them from the request.
 */
import type { AccountId } from '#model/arn.ts';

export type Caller = RootCaller | UserCaller | RoleSessionCaller | FederatedUserCaller | ServiceCaller;

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
