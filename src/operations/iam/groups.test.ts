import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeEntity } from '#identity/entities/entities.ts';
import { assertIndexes, openIam } from '#test/harness/iam.ts';
import { usersAndRolesOperations } from './users-and-roles-registry.ts';

const start = () => openIam(usersAndRolesOperations);

test('a group is made, shown with its users in pages, and lists itself by path', async () => {
  const iam = await start();
  const { Group } = await iam.ok('CreateGroup', { GroupName: 'Team', Path: '/a/' });
  assert.match(Group.GroupId, /^AGPA[A-Z2-7]{17}$/);
  assert.equal(Group.Arn, 'arn:aws:iam::111122223333:group/a/Team');
  await iam.ok('CreateGroup', { GroupName: 'Other' });
  for (const UserName of ['Bob', 'alice', 'Carol']) {
    await iam.ok('CreateUser', { UserName });
    await iam.ok('AddUserToGroup', { GroupName: 'TEAM', UserName });
    await iam.ok('AddUserToGroup', { GroupName: 'Team', UserName });
  }
  const first = await iam.ok('GetGroup', { GroupName: 'team', MaxItems: 2 });
  assert.deepEqual(first.Group, Group);
  const names = first.Users.map(({ UserName }: { UserName: string }) => UserName);
  assert.deepEqual([names, first.IsTruncated], [['alice', 'Bob'], true]);
  const { Users, IsTruncated } = await iam.ok('GetGroup', { GroupName: 'Team', Marker: first.Marker });
  assert.deepEqual([Users[0].UserName, Users.length, IsTruncated], ['Carol', 1, false]);
  assert.deepEqual((await iam.ok('ListGroups', { PathPrefix: '/a/' })).Groups, [Group]);
  assert.equal((await iam.ok('ListGroups')).Groups.length, 2);
  assert.deepEqual((await iam.ok('ListGroupsForUser', { UserName: 'BOB' })).Groups, [Group]);
  await assertIndexes(iam);
});

test('a renamed group keeps its id, its users and its policies', async () => {
  const iam = await start();
  const { Group } = await iam.ok('CreateGroup', { GroupName: 'Team' });
  await iam.ok('CreateGroup', { GroupName: 'Taken' });
  await iam.ok('CreateUser', { UserName: 'Alice' });
  await iam.ok('AddUserToGroup', { GroupName: 'Taken', UserName: 'Alice' });
  await iam.ok('AddUserToGroup', { GroupName: 'Team', UserName: 'Alice' });
  await changeEntity(iam.identities, 'group', { accountId: iam.place.accountId, name: 'Team' }, (record, tx) => {
    tx.put('policyUses', ['111122223333', 'aws:policy/AdministratorAccess', 'group', 'team'], {});
    return { ...record, attachedPolicies: ['aws:policy/AdministratorAccess'] };
  });
  assert.equal((await iam.caller('Alice')).policies.identity.length, 1);
  assert.equal(
    (await iam.refused('UpdateGroup', { GroupName: 'Team', NewGroupName: 'taken' })).name,
    'EntityAlreadyExists',
  );
  await iam.ok('UpdateGroup', { GroupName: 'team', NewGroupName: 'Crew', NewPath: '/n/' });
  await assertIndexes(iam);
  assert.equal((await iam.caller('Alice')).policies.identity.length, 1, 'the policies still reach the user');
  const renamed = await iam.ok('GetGroup', { GroupName: 'crew' });
  assert.deepEqual([renamed.Group.GroupId, renamed.Users.length], [Group.GroupId, 1]);
  await iam.ok('UpdateGroup', { GroupName: 'Crew', NewPath: '/' });
  await assertIndexes(iam);
  const targets = await iam.asks('UpdateGroup', { GroupName: 'crew', NewGroupName: 'X', NewPath: '/y/' });
  assert.deepEqual(
    targets.map(({ resource }) => resource),
    ['arn:aws:iam::111122223333:group/Crew', 'arn:aws:iam::111122223333:group/y/X'],
  );
});

test('a group is deleted only when it has neither users nor policies', async () => {
  const iam = await start();
  await iam.ok('CreateGroup', { GroupName: 'Team' });
  await iam.ok('CreateUser', { UserName: 'Alice' });
  await iam.ok('AddUserToGroup', { GroupName: 'Team', UserName: 'Alice' });
  const { name, message } = await iam.refused('DeleteGroup', { GroupName: 'Team' });
  assert.equal(`${name}: ${message}`, 'DeleteConflict: Cannot delete entity, must remove users from group first.');
  await iam.ok('RemoveUserFromGroup', { GroupName: 'Team', UserName: 'Alice' });
  await iam.ok('RemoveUserFromGroup', { GroupName: 'Team', UserName: 'Alice' });
  await iam.ok('DeleteGroup', { GroupName: 'team' });
  await assertIndexes(iam);
  for (const operation of ['AddUserToGroup', 'RemoveUserFromGroup']) {
    assert.equal((await iam.refused(operation, { GroupName: 'Team', UserName: 'Alice' })).name, 'NoSuchEntity');
  }
});

test('a user is in ten groups at most, and an account has 300', async () => {
  const iam = await start();
  await iam.ok('CreateUser', { UserName: 'Alice' });
  for (let n = 0; n < 300; n++) await iam.ok('CreateGroup', { GroupName: `g${n}` });
  for (let n = 0; n < 10; n++) await iam.ok('AddUserToGroup', { GroupName: `g${n}`, UserName: 'Alice' });
  const eleventh = await iam.refused('AddUserToGroup', { GroupName: 'g10', UserName: 'Alice' });
  assert.equal(eleventh.message, 'Cannot exceed quota for GroupsPerUser: 10');
  await iam.ok('AddUserToGroup', { GroupName: 'g9', UserName: 'Alice' });
  const { message } = await iam.refused('CreateGroup', { GroupName: 'g300' });
  assert.equal(message, 'Cannot exceed quota for GroupsPerAccount: 300');
});

test('operations on members ask about the group', async () => {
  const iam = await start();
  await iam.ok('CreateGroup', { GroupName: 'Team', Path: '/a/' });
  for (const name of ['AddUserToGroup', 'RemoveUserFromGroup']) {
    const [ask] = await iam.asks(name, { GroupName: 'team', UserName: 'Alice' });
    assert.equal(ask?.resource, 'arn:aws:iam::111122223333:group/a/Team');
  }
});
