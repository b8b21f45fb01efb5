/** Reading a great deal of a store without keeping requests waiting. */
import { setImmediate as turn } from 'node:timers/promises';
import type { CollectionName, Entry, Reader, RecordKey } from './store.ts';

/** A step takes about half a millisecond. */
const pageSize = 100;

/** All records whose keys begin with these parts, or the first of them, read in small steps: not at one moment. */
export async function listInSteps<C extends CollectionName>(
  reader: Reader,
  collection: C,
  within: RecordKey,
  most = Number.MAX_SAFE_INTEGER,
): Promise<readonly Entry<C>[]> {
  const found: Entry<C>[] = [];
  for (;;) {
    const limit = Math.min(pageSize, most - found.length);
    const page: readonly Entry<C>[] = await reader.list(collection, { within, after: found.at(-1)?.key, limit });
    found.push(...page);
    if (page.length < pageSize || found.length >= most) return found;
    await turn();
  }
}
