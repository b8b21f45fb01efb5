/** Pages of IAM's lists. Source: IAM API Reference, Marker, MaxItems and IsTruncated of each list action. */
import { openMarker, sealMarker } from '#custody/markers.ts';
import { invalidInput } from '#model/iam-errors.ts';
import type { RecordKey } from '#storage/store.ts';
import type { Identities } from './identities.ts';

export interface IamPage<T> {
  readonly items: readonly T[];
  readonly IsTruncated: boolean;
  readonly Marker: string | undefined;
}

export const defaultItems = 100;

/**
 * Reads one page. `list` names the list: the operation, the account, and what it is narrowed to. `fetch` returns up to
 * `limit` items after a key, each with its own key. Throws InvalidInput for a marker of another list.
 */
export async function readIamPage<T extends { readonly key: RecordKey }>(
  { markerKey }: Identities,
  list: readonly string[],
  wish: { readonly MaxItems?: number | undefined; readonly Marker?: string | undefined },
  fetch: (after: RecordKey | undefined, limit: number) => Promise<readonly T[]>,
): Promise<IamPage<T>> {
  const limit = wish.MaxItems ?? defaultItems;
  const after = wish.Marker === undefined ? undefined : openMarker(markerKey, list, wish.Marker);
  if (wish.Marker !== undefined && after === undefined) throw invalidInput('Invalid Marker.');
  const found = await fetch(after, limit + 1);
  const items = found.slice(0, limit);
  const last = items.at(-1);
  const IsTruncated = found.length > limit && last !== undefined;
  return { items, IsTruncated, Marker: IsTruncated ? sealMarker(markerKey, list, last.key) : undefined };
}

/** A page of a list that is at hand, in the order of the items' names. */
export function readIamPageOf<T>(
  identities: Identities,
  list: readonly string[],
  wish: { readonly MaxItems?: number | undefined; readonly Marker?: string | undefined },
  items: readonly (readonly [name: string, item: T])[],
): Promise<IamPage<{ readonly key: RecordKey; readonly item: T }>> {
  const ordered = items.toSorted(([a], [b]) => (a < b ? -1 : Number(a > b)));
  return readIamPage(identities, list, wish, async (after, limit) => {
    const from = after?.[0];
    const rest = from === undefined ? ordered : ordered.filter(([name]) => name > from);
    return rest.slice(0, limit).map(([name, item]) => ({ key: [name], item }));
  });
}
