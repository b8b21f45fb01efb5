/**
 * What IAM's operations ask of the caller's policies: the ARN of what they touch and the condition keys that go with it.
 * Source: Service Authorization Reference, Actions, resources, and condition keys for AWS Identity and Access Management.
 */
import type { Ask, QueryCall } from '#call/query/operation.ts';
import { type EntityKind, findEntity } from '#identity/entities/entities.ts';
import type { TagPairs } from '#identity/entities/iam-tags.ts';
import type { Identities } from '#identity/identities.ts';
import { entityArn, type Realm } from '#identity/names.ts';
import { partitionOf } from '#model/arn.ts';

export type AnyCall = Pick<QueryCall<unknown>, 'place' | 'caller'>;

/** What a request says of what it makes or changes. */
export interface Said {
  readonly Tags?: readonly { readonly Key: string; readonly Value: string }[] | undefined;
  readonly TagKeys?: readonly string[] | undefined;
  readonly PermissionsBoundary?: string | undefined;
}

export const asksInGeneral = (): readonly Ask[] => [{ resource: '*' }];

export function realmOf({ place }: AnyCall): Realm {
  return { partition: partitionOf(place.region), accountId: place.accountId };
}

/** What an operation on a user, role or group asks. One that does not exist would have the path `/` and no tags. */
export async function askEntity(
  call: AnyCall,
  { vault }: Identities,
  { kind, name }: { readonly kind: EntityKind; readonly name: string },
  said: Said = {},
): Promise<Ask> {
  const record = await findEntity(vault.store, kind, call.place.accountId, name);
  const resource = entityArn(realmOf(call), kind, record ?? { path: '/', name });
  return ask(resource, record !== undefined && 'tags' in record ? record.tags : [], said);
}

/** For operations on the user, role or group that a member names. */
export const asksOfUser = async (
  call: AnyCall & Naming<'UserName'>,
  identities: Identities,
): Promise<readonly Ask[]> => [await askEntity(call, identities, { kind: 'user', name: call.input.UserName })];
export const asksOfRole = async (
  call: AnyCall & Naming<'RoleName'>,
  identities: Identities,
): Promise<readonly Ask[]> => [await askEntity(call, identities, { kind: 'role', name: call.input.RoleName })];
export const asksOfGroup = async (
  call: AnyCall & Naming<'GroupName'>,
  identities: Identities,
): Promise<readonly Ask[]> => [await askEntity(call, identities, { kind: 'group', name: call.input.GroupName })];

/** For operations that make something: its tags need the permission to tag it as well (IAM User Guide, Tagging IAM resources). */
export function asksToMake(resource: string, tagging: string, said: Said): readonly Ask[] {
  const making = ask(resource, [], said);
  return said.Tags?.length ? [making, { ...making, action: `iam:${tagging}` }] : [making];
}

interface Naming<M extends string> {
  readonly input: Readonly<Record<M, string>>;
}

export function ask(resource: string, tags: TagPairs, said: Said = {}): Ask {
  const { Tags = [], TagKeys = Tags.map(({ Key }) => Key), PermissionsBoundary } = said;
  const context = new Map<string, readonly string[]>();
  for (const [key, value] of tags) {
    for (const service of ['iam', 'aws']) context.set(`${service}:resourcetag/${key.toLowerCase()}`, [value]);
  }
  for (const { Key, Value } of Tags) context.set(`aws:requesttag/${Key.toLowerCase()}`, [Value]);
  if (TagKeys.length > 0) context.set('aws:tagkeys', TagKeys);
  if (PermissionsBoundary !== undefined) context.set('iam:permissionsboundary', [PermissionsBoundary]);
  return { resource, context };
}
