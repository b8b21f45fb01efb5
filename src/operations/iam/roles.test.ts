import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeEntity } from '#identity/entities/entities.ts';
import { assertIndexes, openIam } from '#test/harness/iam.ts';
import { usersAndRolesOperations } from './users-and-roles-registry.ts';

const start = () => openIam(usersAndRolesOperations);

const trusting = (AWS: string | readonly string[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS }, Action: 'sts:AssumeRole' }],
  });
const account = trusting('arn:aws:iam::111122223333:root');
const aliceArn = 'arn:aws:iam::111122223333:user/Alice';

test('a role is made with all that it can have, and GetRole shows it', async () => {
  const iam = await start();
  const Tags = [{ Key: 'Team', Value: 'a' }];
  const PermissionsBoundary = 'arn:aws:iam::aws:policy/ReadOnlyAccess';
  const { Role } = await iam.ok('CreateRole', {
    RoleName: 'App',
    Path: '/team/',
    AssumeRolePolicyDocument: account,
    Description: 'what it is for',
    MaxSessionDuration: 7200,
    PermissionsBoundary,
    Tags,
  });
  assert.match(Role.RoleId, /^AROA[A-Z2-7]{17}$/);
  assert.deepEqual(Role, {
    Path: '/team/',
    RoleName: 'App',
    RoleId: Role.RoleId,
    Arn: 'arn:aws:iam::111122223333:role/team/App',
    CreateDate: iam.clock.now() / 1000,
    AssumeRolePolicyDocument: Role.AssumeRolePolicyDocument,
    Description: 'what it is for',
    MaxSessionDuration: 7200,
    PermissionsBoundary: {
      PermissionsBoundaryType: 'PermissionsBoundaryPolicy',
      PermissionsBoundaryArn: PermissionsBoundary,
    },
    Tags,
  });
  assert.deepEqual((await iam.ok('GetRole', { RoleName: 'app' })).Role, { ...Role, RoleLastUsed: {} });
  const { PermissionsBoundary: _, Tags: __, ...listed } = Role;
  assert.deepEqual((await iam.ok('ListRoles', { PathPrefix: '/team' })).Roles, [listed]);
  assert.deepEqual((await iam.ok('ListRoles', { PathPrefix: '/other' })).Roles, []);
  await assertIndexes(iam);
});

test('a role lasts an hour at a time unless it says otherwise, and has no description', async () => {
  const iam = await start();
  const { Role } = await iam.ok('CreateRole', { RoleName: 'App', AssumeRolePolicyDocument: account });
  assert.deepEqual([Role.MaxSessionDuration, Role.Description], [3600, undefined]);
  for (const MaxSessionDuration of [3599, 43_201]) {
    const { name } = await iam.refused('UpdateRole', { RoleName: 'App', MaxSessionDuration });
    assert.equal(name, 'ValidationException');
  }
  await iam.ok('UpdateRole', { RoleName: 'App', MaxSessionDuration: 43_200 });
  const described = await iam.ok('UpdateRoleDescription', { RoleName: 'App', Description: 'new' });
  assert.deepEqual([described.Role.MaxSessionDuration, described.Role.Description], [43_200, 'new']);
  await iam.ok('UpdateRole', { RoleName: 'App', Description: '' });
  assert.equal((await iam.ok('GetRole', { RoleName: 'App' })).Role.Description, undefined);
});

test('a trust policy is shown percent-encoded, as it was sent', async () => {
  const iam = await start();
  const AssumeRolePolicyDocument = `${account.slice(0, -1)}, "Id": "a+b (c)*!'" }`;
  const { Role } = await iam.ok('CreateRole', { RoleName: 'App', AssumeRolePolicyDocument });
  assert.match(Role.AssumeRolePolicyDocument, /^[\w.~%-]+$/);
  assert.equal(decodeURIComponent(Role.AssumeRolePolicyDocument), AssumeRolePolicyDocument);
});

test('a trust policy names whom it meant: by present ARN, and by id once that one is gone', async () => {
  const iam = await start();
  const { User } = await iam.ok('CreateUser', { UserName: 'Alice' });
  await iam.ok('CreateRole', { RoleName: 'App', AssumeRolePolicyDocument: trusting([aliceArn]) });
  const named = async () => {
    const { Role } = await iam.ok('GetRole', { RoleName: 'App' });
    return JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument)).Statement[0].Principal.AWS;
  };
  await iam.ok('UpdateUser', { UserName: 'Alice', NewUserName: 'Carol', NewPath: '/x/' });
  assert.deepEqual(await named(), ['arn:aws:iam::111122223333:user/x/Carol']);
  await iam.ok('DeleteUser', { UserName: 'Carol' });
  await iam.ok('CreateUser', { UserName: 'Alice' });
  assert.deepEqual(await named(), [User.UserId]);
});

