/** A page of users, roles or groups, narrowed to a path. Source: IAM API Reference, PathPrefix of ListUsers and its kin. */
import { type Listed, listByPath, type PathCollection } from '#identity/entities/listing.ts';
import type { Identities } from '#identity/identities.ts';
import { type IamPage, readIamPage } from '#identity/paging.ts';
import type { AnyCall } from './ask.ts';

interface PathWish {
  readonly PathPrefix?: string | undefined;
  readonly MaxItems?: number | undefined;
  readonly Marker?: string | undefined;
}

/** Throws InvalidInput for a marker of another list. */
export function pageByPath<C extends PathCollection>(
  { input, place: { accountId } }: AnyCall & { readonly input: PathWish },
  identities: Identities,
  collection: C,
): Promise<IamPage<Listed<C>>> {
  const pathPrefix = input.PathPrefix ?? '/';
  const { store } = identities.vault;
  return readIamPage(identities, [`list of ${collection}`, accountId, pathPrefix], input, (after, limit) =>
    listByPath(store, { collection, accountId, pathPrefix }, after, limit),
  );
}
