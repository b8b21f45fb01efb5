import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeEntity } from '#identity/entities/entities.ts';
import { assertIndexes, type Iam, openIam } from '#test/harness/iam.ts';
import { usersAndRolesOperations } from './users-and-roles-registry.ts';

const start = () => openIam(usersAndRolesOperations);
const boundaryArn = 'arn:aws:iam::aws:policy/AdministratorAccess';
const boundary = { PermissionsBoundaryType: 'PermissionsBoundaryPolicy', PermissionsBoundaryArn: boundaryArn };

async function attach({ identities, place }: Iam, kind: 'user' | 'group', name: string, policies: readonly string[]) {
  await changeEntity(identities, kind, { accountId: place.accountId, name }, (record, transaction) => {
    for (const policy of policies) {
      transaction.put('policyUses', [place.accountId, policy, kind, name.toLowerCase()], {});
    }
    return { ...record, attachedPolicies: policies };
  });
}

test('a user is made with path, tags and boundary, and GetUser shows all of it', async () => {
  const iam = await start();
  const Tags = [{ Key: 'team', Value: 'payments' }];
  const { User } = await iam.ok('CreateUser', {
    UserName: 'Alice',
    Path: '/team/',
    PermissionsBoundary: boundaryArn,
    Tags,
  });
  assert.match(User.UserId, /^AIDA[A-Z2-7]{17}$/);
  assert.deepEqual(User, {
    Path: '/team/',
    UserName: 'Alice',
    UserId: User.UserId,
    Arn: 'arn:aws:iam::111122223333:user/team/Alice',
    CreateDate: iam.clock.now() / 1000,
    PermissionsBoundary: boundary,
    Tags,
  });
  assert.deepEqual(await iam.ok('GetUser', { UserName: 'aLICE' }), { User });
  await assertIndexes(iam);
});

test('names that differ in case only are one name', async () => {
  const iam = await start();
  await iam.ok('CreateUser', { UserName: 'Alice' });
  const { name, message } = await iam.refused('CreateUser', { UserName: 'ALICE' });
  assert.equal(`${name}: ${message}`, 'EntityAlreadyExists: User with name ALICE already exists.');
});

test('lists show neither tags nor boundary, go by path, and come in pages', async () => {
  const iam = await start();
  for (const UserName of ['c', 'A', 'b', 'd']) {
    const Path = UserName === 'b' ? '/' : '/team/';
    await iam.ok('CreateUser', { UserName, Path, PermissionsBoundary: boundaryArn, Tags: [{ Key: 'k', Value: '' }] });
  }
  const first = await iam.ok('ListUsers', { PathPrefix: '/te', MaxItems: 2 });
  const names = (page: { Users: { UserName: string }[] }) => page.Users.map(({ UserName }) => UserName);
  assert.deepEqual([names(first), first.IsTruncated], [['A', 'c'], true]);
  assert.deepEqual(Object.keys(first.Users[0]), ['Path', 'UserName', 'UserId', 'Arn', 'CreateDate']);
  const second = await iam.ok('ListUsers', { PathPrefix: '/te', MaxItems: 2, Marker: first.Marker });
  assert.deepEqual([names(second), second.IsTruncated, second.Marker], [['d'], false, undefined]);
  assert(first.Marker.length <= 320);
  await iam.ok('ListUsers', { MaxItems: 1 });
  const wrong = await iam.ok('ListUsers', { Marker: first.Marker }).catch((error) => error);
  assert.equal(wrong.name, 'InvalidInput');
});

