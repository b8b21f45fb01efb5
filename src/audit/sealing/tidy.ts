/** What a process that was killed has left among the segments, and what is still to be done. */
import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Head } from '#audit/head.ts';
import { compressedEnding, plainEnding, type Segments } from '#audit/segments.ts';
import { draftEnding } from './seal.ts';

/** Removes drafts and segments that have been dropped; returns which closed ones are not sealed, in order. */
export function tidy(
  segments: Segments,
  { firstSegment, segment: current }: Pick<Head, 'firstSegment' | 'segment'>,
  endings: readonly string[],
): readonly number[] {
  segments.removeBefore(firstSegment);
  const found = new Map<number, string[]>();
  for (const name of readdirSync(segments.directory)) {
    const [, digits, ending = ''] = /^(\d{12})(\..*)$/.exec(name) ?? [];
    const segment = Number(digits);
    if (ending.endsWith(draftEnding)) rmSync(join(segments.directory, name), { force: true });
    else if (segment >= firstSegment && segment < current) found.set(segment, [...(found.get(segment) ?? []), ending]);
  }
  const wanted = [compressedEnding, ...endings];
  const isSealed = (there: readonly string[]) =>
    !there.includes(plainEnding) && wanted.every((ending) => there.includes(ending));
  return [...found]
    .filter(([, there]) => !isSealed(there))
    .map(([segment]) => segment)
    .sort((a, b) => a - b);
}
