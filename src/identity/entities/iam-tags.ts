/**
 * Tags of IAM's resources. Keys that differ in case only are one key, and its case is kept. Source: IAM User Guide, Tags for
 * IAM resources, Rules for tagging in IAM and AWS STS.
 */
import { invalidInput, quotaExceeded } from '#model/iam-errors.ts';
import type { TagPairs } from '#storage/store.ts';

export type { TagPairs };

export const tagsPerResource = 50;

// Diverges: iam-tag-case
/** `added` over `present`: places are kept. Throws InvalidInput for reserved or repeated keys, and LimitExceeded. */
export function withIamTags(present: TagPairs, added: TagPairs): TagPairs {
  const keys = added.map(([key]) => key.toLowerCase());
  if (keys.some((key) => key.startsWith('aws:'))) throw invalidInput('Tag keys beginning with aws: are reserved.');
  if (new Set(keys).size !== keys.length) {
    throw invalidInput('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  const merged = new Map([...present, ...added].map((tag) => [tag[0].toLowerCase(), tag]));
  if (merged.size > tagsPerResource) throw quotaExceeded('TagsPerResource', tagsPerResource);
  return [...merged.values()];
}

/** Keys that are not there are ignored. */
export function withoutIamTags(present: TagPairs, keys: readonly string[]): TagPairs {
  const removed = new Set(keys.map((key) => key.toLowerCase()));
  return present.filter(([key]) => !removed.has(key.toLowerCase()));
}
