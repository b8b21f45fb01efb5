/** What is kept of keys and of the keys that wrap them. Dates are milliseconds since the Unix epoch. */
import type { PrincipalIds } from './identity-records.ts';

/** Bytes wrapped under a domain key: base64 of the wrapped form, and which domain key opens it. */
export interface Wrapped {
  readonly domainKeyId: string;
  readonly bytes: string;
}

/** How the root of trust of this store is made; never anything that would open it. */
export interface RootRecord {
  readonly kind: 'key-file' | 'passphrase';
  /** Adapter's own parameters: a salt, a work factor. */
  readonly parameters: Readonly<Record<string, string | number>>;
}

export interface DomainKeyRecord {
  readonly domainKeyId: string;
  /** New material is wrapped under the active one; a retiring one still opens what has not been re-wrapped yet. */
  readonly state: 'active' | 'retiring';
  readonly createdAtMs: number;
  /** Base64, wrapped by the root of trust. */
  readonly wrappedByRoot: string;
}

/** A key of the service's own, such as the one that seals pagination markers. */
export interface ServiceKeyRecord {
  readonly name: string;
  readonly wrapped: Wrapped;
}

/** A deletion date exists exactly when a deletion is pending. */
export type KeyStateRecord =
  | { readonly name: 'Enabled' | 'Disabled' | 'PendingImport' | 'Creating' | 'Updating' | 'Unavailable' }
  | { readonly name: 'PendingDeletion'; readonly deletionDateMs: number }
  /** A primary that waits for its replicas to go; the days are its waiting period after that. */
  | { readonly name: 'PendingReplicaDeletion'; readonly windowDays: number };

export interface KeyRecord {
  readonly accountId: string;
  readonly region: string;
  readonly keyId: string;
  readonly createdAtMs: number;
  readonly description: string;
  readonly spec: string;
  readonly usage: string;
  readonly origin: 'AWS_KMS' | 'EXTERNAL';
  readonly state: KeyStateRecord;
  /** Absent before the first import. Stays when imported material is deleted or expires. */
  readonly currentMaterialId?: string;
  /** Every material that the key ever had, in the order in which they came. Absent in the records of version 0.1. */
  readonly materials?: readonly MaterialFacts[];
  /** Of an asymmetric key: DER SubjectPublicKeyInfo in base64. Absent before the first import. */
  readonly publicKey?: string;
  /** Of a multi-Region key: where the related keys are. All of them hold the same. */
  readonly multiRegion?: { readonly primaryRegion: string; readonly replicaRegions: readonly string[] };
  /** The key policy, as it was sent. */
  readonly policy: string;
  /** The unique ids of the users and roles that the policy names, as they were when it was put. */
  readonly policyPrincipals?: PrincipalIds;
  /** Pairs in the order in which they were first set. */
  readonly tags: readonly (readonly [key: string, value: string])[];
  /** The service that an AWS managed key is for (`ebs`); absent for a customer managed key. */
  readonly managedFor?: string;
  /** Rotation by the calendar, which related keys share. The primary has a `rotations` entry while it is in use. */
  readonly rotation?: { readonly periodDays: number; readonly nextAtMs: number };
}

/** What is known of a material, whether or not it is there at the moment. */
export interface MaterialFacts {
  readonly materialId: string;
  readonly createdAtMs: number;
  /** Absent for a key's first material, and for one whose time has not come. */
  readonly rotated?: { readonly atMs: number; readonly type: 'AUTOMATIC' | 'ON_DEMAND' };
  /** Imported to become the current one with the next rotation; at most one of a key is. Until then the key can do without. */
  readonly isPending?: true;
  /** Of imported material. Not there: deleted, expired, or in a replica not imported yet. */
  readonly imported?: { readonly isPresent: boolean; readonly validToMs?: number; readonly description?: string };
}

/** Imported material that is to be removed, or, at an earlier date, whose removal there is to be a notice of. */
export interface ExpiryRecord extends KeyName {
  readonly materialId: string;
  readonly validToMs: number;
}

/** One backing key. The key's own record never holds material, so no change of metadata can write it. */
export interface MaterialRecord {
  readonly keyId: string;
  readonly materialId: string;
  readonly spec: string;
  readonly createdAtMs: number;
  readonly wrapped: Wrapped;
}

export interface AliasRecord {
  readonly name: `alias/${string}`;
  readonly keyId: string;
  readonly createdAtMs: number;
  readonly updatedAtMs: number;
}

/** A successful cryptographic operation with a key. */
export interface KeyUseRecord {
  readonly operation: string;
  readonly atMs: number;
  /** UUID of the request. */
  readonly requestId: string;
}

/** Which key it is. */
export interface KeyName {
  readonly accountId: string;
  readonly region: string;
  readonly keyId: string;
}

/** What is to be told to whoever receives notices. */
export interface NoticeRecord {
  readonly atMs: number;
  /** As Amazon EventBridge has it. */
  readonly event: {
    readonly version: '0';
    /** UUID. */
    readonly id: string;
    readonly 'detail-type': string;
    readonly source: 'aws.kms';
    readonly account: string;
    /** `2026-01-02T03:04:05Z` */
    readonly time: string;
    readonly region: string;
    /** The key's ARN. */
    readonly resources: readonly string[];
    readonly detail: Readonly<Record<string, string>>;
  };
}

/** Which audit trail belongs to this store. */
export interface TrailRecord {
  readonly trailId: string;
  /** How often it has been opened. */
  readonly starts: number;
  /** Of the last server: what it was set to, and whether it has ended in order. */
  readonly server?: { readonly settings: Readonly<Record<string, string>>; readonly hasStopped: boolean };
}

/** Something that the service did by itself, on its way into the audit trail. */
export interface ServiceEventRecord {
  /** The record, as one line of JSON. */
  readonly line: string;
}

/** What operators have set of the quotas. */
export interface QuotaSettingsRecord {
  /** Absent where none has been chosen. */
  readonly profile?: string;
  readonly changes: readonly QuotaChange[];
}

/** A quota that is not as the profile has it. */
export interface QuotaChange {
  /** The class of requests or the kind of resource. */
  readonly quota: string;
  /** Of this account alone. */
  readonly accountId?: string;
  /** In this Region alone. */
  readonly region?: string;
  /** Requests per second, or resources; null for as many requests as there are. */
  readonly value: number | null;
}

/** A permission to use one key, for one grantee. */
export interface GrantRecord {
  /** 64 hexadecimal digits. */
  readonly grantId: string;
  /** '' for none. */
  readonly name: string;
  readonly createdAtMs: number;
  readonly grantee: GrantPrincipal;
  readonly retirer?: GrantPrincipal;
  /** The account whose principal made the grant. */
  readonly issuingAccountId: string;
  /** As CreateGrant takes them: `Decrypt`. */
  readonly operations: readonly string[];
  readonly constraints?: GrantConstraints;
}

export interface GrantPrincipal {
  /** As the request named it. */
  readonly name: string;
  /**
   * Whom it meant then: the unique id of a user or role; `AROA…:session` for one session of a role; `account:name` for a
   * federated user; the account id for a whole account; the name of a service.
   */
  readonly id: string;
}

export interface GrantConstraints {
  readonly encryptionContextEquals?: readonly (readonly [name: string, value: string])[];
  readonly encryptionContextSubset?: readonly (readonly [name: string, value: string])[];
  readonly sourceArn?: string;
}
