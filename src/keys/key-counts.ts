/** How many customer managed keys an account has in a Region, without looking at each of them. */
import { resourceQuota } from '#limits/settings.ts';
import type { Place } from '#model/arn.ts';
import { limitExceeded } from '#model/errors.ts';
import type { RecordKey, Transaction } from '#storage/store.ts';

/**
 * Counts a customer managed key that the same transaction makes or destroys; call it before that. Throws
 * LimitExceededException.
 */
export async function countKey(transaction: Transaction, place: Place, by: 1 | -1): Promise<void> {
  const { accountId, region } = place;
  const path = [accountId, region];
  const present = (await transaction.get('keyCounts', path))?.count ?? (await countAll(transaction, path));
  const most = by > 0 ? await resourceQuota(transaction, place, 'keys') : Number.POSITIVE_INFINITY;
  // Diverges: limit-texts
  if (present >= most)
    throw limitExceeded(`Account ${accountId} has as many keys in ${region} as it may have, ${most}.`);
  transaction.put('keyCounts', path, { count: present + by });
}

const pageSize = 1000;

/** Once for each place: for what an earlier version made, which kept no count. */
async function countAll(transaction: Transaction, within: RecordKey): Promise<number> {
  let count = 0;
  let after: RecordKey | undefined;
  do {
    const page = await transaction.list('keys', { within, after, limit: pageSize });
    count += page.filter(({ record }) => record.managedFor === undefined).length;
    after = page.length < pageSize ? undefined : page.at(-1)?.key;
  } while (after !== undefined);
  return count;
}
