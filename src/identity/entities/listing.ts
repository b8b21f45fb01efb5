/** Lists of what has a path, narrowed to those whose path begins in one way. Source: IAM API Reference, PathPrefix. */
import { setImmediate as turn } from 'node:timers/promises';
import type { AccountId } from '#model/arn.ts';
import { listInSteps } from '#storage/steps.ts';
import type { Entry, Reader, RecordKey } from '#storage/store.ts';

export type PathCollection = 'users' | 'roles' | 'groups';

/** A record with its place in the list. */
export type Listed<C extends PathCollection> = Entry<C>;

export interface PathList<C extends PathCollection> {
  readonly collection: C;
  readonly accountId: AccountId;
  readonly pathPrefix: string;
}

/** Up to `limit` records after a key, in the order of their names. */
export async function listByPath<C extends PathCollection>(
  reader: Reader,
  { collection, accountId, pathPrefix }: PathList<C>,
  after: RecordKey | undefined,
  limit: number,
): Promise<readonly Listed<C>[]> {
  const found: Listed<C>[] = [];
  for (let from = after; ; ) {
    const batch = await reader.list(collection, { within: [accountId], after: from, limit });
    found.push(...batch.filter(({ record }) => record.path.startsWith(pathPrefix)));
    from = batch.at(-1)?.key;
    if (found.length >= limit || batch.length < limit) return found.slice(0, limit);
    await turn(); // others are waiting
  }
}

/** All that an account has of a kind. */
export function listWhole<C extends PathCollection | 'policies' | 'openIdProviders'>(
  reader: Reader,
  collection: C,
  accountId: AccountId,
): Promise<readonly Entry<C>[]> {
  return listInSteps(reader, collection, [accountId]);
}
