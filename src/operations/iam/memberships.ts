/** Who is in which group. Source: IAM API Reference, AddUserToGroup, RemoveUserFromGroup, ListGroupsForUser. */
import { queryOperation } from '#call/query/operation.ts';
import { findEntity, requireEntity } from '#identity/entities/entities.ts';
import { addToGroup, removeFromGroup } from '#identity/entities/groups.ts';
import { readIamPageOf } from '#identity/paging.ts';
import { list, structure } from '#model/schema.ts';
import { asksOfGroup, asksOfUser, realmOf } from './ask.ts';
import * as shapes from './shapes.ts';
import { shownGroup } from './shown.ts';

const input = structure({ GroupName: shapes.groupName, UserName: shapes.userName });

export const membershipOperations = [
  queryOperation({
    name: 'AddUserToGroup',
    input,
    errors: ['LimitExceeded', 'NoSuchEntity'],
    asks: asksOfGroup,
    async run({ input: { GroupName: group, UserName: user }, place: { accountId } }, identities) {
      await addToGroup(identities, { accountId, group, user });
      return {};
    },
  }),
  queryOperation({
    name: 'RemoveUserFromGroup',
    input,
    errors: ['LimitExceeded', 'NoSuchEntity'],
    asks: asksOfGroup,
    async run({ input: { GroupName: group, UserName: user }, place: { accountId } }, identities) {
      await removeFromGroup(identities, { accountId, group, user });
      return {};
    },
  }),
  queryOperation({
    name: 'ListGroupsForUser',
    input: structure({ UserName: shapes.userName, ...shapes.pageWish }),
    output: structure({ Groups: list(shapes.group), ...shapes.pageEnd }),
    errors: ['NoSuchEntity'],
    asks: asksOfUser,
    async run(call, identities) {
      const { store } = identities.vault;
      const { accountId } = call.place;
      const user = await requireEntity(store, 'user', accountId, call.input.UserName);
      const named = user.groups.map((group) => [group, group] as const);
      const { items, ...page } = await readIamPageOf(
        identities,
        ['ListGroupsForUser', accountId, user.userId],
        call.input,
        named,
      );
      const found = await Promise.all(items.map(({ item }) => findEntity(store, 'group', accountId, item)));
      const groups = found.filter((group) => group !== undefined); // one may have been deleted meanwhile
      return { Groups: groups.map((group) => shownGroup(realmOf(call), group)), ...page };
    },
  }),
];
