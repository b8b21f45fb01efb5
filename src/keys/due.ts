/** Work that falls due by the clock: what an index has whose keys begin with a date. */
import { setImmediate as turn } from 'node:timers/promises';
import type { Vault } from '#custody/vault.ts';
import type { Entry, RecordKey } from '#storage/store.ts';

const pageSize = 1000;

/** A date as the first part of a key, in the order of time: fifteen digits of milliseconds last until the year 33658. */
export function datePart(ms: number): string {
  return String(ms).padStart(15, '0');
}

/**
 * Does `work` for every entry whose date has come, the earliest first. One that fails keeps no other from being done; after
 * the last, AggregateError is thrown.
 */
export async function forEachDue<C extends 'rotations' | 'expiries' | 'deletions'>(
  { store, clock }: Vault,
  index: C,
  work: (entry: Entry<C>) => Promise<void>,
): Promise<void> {
  const now = clock.now();
  const failures: unknown[] = [];
  let after: RecordKey | undefined;
  do {
    const page: readonly Entry<C>[] = await store.list(index, { within: [], after, limit: pageSize });
    const due = page.filter(({ key: [date] }) => Number(date) <= now);
    for (const entry of due) {
      await work(entry).catch((error: unknown) => failures.push(error));
      await turn(); // requests are waiting
    }
    after = due.length === pageSize ? due.at(-1)?.key : undefined;
  } while (after !== undefined);
  if (failures.length === 0) return;
  throw new AggregateError(failures, `${failures.length} of what is due could not be done.`, { cause: failures[0] });
}
