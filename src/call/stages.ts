/**
 * What a request is after each step of its path. A step takes the stage that the one before it made, so an order that
 * skips a check does not compile.
 */

import type { Permission } from '#authorization/policy/verdict.ts';
import type { Attestation } from '#crypto/attestation/verify.ts';
import type { UsableKey } from '#keys/require.ts';
import type { LocatedKey } from '#keys/snapshots.ts';
import type { Place } from '#model/arn.ts';
import type { Principal } from '#model/principal.ts';
import type { Allowed } from '#model/proofs.ts';
import type { SignedRequest } from '#protocol/sigv4/request.ts';
import type { Findings } from './audit.ts';
import type { Operation } from './operation.ts';

/** Where a request comes from, as far as the connection and the headers say. */
export interface Client {
  readonly address: string | undefined;
  readonly isTls: boolean;
  /** Of TLS. */
  readonly tls?: { readonly version: string; readonly cipherSuite: string } | undefined;
  /** The Host header. */
  readonly host?: string | undefined;
  readonly userAgent: string | undefined;
  readonly referer?: string | undefined;
}

/** As it came over the wire. */
export interface Received {
  readonly client: Client;
  /** UUID; the answer and the log carry it. */
  readonly requestId: string;
  readonly request: SignedRequest;
  /** When all of it was there, on the clock of performance.now(). */
  readonly arrivedAtMs?: number;
}

/** The operation is known. */
export interface Routed extends Received {
  readonly operation: Operation;
}

/** The caller is known: the signature is right. */
export interface Authenticated extends Routed {
  readonly caller: Principal;
  /** Of the credentials that it was signed with. */
  readonly accessKeyId: string;
  /** The caller's account, and the Region that the request was signed for. */
  readonly place: Place;
}

/** The input has the shape that the operation wants. */
export interface Decoded extends Authenticated {
  readonly input: Readonly<Record<string, unknown>>;
}

/** The keys that it names exist, or are another account's, whose existence is not told. */
export interface Located extends Decoded {
  readonly keys: Readonly<Record<string, LocatedKey | undefined>>;
}

/** If it comes from an attested environment, its document is genuine. */
export interface Attested extends Located {
  readonly attestation: Attestation | undefined;
}

/** The caller may do this with each of the keys. */
export interface AllowedCall extends Omit<Attested, 'keys'> {
  readonly keys: Readonly<Record<string, Allowed<LocatedKey>>>;
  /** Why, for each key whose policy was asked, and for each action that was asked about without one. */
  readonly permissions: Readonly<Record<string, Permission>>;
}

/** The keys are in a state and of a usage for it. */
export interface UsableCall extends Omit<AllowedCall, 'keys'> {
  readonly keys: Readonly<Record<string, UsableKey>>;
}

/** Ready to be run; what waits long before it gives or changes something can ask once more. */
export interface RunnableCall extends UsableCall {
  /** Throws what the request would be refused with if it came now. */
  readonly confirm: () => Promise<void>;
  /** Where the operation notes what the record is to say. */
  readonly findings: Findings;
}

/** The operation has been done; everything that it changed is durable. */
export interface Done extends UsableCall {
  readonly output: unknown;
}

/** What goes back over the wire. */
export interface Reply {
  readonly status: number;
  readonly body: string | Uint8Array;
  /** AWS JSON 1.1 unless given. */
  readonly contentType?: string;
  /** Besides, or instead of, those that every reply has: a reply to HEAD says how long the body would be. */
  readonly headers?: Readonly<Record<string, string>>;
}
