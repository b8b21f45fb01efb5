/** What an operation of Amazon S3 is, as far as it is served: one record that only reads. */
import type { AuditArchive } from '#audit/archive.ts';
import type { Permitting, Petition } from '#call/require-permission.ts';
import type { Reply } from '#call/stages.ts';
import type { ErrorName } from '#model/api-error.ts';
import { type Members, optional, type Structure, type StructureShape, string, structure } from '#model/schema.ts';

/** A request as `run` gets it: checked and permitted. */
export interface S3Call<I> extends Petition {
  /** The caller's own; empty where the request is about none. */
  readonly bucket: string;
  readonly key: string;
  /** The parameters in the query string. */
  readonly input: I;
  readonly method: 'GET' | 'HEAD';
  /** By its name in lower case. Throws where it has come twice. */
  readonly header: (name: string) => string | undefined;
}

/** What a request is about. */
export type Level = 'service' | 'bucket' | 'object';

interface Properties {
  /** As records have it. */
  readonly name: string;
  readonly method: 'GET' | 'HEAD';
  readonly on: Level;
  /** The query parameter without which it is another operation. */
  readonly marker?: readonly [name: string, value: string];
  /** Whether it is about objects. */
  readonly isData: boolean;
  /** The errors of its own; what the front end and the authorization step throw is common to all. */
  readonly errors: readonly ErrorName[];
}

interface Declaration<P extends Members> extends Properties {
  /** All that may be in the query string. */
  readonly parameters: P;
  /** What the caller's policies have to allow. */
  asks(call: S3Call<Structure<P>>): Permitting;
  run(call: S3Call<Structure<P>>, archive: AuditArchive): Promise<Reply> | Reply;
}

/** An operation without its types: what the pipeline works with. */
export interface S3Operation extends Properties {
  /** The parameters, `Bucket` and `Key`. */
  readonly input: StructureShape<Members>;
  readonly output: undefined;
  readonly asks: (call: S3Call<unknown>) => Permitting;
  readonly run: (call: S3Call<unknown>, archive: AuditArchive) => Promise<Reply> | Reply;
}

export function s3Operation<P extends Members>(declaration: Declaration<P>): S3Operation {
  const input = structure({ ...subject, ...declaration.parameters });
  // The pipeline decodes with `input`, so `run` gets exactly what it declares.
  return { ...declaration, input, output: undefined } as unknown as S3Operation;
}

export const text = optional(string());

/** Members of every request; no parameter is called so. */
export const subject = { Bucket: text, Key: text };
