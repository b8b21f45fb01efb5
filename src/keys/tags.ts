/** The rules of tags. Source: AWS KMS API Reference, TagResource and Tag; kms-semantics, Tags. */
import { tagProblem } from '#model/errors.ts';
import { quotas } from '#model/quotas.ts';

export type Tags = readonly (readonly [key: string, value: string])[];

/** Throws TagException for a reserved key or for the same key twice in one request. */
export function requireOwnTags(tagKeys: readonly string[]): void {
  // Diverges: untag-checks
  if (tagKeys.some((key) => key.toLowerCase().startsWith('aws:')))
    throw tagProblem('Tags beginning with aws: are reserved');
  if (new Set(tagKeys).size !== tagKeys.length) throw tagProblem('Duplicate tag keys');
}

/** `added` over `present`: values are overwritten, places kept. Throws TagException where there are too many. */
export function withTags(present: Tags, added: Tags): Tags {
  const merged = new Map([...present, ...added]);
  // Diverges: tag-limit
  if (merged.size > quotas.tagsPerKey) throw tagProblem('Too many tags');
  return [...merged];
}

/** Keys that are not there are ignored. */
export function withoutTags(present: Tags, tagKeys: readonly string[]): Tags {
  const removed = new Set(tagKeys);
  return present.filter(([key]) => !removed.has(key));
}
