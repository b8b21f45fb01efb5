/**
 * What is measured: all operations, and which of them a run takes that was not asked for any. Requests differ from each other,
 * as callers' do: in the key, in how they name it, in context and in content.
 */
import { asymmetricOperations } from './asymmetric-operations.ts';
import { keyOperations } from './key-operations.ts';
import type { Operation } from './operation.ts';
import { symmetricOperations } from './symmetric-operations.ts';

/** Those that change what the service holds come last. */
export const operations: readonly Operation[] = [...symmetricOperations, ...asymmetricOperations, ...keyOperations];

/** One of each class. */
export const representatives = operations.filter(({ isRepresentative = false }) => isRepresentative);

/** What services call for each object that they read or write: measured in every way that there is. */
export const hotOperations = operationsNamed('GenerateDataKey', 'Encrypt', 'Decrypt');

/** What takes milliseconds of a core and is waited for beside quick work. */
export const slowOperations = operationsNamed('Sign-RSA_4096');

/** By its own name; or all of a kind, by what the API calls it: the representatives, where there are any. */
export function findOperations(name: string): readonly Operation[] {
  const exact = operations.filter((operation) => operation.name === name);
  if (exact.length > 0) return exact;
  const ofKind = operations.filter(({ api }) => api === name);
  const representative = ofKind.filter((operation) => representatives.includes(operation));
  return representative.length > 0 ? representative : ofKind;
}

function operationsNamed(...names: readonly string[]): Operation[] {
  return names.flatMap(findOperations);
}
