/**
 * Pages of a list. A marker is where to go on, sealed for one list of one account and Region: clients cannot read it,
 * make one, or use one elsewhere. Source: AWS KMS API Reference, Marker and Truncated.
 */
import { openMarker, sealMarker } from '#custody/markers.ts';
import type { Place } from '#model/arn.ts';
import { invalidMarker } from '#model/errors.ts';
import type { RecordKey } from '#storage/store.ts';
import type { Keyring } from './keyring.ts';

/** One list as one caller sees it; a marker of one is no marker of another. */
export interface Listing {
  readonly operation: string;
  readonly place: Place;
  /** What the list is limited to, where the request says so. */
  readonly filter?: string | undefined;
}

export interface PageWish {
  readonly Limit?: number | undefined;
  readonly Marker?: string | undefined;
}

export interface Page<T> {
  readonly items: readonly T[];
  readonly NextMarker: string | undefined;
  readonly Truncated: boolean;
}

export interface PageSize {
  readonly default: number;
  readonly max: number;
}

/**
 * Reads one page. `fetch` returns up to `limit` items after a key, each with its own key. Throws
 * InvalidMarkerException. A Limit beyond what the operation gives at once is taken as its maximum.
 */
export async function readPage<T extends { readonly key: RecordKey }>(
  { keyring, listing, size }: { keyring: Keyring; listing: Listing; size: PageSize },
  wish: PageWish,
  fetch: (after: RecordKey | undefined, limit: number) => Promise<readonly T[]>,
): Promise<Page<T>> {
  // Diverges: limit-clamped
  const limit = Math.min(wish.Limit ?? size.default, size.max);
  const after = wish.Marker === undefined ? undefined : open(keyring, listing, wish.Marker);
  const found = await fetch(after, limit + 1);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const Truncated = found.length > limit && last !== undefined;
  return {
    items,
    Truncated,
    NextMarker: Truncated ? sealMarker(keyring.markerKey, listOf(listing), last.key) : undefined,
  };
}

function open({ markerKey }: Keyring, listing: Listing, marker: string): RecordKey {
  const after = openMarker(markerKey, listOf(listing), marker);
  // Diverges: marker-scope
  if (after === undefined) throw invalidMarker();
  return after;
}

function listOf({ operation, place, filter }: Listing): readonly string[] {
  return [operation, place.accountId, place.region, filter ?? ''];
}
