/**
 * A page of a bucket's objects, with those that share a prefix up to the delimiter rolled up into that prefix. Source: Amazon S3 User
 * Guide, Organizing objects using prefixes; API Reference, ListObjectsV2.
 */
import type { DeliveredFile, DeliveredFiles } from '#audit/delivery/delivered-files.ts';
import type { AccountId } from '#model/arn.ts';

export interface ListingWish {
  readonly prefix: string;
  /** Empty for none. */
  readonly delimiter: string;
  /** The key or the common prefix after which the page begins; empty for the first. */
  readonly after: string;
  readonly limit: number;
}

export interface Listing {
  readonly files: readonly DeliveredFile[];
  readonly commonPrefixes: readonly string[];
  /** The last key or common prefix of the page, where there is more. */
  readonly last: string | undefined;
}

/** How many files are read at a time where most of them may be rolled up. */
const batchToRollUp = 64;
/** In UTF-8 no key with this prefix comes after one that goes on with it. */
const lastCharacter = '\u{10ffff}';

export async function listPage(files: DeliveredFiles, accountId: AccountId, wish: ListingWish): Promise<Listing> {
  const { prefix, delimiter, limit } = wish;
  const page = { files: [] as DeliveredFile[], commonPrefixes: [] as string[] };
  let last = '';
  const count = () => page.files.length + page.commonPrefixes.length;
  for await (const { file, group } of entries(files, accountId, wish)) {
    if (count() === limit) return { ...page, last: limit === 0 ? undefined : last };
    if (group === undefined) page.files.push(file);
    else page.commonPrefixes.push(group);
    last = group ?? file.key;
  }
  return { ...page, last: undefined };

  async function* entries(from: DeliveredFiles, whose: AccountId, { after }: ListingWish) {
    let at = groupOf(after) === after ? after + lastCharacter : after;
    for (;;) {
      const size = delimiter === '' ? limit + 1 : batchToRollUp;
      const batch = await from.list(whose, { prefix, after: at, limit: size });
      let seen: string | undefined;
      for (const file of batch) {
        const group = groupOf(file.key);
        if (group !== undefined && group === seen) continue;
        seen = group;
        yield { file, group };
      }
      if (batch.length < size) return;
      at = seen === undefined ? (batch.at(-1)?.key ?? at) : seen + lastCharacter;
    }
  }

  /** The common prefix that a key is rolled up into; of a common prefix, itself. */
  function groupOf(key: string): string | undefined {
    if (delimiter === '' || !key.startsWith(prefix)) return undefined;
    const end = key.indexOf(delimiter, prefix.length);
    return end < 0 ? undefined : key.slice(0, end + delimiter.length);
  }
}
