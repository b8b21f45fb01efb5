/**
 * What an operation of IAM or STS is: one record, as operations of KMS are, but asked of IAM policies alone and spoken over
 * the AWS Query protocol. Only `run` is code.
 */

import type { Findings } from '#call/audit.ts';
import type { Client } from '#call/stages.ts';
import type { Identities } from '#identity/identities.ts';
import type { ErrorName } from '#model/api-error.ts';
import type { Place } from '#model/arn.ts';
import type { Principal } from '#model/principal.ts';
import type { Members, Shape, Structure, StructureShape } from '#model/schema.ts';

/** A request as `run` gets it: checked and permitted. */
export interface QueryCall<I> {
  readonly input: I;
  readonly caller: Principal;
  readonly client: Client;
  readonly requestId: string;
  /** The caller's account and the Region that the request was signed for. */
  readonly place: Place;
  /** Where to note what the record of the request is to say and nothing else knows. */
  readonly findings: Findings;
}

/** A request of nobody in particular. */
export interface UnsignedCall<I> extends Omit<QueryCall<I>, 'caller' | 'place'> {
  /** The partition that is served. */
  readonly partition: string;
}

/** What the caller's policies have to allow. */
export interface Ask {
  /** `iam:` or `sts:` and the operation's name unless given. */
  readonly action?: string;
  /** An ARN; `*` where there is no resource. */
  readonly resource: string;
  /** Condition keys of this action alone, in lower case: `iam:policyarn`, `aws:requesttag/team`. */
  readonly context?: ReadonlyMap<string, readonly string[]>;
}

interface Declaration<I extends Members, O extends Members> {
  readonly name: string;
  readonly input: StructureShape<I>;
  /** Absent where the answer has no Result element. */
  readonly output?: StructureShape<O>;
  /** The errors of its own; what the front end and the authorization step throw is common to all. */
  readonly errors: readonly ErrorName[];
  /** All of these must be allowed; absent where an operation decides for itself who may. */
  asks?(call: QueryCall<Structure<I>>, identities: Identities): readonly Ask[] | Promise<readonly Ask[]>;
  run(call: QueryCall<Structure<I>>, identities: Identities): Promise<Structure<O>> | Structure<O>;
}

/** An operation without its types: what the pipeline works with. */
export type QueryOperation = SignedOperation | UnsignedOperation;

interface Untyped {
  readonly name: string;
  readonly input: StructureShape<Members>;
  readonly output: Shape<unknown> | undefined;
  readonly errors: readonly ErrorName[];
}

export interface SignedOperation extends Untyped {
  readonly isUnsigned: false;
  readonly asks?: (call: QueryCall<unknown>, identities: Identities) => readonly Ask[] | Promise<readonly Ask[]>;
  readonly run: (call: QueryCall<unknown>, identities: Identities) => unknown;
}

/** For clients that have no credentials yet. */
export interface UnsignedOperation extends Untyped {
  readonly isUnsigned: true;
  readonly run: (call: UnsignedCall<unknown>, identities: Identities) => unknown;
}

export function queryOperation<I extends Members, O extends Members>(declaration: Declaration<I, O>): SignedOperation {
  // The pipeline decodes with `input`, so `run` gets exactly what it declares.
  return { output: undefined, isUnsigned: false, ...declaration } as unknown as SignedOperation;
}

/** An operation for clients that have no credentials: `run` must find out by itself whom it answers. */
export function unsignedQueryOperation<I extends Members, O extends Members>(
  declaration: Omit<Declaration<I, O>, 'asks' | 'run'> & {
    run(call: UnsignedCall<Structure<I>>, identities: Identities): Promise<Structure<O>>;
  },
): UnsignedOperation {
  return { output: undefined, isUnsigned: true, ...declaration } as unknown as UnsignedOperation;
}

/** One service on the port. */
export interface QueryApi {
  /** As in credential scopes and in the names of actions. */
  readonly service: 'iam' | 'sts';
  readonly version: string;
  /** Of the answers' XML. */
  readonly namespace: string;
  readonly operations: ReadonlyMap<string, QueryOperation>;
}
