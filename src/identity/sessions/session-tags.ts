/** Session tags: those passed, and those that a chain of roles hands on. Source: IAM User Guide, Passing session tags in STS. */
import { invalid } from '#model/errors.ts';
import type { TagPairs } from '#storage/store.ts';

export interface SessionTags {
  readonly tags: TagPairs;
  /** Of the tags that go on to the sessions that this one makes. */
  readonly transitiveTagKeys: readonly string[];
}

export const noTags: SessionTags = { tags: [], transitiveTagKeys: [] };

const mostTags = 50;

/** The tags of a new session. `inherited` are the calling session's transitive ones. Throws ValidationException. */
export function joinSessionTags(passed: SessionTags, inherited: TagPairs): SessionTags {
  const keys = passed.tags.map(([key]) => key.toLowerCase());
  const held = inherited.map(([key]) => key.toLowerCase());
  if (keys.some((key) => key.startsWith('aws:'))) {
    throw invalid('"aws:" prefixed tag key names are not allowed for external use.');
  }
  if (new Set(keys).size < keys.length) {
    throw invalid('Duplicate tag keys found. Please note that Tag keys are case insensitive.');
  }
  if (keys.some((key) => held.includes(key))) {
    throw invalid(
      "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from the calling session.",
    );
  }
  if (!passed.transitiveTagKeys.every((key) => [...keys, ...held].includes(key.toLowerCase()))) {
    throw invalid('The specified transitive tag key must be included in the requested tags.');
  }
  const tags = [...inherited, ...passed.tags];
  if (tags.length > mostTags) throw invalid(`A session can have at most ${mostTags} tags.`);
  const isTransitive = new Set([...held, ...passed.transitiveTagKeys.map((key) => key.toLowerCase())]);
  const transitiveTagKeys = tags.map(([key]) => key).filter((key) => isTransitive.has(key.toLowerCase()));
  return { tags, transitiveTagKeys };
}
