/** The figures of usage of each closed segment, in a file beside it. It stays when the segment goes. */
import type { Sidecar } from '#audit/sidecar.ts';
import { Tally } from './tally.ts';

export const usageEnding = '.usage.json';

export const usageSidecar: Sidecar = { ending: usageEnding, begin: () => new Tally() };
