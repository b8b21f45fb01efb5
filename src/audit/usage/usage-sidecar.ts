/** The figures of usage of each closed segment, in a file beside it. It stays when the segment goes. */
import { usageEnding } from '#audit/segments.ts';
import type { Sidecar } from '#audit/sidecar.ts';
import { Tally } from './tally.ts';

export const usageSidecar: Sidecar = { ending: usageEnding, begin: () => new Tally() };
