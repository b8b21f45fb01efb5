import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listRootAccessKeys } from '#identity/accounts.ts';
import { Credentials } from '#identity/credentials.ts';
import { type Iam, openIam } from '#test/harness/iam.ts';
import { usersAndRolesOperations } from './users-and-roles-registry.ts';

const start = () => openIam(usersAndRolesOperations);

async function rootKeyOf(iam: Iam): Promise<string> {
  const { AccessKeyMetadata } = await iam.ok('ListAccessKeys');
  return AccessKeyMetadata[0].AccessKeyId;
}

test('a new access key shows its secret once, and signs as its user', async () => {
  const iam = await start();
  const { User } = await iam.ok('CreateUser', { UserName: 'Alice' });
  const { AccessKey } = await iam.ok('CreateAccessKey', { UserName: 'alice' });
  assert.match(AccessKey.AccessKeyId, /^AKIA[A-Z2-7]{16}$/);
  assert.match(AccessKey.SecretAccessKey, /^[A-Za-z0-9+/]{40}$/);
  assert.deepEqual([AccessKey.UserName, AccessKey.Status], ['Alice', 'Active']);
  assert(!(await iam.dump()).includes(AccessKey.SecretAccessKey));
  const { AccessKeyMetadata } = await iam.ok('ListAccessKeys', { UserName: 'Alice' });
  const { SecretAccessKey, ...shown } = AccessKey;
  assert.deepEqual(AccessKeyMetadata, [shown]);
  const credentials = await Credentials.open(iam.identities);
  const { secret, known, holder } = await credentials.find({ accessKeyId: AccessKey.AccessKeyId });
  assert.deepEqual([known, holder.principal], [true, User.UserId]);
  assert.equal(Buffer.from(secret.reveal()).toString(), SecretAccessKey);
});

test('an access key that is switched off does not sign, until it is switched on again', async () => {
  const iam = await start();
  await iam.ok('CreateUser', { UserName: 'Alice' });
  const { AccessKey } = await iam.ok('CreateAccessKey', { UserName: 'Alice' });
  const credentials = await Credentials.open(iam.identities);
  const isKnown = async () => (await credentials.find({ accessKeyId: AccessKey.AccessKeyId })).known;
  assert.equal(await isKnown(), true);
  const named = { UserName: 'Alice', AccessKeyId: AccessKey.AccessKeyId };
  await iam.ok('UpdateAccessKey', { ...named, Status: 'Inactive' });
  assert.equal(await isKnown(), false);
  assert.equal((await iam.ok('ListAccessKeys', { UserName: 'Alice' })).AccessKeyMetadata[0].Status, 'Inactive');
  await iam.ok('UpdateAccessKey', { ...named, Status: 'Active' });
  assert.equal(await isKnown(), true);
  assert.equal((await iam.refused('UpdateAccessKey', { ...named, Status: 'Expired' })).name, 'InvalidInput');
  await iam.ok('DeleteAccessKey', named);
  assert.equal(await isKnown(), false);
  assert.equal((await iam.refused('DeleteAccessKey', named)).name, 'NoSuchEntity');
});

test('a user has two access keys at most, and manages its own without naming itself', async () => {
  const iam = await start();
  await iam.ok('CreateUser', { UserName: 'Alice' });
  await iam.ok('CreateUser', { UserName: 'Bob' });
  const alice = await iam.caller('Alice');
  const { AccessKey } = await iam.ok('CreateAccessKey', {}, alice);
  assert.equal(AccessKey.UserName, 'Alice');
  await iam.ok('CreateAccessKey', {}, alice);
  const { name, message } = await iam.refused('CreateAccessKey', {}, alice);
  assert.equal(`${name}: ${message}`, 'LimitExceeded: Cannot exceed quota for AccessKeysPerUser: 2');
  const first = await iam.ok('ListAccessKeys', { MaxItems: 1 }, alice);
  const second = await iam.ok('ListAccessKeys', { MaxItems: 1, Marker: first.Marker }, alice);
  assert.deepEqual([first.IsTruncated, second.IsTruncated], [true, false]);
  const { AccessKeyId } = AccessKey;
  for (const caller of [await iam.caller('Bob'), await iam.caller('root')]) {
    const { message: text } = await iam.refused('DeleteAccessKey', { AccessKeyId }, caller);
    assert.equal(text, `The Access Key with id ${AccessKeyId} cannot be found.`);
    await iam.refused('UpdateAccessKey', { AccessKeyId, Status: 'Inactive' }, caller);
  }
  await iam.refused('DeleteAccessKey', { AccessKeyId, UserName: 'Bob' });
  await iam.ok('DeleteAccessKey', { AccessKeyId }, alice);
});

