/**
 * The three operations on the tags of a kind of thing: `Tag…`, `Untag…`, `List…Tags`. Source: IAM API Reference, TagUser,
 * UntagUser, ListUserTags; the others are the same but for the member that names the thing.
 */
import { type Ask, type QueryOperation, queryOperation } from '#call/query/operation.ts';
import { changeEntity, requireEntity } from '#identity/entities/entities.ts';
import { type TagPairs, withIamTags, withoutIamTags } from '#identity/entities/iam-tags.ts';
import type { Identities } from '#identity/identities.ts';
import { readIamPageOf } from '#identity/paging.ts';
import { type Members, type Shape, structure } from '#model/schema.ts';
import { type AnyCall, askEntity, type Said } from './ask.ts';
import * as shapes from './shapes.ts';

/** A kind of thing that has tags. */
export interface Taggable {
  /** As in the names of the operations: `User`. */
  readonly noun: string;
  /** The member that names one, and what it may hold. */
  readonly member: string;
  readonly name: Shape<string>;
  ask(call: AnyCall, identities: Identities, name: string, said?: Said): Promise<Ask>;
  /** Throws NoSuchEntity. */
  read(call: AnyCall, identities: Identities, name: string): Promise<TagPairs>;
  /** In one transaction. Throws NoSuchEntity, and whatever `change` does. */
  change(call: AnyCall, identities: Identities, name: string, change: (tags: TagPairs) => TagPairs): Promise<void>;
}

export function taggingOperations(taggable: Taggable): readonly QueryOperation[] {
  const { noun, member } = taggable;
  const named: Members = { [member]: taggable.name };
  const nameIn = (input: object) => (input as Record<string, string>)[member] ?? ''; // required by `named`
  return [
    queryOperation({
      name: `Tag${noun}`,
      input: structure({ ...named, Tags: shapes.tags }),
      errors: ['ConcurrentModification', 'InvalidInput', 'LimitExceeded', 'NoSuchEntity'],
      asks: async (call, identities) => [await taggable.ask(call, identities, nameIn(call.input), call.input as Said)],
      async run(call, identities) {
        const added = tagPairs((call.input as Said).Tags);
        await taggable.change(call, identities, nameIn(call.input), (present) => withIamTags(present, added));
        return {};
      },
    }),
    queryOperation({
      name: `Untag${noun}`,
      input: structure({ ...named, TagKeys: shapes.tagKeys }),
      errors: ['ConcurrentModification', 'InvalidInput', 'NoSuchEntity'],
      asks: async (call, identities) => [await taggable.ask(call, identities, nameIn(call.input), call.input as Said)],
      async run(call, identities) {
        const removed = (call.input as Said).TagKeys ?? [];
        await taggable.change(call, identities, nameIn(call.input), (present) => withoutIamTags(present, removed));
        return {};
      },
    }),
    queryOperation({
      name: `List${noun}Tags`,
      input: structure({ ...named, ...shapes.pageWish }),
      output: structure({ Tags: shapes.tags, ...shapes.pageEnd }),
      errors: ['InvalidInput', 'NoSuchEntity'],
      asks: async (call, identities) => [await taggable.ask(call, identities, nameIn(call.input))],
      async run(call, identities) {
        const name = nameIn(call.input);
        const tags = await taggable.read(call, identities, name);
        const list = [`List${noun}Tags`, call.place.accountId, name];
        // By place, because a marker has no room for a long key. Two digits: there are 50 at most.
        const ordered = tags.toSorted(([a], [b]) => (a < b ? -1 : 1));
        const places = ordered.map((tag, place) => [String(place).padStart(2, '0'), tag] as const);
        const { items, ...page } = await readIamPageOf(identities, list, call.input, places);
        return { Tags: shownTags(items.map(({ item }) => item)), ...page };
      },
    }),
  ];
}

export function tagPairs(tags: Said['Tags'] = []): TagPairs {
  return tags.map(({ Key, Value }) => [Key, Value]);
}

export function shownTags(tags: TagPairs) {
  return tags.map(([Key, Value]) => ({ Key, Value }));
}

/** Users and roles. */
export const entityTagging = (
  [
    ['user', 'User', shapes.userName],
    ['role', 'Role', shapes.roleName],
  ] as const
).flatMap(([kind, noun, name]) =>
  taggingOperations({
    noun,
    member: `${noun}Name`,
    name,
    ask: (call, identities, named, said) => askEntity(call, identities, { kind, name: named }, said),
    async read({ place }, { vault }, named) {
      return (await requireEntity(vault.store, kind, place.accountId, named)).tags;
    },
    async change({ place }, identities, named, change) {
      const entity = { accountId: place.accountId, name: named };
      await changeEntity(identities, kind, entity, (record) => ({ ...record, tags: change(record.tags) }));
    },
  }),
);
