import assert from 'node:assert/strict';
import { test } from 'node:test';
import { A, B, refusal, roleArn, stsWorld, trusting } from '#test/harness/sts.ts';
import { getAccessKeyInfo, getCallerIdentity } from './who-is.ts';

test('everyone may ask who they are', async () => {
  const { call, user, root, role, holderOf } = await stsWorld();
  const alice = await user('Alice', { path: '/team/' });
  assert(alice.kind === 'user');
  const { roleId } = await role('App', [trusting(alice.arn)]);
  const who = (caller: Parameters<typeof call>[2]) => call('GetCallerIdentity', {}, caller);
  const session = await call('AssumeRole', { RoleArn: roleArn('App'), RoleSessionName: 'work' }, alice);
  const federated = await call('GetFederationToken', { Name: 'bob' }, alice);
  assert.deepEqual(await who(await root()), { UserId: A, Account: A, Arn: `arn:aws:iam::${A}:root` });
  const identity = { UserId: alice.uniqueId, Account: A, Arn: `arn:aws:iam::${A}:user/team/Alice` };
  assert.deepEqual(await who(alice), identity);
  assert.deepEqual(await who(await holderOf((await call('GetSessionToken', {}, alice)).Credentials)), identity);
  assert.deepEqual(await who(await holderOf(session.Credentials)), {
    UserId: `${roleId}:work`,
    Account: A,
    Arn: `arn:aws:sts::${A}:assumed-role/App/work`,
  });
  assert.deepEqual(await who(await holderOf(federated.Credentials)), {
    UserId: `${A}:bob`,
    Account: A,
    Arn: `arn:aws:sts::${A}:federated-user/bob`,
  });
  assert.equal(getCallerIdentity.asks, undefined);
});

test('an account learns of its own access keys that they are its own', async () => {
  const { call, root, identities } = await stsWorld();
  const caller = await root();
  const keys = await identities.vault.store.list('accessKeys', { within: [], limit: 10 });
  const keyOf = (accountId: string) => keys.find(({ record }) => record.accountId === accountId)?.record.accessKeyId;
  assert.deepEqual(await call('GetAccessKeyInfo', { AccessKeyId: keyOf(A) }, caller), { Account: A });
  const { Credentials } = await call('GetSessionToken', {}, caller);
  for (const AccessKeyId of [keyOf(B), 'AKIAAAAAAAAAAAAAAAAA', Credentials.AccessKeyId]) {
    await assert.rejects(call('GetAccessKeyInfo', { AccessKeyId }, caller), refusal('ValidationException'));
  }
  assert.deepEqual(getAccessKeyInfo.asks?.({} as never, identities), [{ resource: '*' }]);
});

test('nobody can hold an encoded message of ours', async () => {
  const { call, root } = await stsWorld();
  await assert.rejects(
    call('DecodeAuthorizationMessage', { EncodedMessage: 'eyJhIjoxfQ' }, await root()),
    refusal('InvalidAuthorizationMessageException'),
  );
});
