/** What an operation of CloudTrail is: one record, asked of the caller's own policies, answered from the archive of the trail. */
import type { AuditArchive } from '#audit/archive.ts';
import type { Permitting, Petition } from '#call/require-permission.ts';
import type { WrappingKey } from '#crypto/wrap.ts';
import type { ErrorName } from '#model/api-error.ts';
import type { Members, Shape, Structure, StructureShape } from '#model/schema.ts';

/** A request as `run` gets it: checked and permitted. */
export interface CloudTrailCall<I> extends Petition {
  readonly input: I;
}

export interface Archives {
  readonly archive: AuditArchive;
  /** Seals the tokens of lists. */
  readonly markerKey: WrappingKey;
}

interface Declaration<I extends Members, O extends Members> {
  readonly name: string;
  readonly input: StructureShape<I>;
  readonly output: StructureShape<O>;
  /** The errors of its own; what the front end and the authorization step throw is common to all. */
  readonly errors: readonly ErrorName[];
  /** All of these must be allowed. */
  asks(call: CloudTrailCall<Structure<I>>, archives: Archives): readonly CloudTrailAsk[];
  run(call: CloudTrailCall<Structure<I>>, archives: Archives): Promise<Structure<O>> | Structure<O>;
}

/** The action is the operation's. */
export type CloudTrailAsk = Pick<Permitting, 'resource'>;

/** An operation without its types: what the pipeline works with. */
export interface CloudTrailOperation {
  readonly name: string;
  readonly input: StructureShape<Members>;
  readonly output: Shape<unknown> | undefined;
  readonly errors: readonly ErrorName[];
  readonly asks: (call: CloudTrailCall<unknown>, archives: Archives) => readonly CloudTrailAsk[];
  readonly run: (call: CloudTrailCall<unknown>, archives: Archives) => unknown;
}

export function cloudTrailOperation<I extends Members, O extends Members>(
  declaration: Declaration<I, O>,
): CloudTrailOperation {
  // The pipeline decodes with `input`, so `run` gets exactly what it declares.
  return declaration as unknown as CloudTrailOperation;
}
