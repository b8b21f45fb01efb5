/** All that is worked out of segments once they are closed. */
import { searchIndex } from '#audit/search/search-index.ts';
import type { Sidecar } from '#audit/sidecar.ts';

export const sidecars: readonly Sidecar[] = [searchIndex];
