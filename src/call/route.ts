/**
 * Which operation a request wants: AWS JSON 1.1 puts its name into X-Amz-Target. What names none of ours is an unknown
 * operation, whatever else is wrong with it.
 */
import { serialization, unknownOperation } from '#model/errors.ts';
import { soleHeader } from '#protocol/sigv4/request.ts';
import type { Operation } from './operation.ts';
import type { Received, Routed } from './stages.ts';

const targetPrefixes = ['TrentService.'];
const contentType = 'application/x-amz-json-1.1';

/** Throws UnknownOperationException, SerializationException for another protocol's body, or what soleHeader throws. */
export function route(received: Received, operations: ReadonlyMap<string, Operation>): Routed {
  return { ...received, operation: routeTarget(received, operations, targetPrefixes) };
}

/** The operation that the target names, of a service whose targets begin in one of these ways. Throws as `route` does. */
export function routeTarget<O>(
  { request: { method, target, rawHeaders } }: Received,
  operations: ReadonlyMap<string, O>,
  prefixes: readonly string[],
): O {
  const name = soleHeader(rawHeaders, 'x-amz-target') ?? '';
  const prefix = prefixes.find((one) => name.startsWith(one));
  if (method !== 'POST' || !isRootPath(target) || prefix === undefined) throw unknownOperation();
  const operation = operations.get(name.slice(prefix.length));
  if (operation === undefined) throw unknownOperation();
  const type = soleHeader(rawHeaders, 'content-type');
  // Diverges: content-type
  if (type !== contentType && typeIn(type) !== contentType) {
    throw serialization(`The Content-Type must be ${contentType}.`);
  }
  return operation;
}

function typeIn(header: string | undefined): string | undefined {
  return header?.split(';', 1)[0]?.trim().toLowerCase();
}

function isRootPath(target: string): boolean {
  return target === '/' || target.startsWith('/?');
}
