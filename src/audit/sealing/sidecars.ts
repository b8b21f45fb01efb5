/** All that is worked out of segments once they are closed. */
import { searchIndex } from '#audit/search/search-index.ts';
import type { Sidecar } from '#audit/sidecar.ts';
import { usageSidecar } from '#audit/usage/usage-sidecar.ts';

export const sidecars: readonly Sidecar[] = [searchIndex, usageSidecar];