test('a trust policy that is malformed, or names nobody, is refused', async () => {
  const iam = await start();
  const create = (AssumeRolePolicyDocument: string) =>
    iam.refused('CreateRole', { RoleName: 'App', AssumeRolePolicyDocument });
  for (const text of ['{', '[]', '{}', '{"Statement":[]}', '{"Statement":["x"]}', '{"Statement":{"Effect":"Allow"}}']) {
    assert.equal((await create(text)).name, 'MalformedPolicyDocument', text);
  }
  assert.equal((await create(trusting(aliceArn))).message, `Invalid principal in policy: "AWS":"${aliceArn}"`);
  await iam.ok('CreateRole', { RoleName: 'App', AssumeRolePolicyDocument: account });
  const update = { RoleName: 'App', PolicyDocument: trusting(aliceArn) };
  assert.equal((await iam.refused('UpdateAssumeRolePolicy', update)).name, 'MalformedPolicyDocument');
  await iam.ok('CreateUser', { UserName: 'Alice' });
  await iam.ok('UpdateAssumeRolePolicy', update);
  const long = trusting(Array.from({ length: 60 }, () => 'arn:aws:iam::111122223333:root'));
  const { name, message } = await iam.refused('UpdateAssumeRolePolicy', { RoleName: 'App', PolicyDocument: long });
  assert.equal(`${name}: ${message}`, 'LimitExceeded: Cannot exceed quota for ACLSizePerRole: 2048');
});

test('a path with a colon is not taken for the end of a name', async () => {
  const iam = await start();
  await iam.ok('CreateUser', { UserName: 'a' });
  await iam.ok('CreateUser', { UserName: 'Alice', Path: '/a:b/' });
  const arn = 'arn:aws:iam::111122223333:user/a:b/Alice';
  await iam.ok('CreateRole', { RoleName: 'App', AssumeRolePolicyDocument: trusting(arn) });
  await iam.ok('DeleteUser', { UserName: 'a' });
  const { Role } = await iam.ok('GetRole', { RoleName: 'App' });
  assert.equal(JSON.parse(decodeURIComponent(Role.AssumeRolePolicyDocument)).Statement[0].Principal.AWS, arn);
});

test('a role is deleted only when it has no policies', async () => {
  const iam = await start();
  await iam.ok('CreateRole', { RoleName: 'App', AssumeRolePolicyDocument: account });
  const { accountId } = iam.place;
  const give = (inlinePolicies: readonly (readonly [string, string])[]) =>
    changeEntity(iam.identities, 'role', { accountId, name: 'App' }, (record) => ({ ...record, inlinePolicies }));
  await give([['own', '{}']]);
  const { name, message } = await iam.refused('DeleteRole', { RoleName: 'App' });
  assert.equal(`${name}: ${message}`, 'DeleteConflict: Cannot delete entity, must delete policies first.');
  await give([]);
  await iam.ok('DeleteRole', { RoleName: 'APP' });
  await assertIndexes(iam);
  for (const operation of ['GetRole', 'DeleteRole', 'UpdateRole', 'ListRoleTags', 'ListInstanceProfilesForRole']) {
    assert.equal((await iam.refused(operation, { RoleName: 'App' })).name, 'NoSuchEntity', operation);
  }
});

test('an account has 1000 roles at most, each with a name of its own', async () => {
  const iam = await start();
  await iam.ok('CreateRole', { RoleName: 'App', AssumeRolePolicyDocument: account });
  const again = await iam.refused('CreateRole', { RoleName: 'aPP', AssumeRolePolicyDocument: account });
  assert.equal(again.message, 'Role with name aPP already exists.');
  const record = await iam.identities.vault.store.get('roles', ['111122223333', 'app']);
  assert(record !== undefined);
  await iam.identities.vault.store.write(async (transaction) => {
    for (let n = 1; n < 1000; n++) transaction.put('roles', ['111122223333', `r${n}`], { ...record, name: `r${n}` });
  });
  const { message } = await iam.refused('CreateRole', { RoleName: 'last', AssumeRolePolicyDocument: account });
  assert.equal(message, 'Cannot exceed quota for RolesPerAccount: 1000');
});