test('a renamed user keeps its id, its groups and its policies, and every index follows', async () => {
  const iam = await start();
  const { User } = await iam.ok('CreateUser', { UserName: 'Alice', PermissionsBoundary: boundaryArn });
  await iam.ok('CreateUser', { UserName: 'Bob' });
  await iam.ok('CreateGroup', { GroupName: 'Team' });
  await iam.ok('AddUserToGroup', { GroupName: 'team', UserName: 'alice' });
  await attach(iam, 'user', 'Alice', ['aws:policy/ReadOnlyAccess']);
  const caller = await iam.caller('Alice');
  assert.equal(
    (await iam.refused('UpdateUser', { UserName: 'Alice', NewUserName: 'BOB' })).name,
    'EntityAlreadyExists',
  );
  await iam.ok('UpdateUser', { UserName: 'alice', NewUserName: 'Carol', NewPath: '/new/' });
  await assertIndexes(iam);
  const { User: renamed } = await iam.ok('GetUser', {}, caller);
  assert.deepEqual(
    [renamed.UserId, renamed.Arn],
    [User.UserId, 'arn:aws:iam::111122223333:user/new/Carol'],
    'the caller is found by id',
  );
  assert.equal((await iam.refused('GetUser', { UserName: 'Alice' })).name, 'NoSuchEntity');
  await iam.ok('UpdateUser', { UserName: 'Carol', NewUserName: 'CAROL' });
  assert.equal((await iam.ok('GetGroup', { GroupName: 'Team' })).Users[0].UserName, 'CAROL');
  await assertIndexes(iam);
});

test('a user is deleted only when it has nothing left, and a later one of the name is somebody else', async () => {
  const iam = await start();
  const { User } = await iam.ok('CreateUser', { UserName: 'Alice', PermissionsBoundary: boundaryArn });
  await iam.ok('CreateGroup', { GroupName: 'Team' });
  await iam.ok('AddUserToGroup', { GroupName: 'Team', UserName: 'Alice' });
  const { AccessKey } = await iam.ok('CreateAccessKey', { UserName: 'Alice' });
  await attach(iam, 'user', 'Alice', ['aws:policy/ReadOnlyAccess']);
  const conflict = async () => (await iam.refused('DeleteUser', { UserName: 'Alice' })).message;
  assert.equal(await conflict(), 'Cannot delete entity, must delete access keys first.');
  await iam.ok('DeleteAccessKey', { UserName: 'Alice', AccessKeyId: AccessKey.AccessKeyId });
  assert.equal(await conflict(), 'Cannot delete entity, must remove users from group first.');
  await iam.ok('RemoveUserFromGroup', { GroupName: 'Team', UserName: 'Alice' });
  assert.equal(await conflict(), 'Cannot delete entity, must detach all policies first.');
  await iam.identities.vault.store.write(async (transaction) =>
    transaction.delete('policyUses', ['111122223333', 'aws:policy/ReadOnlyAccess', 'user', 'alice']),
  );
  await changeEntity(iam.identities, 'user', { accountId: iam.place.accountId, name: 'Alice' }, (record) => ({
    ...record,
    attachedPolicies: [],
    inlinePolicies: [['own', '{}']],
  }));
  assert.equal(await conflict(), 'Cannot delete entity, must delete policies first.');
  await changeEntity(iam.identities, 'user', { accountId: iam.place.accountId, name: 'Alice' }, (record) => ({
    ...record,
    inlinePolicies: [],
  }));
  await iam.ok('DeleteUser', { UserName: 'ALICE' });
  await assertIndexes(iam);
  assert.equal((await iam.refused('DeleteUser', { UserName: 'Alice' })).name, 'NoSuchEntity');
  const again = await iam.ok('CreateUser', { UserName: 'Alice' });
  assert.notEqual(again.User.UserId, User.UserId);
});

test('a boundary must be a managed policy of the account or of AWS, by its exact ARN', async () => {
  const iam = await start();
  await iam.identities.vault.store.write(async (transaction) => {
    const policy = { accountId: '111122223333', name: 'Own', path: '/p/' } as never;
    transaction.put('policies', ['111122223333', 'own'], policy);
  });
  const own = 'arn:aws:iam::111122223333:policy/p/Own';
  for (const PermissionsBoundary of [
    'arn:aws:iam::aws:policy/NoSuchPolicy',
    'arn:aws:iam::111122223333:policy/Own',
    'arn:aws:iam::111122223333:policy/p/own',
    'arn:aws:iam::444455556666:policy/p/Own',
    'arn:aws-cn:iam::111122223333:policy/p/Own',
  ]) {
    const { name } = await iam.refused('CreateUser', { UserName: 'Alice', PermissionsBoundary });
    assert.equal(name, 'NoSuchEntity', PermissionsBoundary);
  }
  const user = { UserName: 'Alice', PermissionsBoundary: 'arn:aws:iam::111122223333:user/Own' };
  assert.equal((await iam.refused('CreateUser', user)).name, 'InvalidInput');
  const { User } = await iam.ok('CreateUser', { UserName: 'Alice', PermissionsBoundary: own });
  assert.equal(User.PermissionsBoundary.PermissionsBoundaryArn, own);
  await assertIndexes(iam);
});

