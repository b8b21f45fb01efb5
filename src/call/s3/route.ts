/** Which operation of Amazon S3 a request wants: its method, what it is about, and parameters tell. */
import type { AuditedOperation } from '#call/audit.ts';
import type { ApiError } from '#model/api-error.ts';
import { methodNotAllowed, notImplemented, onlySigV4 } from '#model/s3-errors.ts';
import { structure } from '#model/schema.ts';
import type { S3Target } from '#protocol/s3/target.ts';
import { firstHeader, type SignedRequest } from '#protocol/sigv4/request.ts';
import { type Level, type S3Operation, subject } from './operation.ts';

/** What is not served is told to those only who have said who they are, and is recorded under its name. */
export type RoutedS3 =
  | { readonly operation: S3Operation }
  | { readonly refused: AuditedOperation; readonly error: ApiError };

export function routeS3(request: SignedRequest, target: S3Target, operations: readonly S3Operation[]): RoutedS3 {
  const { method } = request;
  const on = levelOf(target);
  const possible = operations.filter((one) => one.method === method && one.on === on);
  const operation = possible.find(
    ({ marker }) => marker !== undefined && target.parameters.get(marker[0]) === marker[1],
  );
  const found = operation ?? possible.find(({ marker }) => marker === undefined);
  if (found === undefined) {
    const name = target.parameters.size === 0 ? writes.get(`${method} ${on}`) : undefined;
    return { refused: refusedOperation(name), error: methodNotAllowed() };
  }
  const isKnown = (name: string) => Object.hasOwn(found.input.members, name) || name === 'x-id';
  // Diverges: s3-parameters
  if (![...target.parameters.keys()].every(isKnown)) return { refused: refusedOperation(), error: notImplemented() };
  return { operation: found };
}

/** Throws InvalidRequest where a request is signed in the way that S3 had before Signature Version 4. */
export function refuseOlderSignatures({ rawHeaders }: SignedRequest, { parameters }: S3Target): void {
  if (parameters.has('AWSAccessKeyId') || firstHeader(rawHeaders, 'authorization')?.startsWith('AWS ') === true) {
    throw onlySigV4();
  }
}

function levelOf({ bucket, key }: S3Target): Level {
  if (bucket === undefined) return 'service';
  return key === undefined ? 'bucket' : 'object';
}

const writes: ReadonlyMap<string, string> = new Map([
  ['PUT object', 'PutObject'],
  ['DELETE object', 'DeleteObject'],
  ['PUT bucket', 'CreateBucket'],
  ['DELETE bucket', 'DeleteBucket'],
]);

function refusedOperation(name = 'Unknown'): AuditedOperation {
  return { name, input: structure(subject), output: undefined, isData: true };
}
