/** Files of C2SP Wycheproof (Apache-2.0): groups of cases, each with a verdict. */
import assert from 'node:assert/strict';
import { vectorFile } from './vectors.ts';

export interface Case {
  readonly tcId: number;
  readonly flags: readonly string[];
  readonly result: 'valid' | 'acceptable' | 'invalid';
}

/** The groups of a file; undefined, said in one line, where it is not on this machine. */
export function wycheproof<Group extends { readonly tests: readonly Case[] }>(
  name: string,
): readonly Group[] | undefined {
  const file = vectorFile(`wycheproof/${name}_test.json`);
  if (file === undefined) return undefined;
  const { testGroups, numberOfTests }: { testGroups: Group[]; numberOfTests: number } = JSON.parse(file);
  const results = testGroups.flatMap(({ tests }) => tests.map(({ result }) => result));
  assert.equal(results.length, numberOfTests);
  for (const result of results) assert(['valid', 'acceptable', 'invalid'].includes(result), result);
  return testGroups;
}

export const hex = (text: string): Buffer => Buffer.from(text, 'hex');