test('an account has 5000 users at most', async () => {
  const iam = await start();
  await iam.ok('CreateUser', { UserName: 'first' });
  const record = await iam.identities.vault.store.get('users', ['111122223333', 'first']);
  assert(record !== undefined);
  await iam.identities.vault.store.write(async (transaction) => {
    for (let n = 1; n < 5000; n++) transaction.put('users', ['111122223333', `u${n}`], { ...record, name: `u${n}` });
  });
  const { name, message } = await iam.refused('CreateUser', { UserName: 'last' });
  assert.equal(`${name}: ${message}`, 'LimitExceeded: Cannot exceed quota for UsersPerAccount: 5000');
});

test('GetUser without a name shows the caller: a user, or the root user, who has no name', async () => {
  const iam = await start();
  const { User } = await iam.ok('GetUser');
  assert.deepEqual(
    [User.Arn, User.UserId, User.UserName],
    ['arn:aws:iam::111122223333:root', '111122223333', undefined],
  );
  await iam.ok('CreateUser', { UserName: 'Alice' });
  assert.equal((await iam.ok('GetUser', {}, await iam.caller('Alice'))).User.UserName, 'Alice');
  const session = { ...(await iam.caller('Alice')), kind: 'role-session' } as never;
  assert.match((await iam.refused('GetUser', {}, session)).message, /^Must specify userName/);
});

test('one account does not see the users of another', async () => {
  const iam = await start();
  await iam.ok('CreateUser', { UserName: 'Alice' });
  const other = await iam.caller('root', '444455556666' as never);
  assert.equal((await iam.refused('GetUser', { UserName: 'Alice' }, other)).name, 'NoSuchEntity');
  assert.deepEqual((await iam.ok('ListUsers', {}, other)).Users, []);
  await iam.ok('CreateUser', { UserName: 'alice' }, other);
});

test('operations ask about the user with its real path and its tags', async () => {
  const iam = await start();
  const Tags = [{ Key: 'Team', Value: 'a' }];
  const [making] = await iam.asks('CreateUser', {
    UserName: 'Alice',
    Path: '/x/',
    Tags,
    PermissionsBoundary: boundaryArn,
  });
  assert.equal(making?.resource, 'arn:aws:iam::111122223333:user/x/Alice');
  assert.deepEqual(Object.fromEntries(making.context ?? []), {
    'aws:requesttag/team': ['a'],
    'aws:tagkeys': ['Team'],
    'iam:permissionsboundary': [boundaryArn],
  });
  await iam.ok('CreateUser', { UserName: 'Alice', Path: '/x/', Tags });
  const tagged = { 'iam:resourcetag/team': ['a'], 'aws:resourcetag/team': ['a'] };
  for (const name of ['GetUser', 'DeleteUser', 'ListAccessKeys', 'ListGroupsForUser', 'ListUserTags']) {
    const [ask] = await iam.asks(name, { UserName: 'alice' });
    assert.equal(ask?.resource, 'arn:aws:iam::111122223333:user/x/Alice', name);
    assert.deepEqual(Object.fromEntries(ask.context ?? []), tagged, name);
  }
  const moving = await iam.asks('UpdateUser', { UserName: 'alice', NewUserName: 'Eve' });
  assert.deepEqual(
    moving.map(({ resource }) => resource),
    ['arn:aws:iam::111122223333:user/x/Alice', 'arn:aws:iam::111122223333:user/x/Eve'],
  );
  const [missing] = await iam.asks('DeleteUser', { UserName: 'Nobody' });
  assert.equal(missing?.resource, 'arn:aws:iam::111122223333:user/Nobody');
  const [own] = await iam.asks('CreateAccessKey', {}, await iam.caller('Alice'));
  assert.equal(own?.resource, 'arn:aws:iam::111122223333:user/x/Alice');
  assert.deepEqual(await iam.asks('ListUsers'), [{ resource: '*' }]);
});
