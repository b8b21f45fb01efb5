/**
 * What is known of a request when it has been answered: who asked for what, whether it was allowed, and which statement or
 * grant decided. Callers are told less. Nobody is answered before this is on the medium.
 */
import type { Permission } from '#authorization/policy/verdict.ts';
import type { Attestation } from '#crypto/attestation/verify.ts';
import type { LocatedKey } from '#keys/snapshots.ts';
import { ApiError, type ErrorName } from '#model/api-error.ts';
import type { Place } from '#model/arn.ts';
import { internalFailure } from '#model/errors.ts';
import type { Principal } from '#model/principal.ts';
import type { Members, Shape, StructureShape } from '#model/schema.ts';
import type { Received } from './stages.ts';

/** The services on the port, as credential scopes call them. */
export type ServiceName = 'kms' | 'iam' | 'sts' | 'cloudtrail' | 's3';

/** What is asked for, as far as its record needs it. */
export interface AuditedOperation {
  readonly name: string;
  readonly input: StructureShape<Members>;
  readonly output: Shape<unknown> | undefined;
  /** Whether it is about objects, not about the service's own things. */
  readonly isData?: boolean;
  /** Errors of its own. */
  readonly errors?: readonly ErrorName[];
}

/** Whoever shows a token of an identity provider that is good. */
export interface WebIdentityUser {
  readonly providerArn: string;
  readonly audience: string;
  readonly subject: string;
}

/** What belongs into the record of a request and its operation alone finds out. */
export interface Findings {
  /** Why it is permitted: for each key, and for each action that is asked about without one. */
  permissions?: Readonly<Record<string, Permission>>;
  keys?: Readonly<Record<string, LocatedKey | undefined>>;
  grantId?: string;
  webIdentity?: WebIdentityUser;
}

/** How far a request has come; each step of its path fills in what it found. */
export interface Progress extends Findings {
  readonly startedAtMs: number;
  /** There was no time for it: it is refused without a look at it, and counted, not recorded by itself. */
  isShed?: true;
  service?: ServiceName;
  operation?: AuditedOperation;
  caller?: Principal;
  /** Of the credentials that the caller has proven to hold. */
  accessKeyId?: string;
  place?: Place;
  input?: Readonly<Record<string, unknown>>;
  attestation?: Attestation | undefined;
  /** Its secrets are wiped when this is looked at. */
  output?: unknown;
}

export interface AuditEntry extends Readonly<Progress> {
  readonly received: Received;
  readonly refusal: Refused | undefined;
}

export interface Refused {
  readonly name: ErrorName;
  /** What the caller is told. */
  readonly message: string;
  /** Of a denial the verdict, as JSON: the policy type, and the statement that denies, if one does. */
  readonly reason: string | undefined;
}

/** Where records go. */
export interface Audit {
  /** Why nothing can be recorded at present, so that nothing may be done; undefined where all is well. */
  problem(): Error | undefined;
  /** Resolves when the record is on the medium. Rejects where it cannot be: then the request must not be answered. */
  record(entry: AuditEntry): Promise<void>;
}

/** For data that nobody is served from. */
export const noAudit: Audit = { problem: () => undefined, record: async () => undefined };

export function auditEntry(received: Received, progress: Progress, error?: unknown): AuditEntry {
  return { ...progress, received, refusal: error === undefined ? undefined : refused(error) };
}

function refused(error: unknown): Refused {
  const { name, message, reason } = error instanceof ApiError ? error : internalFailure(error);
  return { name, message, reason };
}