test('the last active access key of a root user stays', async () => {
  const iam = await start();
  const first = await rootKeyOf(iam);
  assert.equal((await iam.refused('DeleteAccessKey', { AccessKeyId: first })).name, 'DeleteConflict');
  const inactive = { AccessKeyId: first, Status: 'Inactive' };
  assert.equal((await iam.refused('UpdateAccessKey', inactive)).name, 'InvalidInput');
  const { AccessKey } = await iam.ok('CreateAccessKey');
  assert.equal(AccessKey.UserName, undefined);
  assert.equal((await iam.refused('CreateAccessKey')).name, 'LimitExceeded');
  await iam.ok('UpdateAccessKey', inactive);
  assert.equal((await iam.refused('DeleteAccessKey', { AccessKeyId: AccessKey.AccessKeyId })).name, 'DeleteConflict');
  await iam.ok('DeleteAccessKey', { AccessKeyId: first });
  assert.equal(await rootKeyOf(iam), AccessKey.AccessKeyId);
});

test('one account does not touch the access keys of another', async () => {
  const iam = await start();
  const other = await iam.caller('root', '444455556666' as never);
  await iam.ok('CreateAccessKey', {}, other);
  const AccessKeyId = await rootKeyOf(iam);
  for (const operation of ['DeleteAccessKey', 'GetAccessKeyLastUsed']) {
    assert.equal((await iam.refused(operation, { AccessKeyId }, other)).name, 'NoSuchEntity');
  }
});

test('the files for clients get root access keys that can be used, and no others', async () => {
  const iam = await start();
  await iam.ok('CreateUser', { UserName: 'Alice' });
  await iam.ok('CreateAccessKey', { UserName: 'Alice' });
  const { AccessKey } = await iam.ok('CreateAccessKey');
  await iam.ok('UpdateAccessKey', { AccessKeyId: AccessKey.AccessKeyId, Status: 'Inactive' });
  assert.equal((await listRootAccessKeys(iam.identities.vault)).length, 2, 'one of each account');
});

test('the last use of an access key is not recorded, and the answer says so', async () => {
  const iam = await start();
  await iam.ok('CreateUser', { UserName: 'Alice', Path: '/x/' });
  const { AccessKey } = await iam.ok('CreateAccessKey', { UserName: 'Alice' });
  const { AccessKeyId } = AccessKey;
  assert.deepEqual(await iam.ok('GetAccessKeyLastUsed', { AccessKeyId }), {
    UserName: 'Alice',
    AccessKeyLastUsed: { ServiceName: 'N/A', Region: 'N/A' },
  });
  const [ask] = await iam.asks('GetAccessKeyLastUsed', { AccessKeyId });
  assert.equal(ask?.resource, 'arn:aws:iam::111122223333:user/x/Alice');
  const none = await iam.refused('GetAccessKeyLastUsed', { AccessKeyId: 'AKIAAAAAAAAAAAAAAAAA' });
  assert.equal(none.name, 'NoSuchEntity');
});

test('no refusal shows a secret', async () => {
  const iam = await start();
  await iam.ok('CreateUser', { UserName: 'Alice' });
  const { AccessKey } = await iam.ok('CreateAccessKey', { UserName: 'Alice' });
  await iam.ok('CreateAccessKey', { UserName: 'Alice' });
  for (const [operation, input] of [
    ['CreateAccessKey', { UserName: 'Alice' }],
    ['DeleteUser', { UserName: 'Alice' }],
    ['DeleteAccessKey', { AccessKeyId: AccessKey.AccessKeyId }],
  ] as const) {
    const error = await iam.refused(operation, input);
    assert(!`${error.message} ${error.reason} ${error.stack}`.includes(AccessKey.SecretAccessKey));
  }
});
