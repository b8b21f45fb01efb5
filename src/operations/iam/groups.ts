/** Groups. Source: IAM API Reference, CreateGroup, GetGroup, UpdateGroup, DeleteGroup, ListGroups. */
import { queryOperation } from '#call/query/operation.ts';
import { entityPath, findEntity, requireEntity } from '#identity/entities/entities.ts';
import { createGroup, deleteGroup, updateGroup } from '#identity/entities/groups.ts';
import { entityArn } from '#identity/names.ts';
import { readIamPage } from '#identity/paging.ts';
import { list, optional, structure } from '#model/schema.ts';
import { ask, askEntity, asksInGeneral, asksOfGroup, realmOf } from './ask.ts';
import { pageByPath } from './page-by-path.ts';
import * as shapes from './shapes.ts';
import { listedUser, shownGroup } from './shown.ts';

export const groupOperations = [
  queryOperation({
    name: 'CreateGroup',
    input: structure({ Path: optional(shapes.path), GroupName: shapes.groupName }),
    output: structure({ Group: shapes.group }),
    errors: ['EntityAlreadyExists', 'LimitExceeded', 'NoSuchEntity'],
    asks(call) {
      const { GroupName: name, Path: path = '/' } = call.input;
      return [ask(entityArn(realmOf(call), 'group', { path, name }), [])];
    },
    async run(call, identities) {
      const { GroupName: name, Path: path = '/' } = call.input;
      const record = await createGroup(identities, call.place.accountId, { name, path });
      return { Group: shownGroup(realmOf(call), record) };
    },
  }),
  queryOperation({
    name: 'GetGroup',
    input: structure({ GroupName: shapes.groupName, ...shapes.pageWish }),
    output: structure({ Group: shapes.group, Users: list(shapes.user), ...shapes.pageEnd }),
    errors: ['NoSuchEntity'],
    asks: asksOfGroup,
    async run(call, identities) {
      const { store } = identities.vault;
      const { accountId } = call.place;
      const group = await requireEntity(store, 'group', accountId, call.input.GroupName);
      const within = entityPath(accountId, group.name);
      const { items, ...page } = await readIamPage(
        identities,
        ['GetGroup', accountId, group.groupId],
        call.input,
        (after, limit) => store.list('groupMembers', { within, after, limit }),
      );
      const members = await Promise.all(items.map(({ key }) => findEntity(store, 'user', accountId, key.at(-1) ?? '')));
      const users = members.filter((user) => user !== undefined); // one may have been deleted meanwhile
      const realm = realmOf(call);
      return { Group: shownGroup(realm, group), Users: users.map((user) => listedUser(realm, user)), ...page };
    },
  }),
  queryOperation({
    name: 'UpdateGroup',
    input: structure({
      GroupName: shapes.groupName,
      NewPath: optional(shapes.path),
      NewGroupName: optional(shapes.groupName),
    }),
    errors: ['EntityAlreadyExists', 'LimitExceeded', 'NoSuchEntity'],
    /** IAM API Reference, UpdateGroup: permission on both the source and the target object. */
    async asks(call, identities) {
      const { GroupName, NewPath, NewGroupName } = call.input;
      const present = await findEntity(identities.vault.store, 'group', call.place.accountId, GroupName);
      const path = NewPath ?? present?.path ?? '/';
      const target = entityArn(realmOf(call), 'group', { path, name: NewGroupName ?? present?.name ?? GroupName });
      return [await askEntity(call, identities, { kind: 'group', name: GroupName }), ask(target, [])];
    },
    async run({ input, place }, identities) {
      const to = { name: input.NewGroupName, path: input.NewPath };
      await updateGroup(identities, place.accountId, input.GroupName, to);
      return {};
    },
  }),
  queryOperation({
    name: 'DeleteGroup',
    input: structure({ GroupName: shapes.groupName }),
    errors: ['DeleteConflict', 'LimitExceeded', 'NoSuchEntity'],
    asks: asksOfGroup,
    async run({ input, place }, identities) {
      await deleteGroup(identities, place.accountId, input.GroupName);
      return {};
    },
  }),
  queryOperation({
    name: 'ListGroups',
    input: structure({ PathPrefix: optional(shapes.pathPrefix), ...shapes.pageWish }),
    output: structure({ Groups: list(shapes.group), ...shapes.pageEnd }),
    errors: [],
    asks: asksInGeneral,
    async run(call, identities) {
      const { items, ...page } = await pageByPath(call, identities, 'groups');
      return { Groups: items.map(({ record }) => shownGroup(realmOf(call), record)), ...page };
    },
  }),
];
