/**
 * What is known of a request when it has been answered: who asked for what, whether it was allowed, and which statement or
 * grant decided. Callers are told less. The trail that keeps these records comes with issue #5.
 */
import type { Permission } from '#authorization/policy/verdict.ts';
import { sha256Hex } from '#crypto/digest.ts';
import { ApiError } from '#model/api-error.ts';
import type { AccountId } from '#model/arn.ts';
import type { Principal } from '#model/principal.ts';

export interface AuditEntry {
  readonly requestId: string;
  readonly service: 'kms' | 'iam' | 'sts' | undefined;
  readonly operation: string | undefined;
  /** Undefined where nobody was recognised. */
  readonly caller: Principal | undefined;
  /** Why it is permitted, for each key. */
  readonly permissions: Readonly<Record<string, Permission>>;
  readonly refusal: Refused | undefined;
}

export interface Refused {
  /** The error's name; `internal failure` for what is our fault. */
  readonly name: string;
  /** Of a denial the verdict, as JSON: the policy type, and the statement that denies, if one does. */
  readonly reason: string | undefined;
}

export type Audit = (entry: AuditEntry) => void;

/** How far a request has come; each step of its path fills in what it found. */
export interface Progress {
  service?: AuditEntry['service'];
  operation?: string;
  caller?: Principal;
  permissions?: Readonly<Record<string, Permission>>;
}

export function auditEntry(requestId: string, progress: Progress, error?: unknown): AuditEntry {
  const { service, operation, caller, permissions = {} } = progress;
  return {
    requestId,
    service,
    operation,
    caller,
    permissions,
    refusal: error === undefined ? undefined : refused(error),
  };
}

function refused(error: unknown): Refused {
  return error instanceof ApiError
    ? { name: error.name, reason: error.reason }
    : { name: 'internal failure', reason: undefined };
}

/**
 * The id of the event that a request leaves in the trail of an account: callers and owners of keys have a trail each. It follows
 * from the two, so that whatever speaks of an event can name it; what has been told of it stays true as long as this stays.
 * Source of the form: RFC 9562, section 5.8.
 */
export function eventIdOf(requestId: string, accountId: AccountId): string {
  const digest = sha256Hex(`event\n${accountId}\n${requestId}`);
  const [a, b, c, d, e] = [
    digest.slice(0, 8),
    digest.slice(8, 12),
    digest.slice(13, 16),
    digest.slice(17, 20),
    digest.slice(20, 32),
  ];
  return `${a}-${b}-8${c}-8${d}-${e}`;
}
