/** The quotas that operators have set, in the store, and the ways in which they change. */
import type { QuotaChange, QuotaSettingsRecord, Reader, Store } from '#storage/store.ts';

/** What was asked for cannot be done; the text says why. */
export class QuotaError extends Error {
  override readonly name = 'QuotaError';
}

/** Every one of them is looked at when a bucket is made. */
const mostChanges = 1000;
const nothing: QuotaSettingsRecord = { changes: [] };

export async function readKept(reader: Reader): Promise<QuotaSettingsRecord> {
  return (await reader.get('quotas', ['settings'])) ?? nothing;
}

/** One transaction. Rejects with what `change` throws, and then nothing has changed. */
export async function changeKept(
  store: Store,
  change: (kept: QuotaSettingsRecord) => QuotaSettingsRecord,
): Promise<QuotaSettingsRecord> {
  return store.write(async (transaction) => {
    const changed = change(await readKept(transaction));
    transaction.put('quotas', ['settings'], changed);
    return changed;
  });
}

/** In the place of what was set for the same. Throws QuotaError. */
export function withChange(kept: QuotaSettingsRecord, change: QuotaChange): QuotaSettingsRecord {
  const others = kept.changes.filter((one) => !isSame(one, change));
  if (others.length >= mostChanges) throw new QuotaError(`No more than ${mostChanges} quotas can be set.`);
  return { ...kept, changes: [...others, change] };
}

/** As if it had never been set. Throws QuotaError. */
export function withoutChange(kept: QuotaSettingsRecord, change: Omit<QuotaChange, 'value'>): QuotaSettingsRecord {
  const others = kept.changes.filter((one) => !isSame(one, change));
  if (others.length === kept.changes.length) throw new QuotaError(`${change.quota} has not been set for that.`);
  return { ...kept, changes: others };
}

function isSame(one: Omit<QuotaChange, 'value'>, other: Omit<QuotaChange, 'value'>): boolean {
  return one.quota === other.quota && one.accountId === other.accountId && one.region === other.region;
}
