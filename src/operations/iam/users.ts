/** Users. Source: IAM API Reference, CreateUser, GetUser, UpdateUser, DeleteUser, ListUsers. */
import { queryOperation } from '#call/query/operation.ts';
import { requireAccount } from '#identity/account-aliases.ts';
import { findEntity } from '#identity/entities/entities.ts';
import { withIamTags } from '#identity/entities/iam-tags.ts';
import { createUser, deleteUser, updateUser } from '#identity/entities/users.ts';
import { accountRootArn, entityArn } from '#identity/names.ts';
import { list, optional, structure } from '#model/schema.ts';
import { ask, askEntity, asksInGeneral, asksOfUser, asksToMake, realmOf } from './ask.ts';
import { pageByPath } from './page-by-path.ts';
import * as shapes from './shapes.ts';
import { listedUser, shownUser } from './shown.ts';
import { askSubject, subjectOf } from './subject.ts';
import { tagPairs } from './tagging.ts';

export const userOperations = [
  queryOperation({
    name: 'CreateUser',
    input: structure({
      Path: optional(shapes.path),
      UserName: shapes.newUserName,
      PermissionsBoundary: optional(shapes.arn),
      Tags: optional(shapes.tags),
    }),
    output: structure({ User: optional(shapes.user) }),
    errors: ['ConcurrentModification', 'EntityAlreadyExists', 'InvalidInput', 'LimitExceeded', 'NoSuchEntity'],
    asks(call) {
      const { UserName: name, Path: path = '/' } = call.input;
      return asksToMake(entityArn(realmOf(call), 'user', { path, name }), 'TagUser', call.input);
    },
    async run(call, identities) {
      const { UserName: name, Path: path = '/', PermissionsBoundary: boundary, Tags } = call.input;
      const tags = withIamTags([], tagPairs(Tags));
      const record = await createUser(identities, realmOf(call), { name, path, boundary, tags });
      return { User: shownUser(realmOf(call), record) };
    },
  }),
  queryOperation({
    name: 'GetUser',
    input: structure({ UserName: optional(shapes.userName) }),
    output: structure({ User: shapes.user }),
    errors: ['NoSuchEntity'],
    asks: (call, identities) => askSubject(call, identities, call.input.UserName),
    async run(call, identities) {
      const realm = realmOf(call);
      const subject = await subjectOf(call, identities, call.input.UserName);
      if (subject.kind === 'user') return { User: shownUser(realm, subject.user) };
      const { accountId, createdAtMs } = await requireAccount(identities.vault.store, call.place.accountId);
      return { User: { UserId: accountId, Arn: accountRootArn(realm), CreateDate: createdAtMs } };
    },
  }),
  queryOperation({
    name: 'UpdateUser',
    input: structure({
      UserName: shapes.userName,
      NewPath: optional(shapes.path),
      NewUserName: optional(shapes.newUserName),
    }),
    errors: [
      'ConcurrentModification',
      'EntityAlreadyExists',
      'EntityTemporarilyUnmodifiable',
      'LimitExceeded',
      'NoSuchEntity',
    ],
    /** IAM API Reference, UpdateUser: permission on both the source and the target object. */
    async asks(call, identities) {
      const { UserName, NewPath, NewUserName } = call.input;
      const present = await findEntity(identities.vault.store, 'user', call.place.accountId, UserName);
      const path = NewPath ?? present?.path ?? '/';
      const target = entityArn(realmOf(call), 'user', { path, name: NewUserName ?? present?.name ?? UserName });
      return [await askEntity(call, identities, { kind: 'user', name: UserName }), ask(target, present?.tags ?? [])];
    },
    async run({ input, place }, identities) {
      const to = { name: input.NewUserName, path: input.NewPath };
      await updateUser(identities, place.accountId, input.UserName, to);
      return {};
    },
  }),
  queryOperation({
    name: 'DeleteUser',
    input: structure({ UserName: shapes.userName }),
    errors: ['ConcurrentModification', 'DeleteConflict', 'LimitExceeded', 'NoSuchEntity'],
    asks: asksOfUser,
    async run({ input, place }, identities) {
      await deleteUser(identities, place.accountId, input.UserName);
      return {};
    },
  }),
  queryOperation({
    name: 'ListUsers',
    input: structure({ PathPrefix: optional(shapes.pathPrefix), ...shapes.pageWish }),
    output: structure({ Users: list(shapes.user), ...shapes.pageEnd }),
    errors: [],
    asks: asksInGeneral,
    async run(call, identities) {
      const { items, ...page } = await pageByPath(call, identities, 'users');
      return { Users: items.map(({ record }) => listedUser(realmOf(call), record)), ...page };
    },
  }),
];
