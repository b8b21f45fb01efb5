import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ManualClock } from '#base/clock.ts';
import { addToGroup, createGroup } from '#identity/entities/groups.ts';
import { createUser } from '#identity/entities/users.ts';
import { parseAccountId } from '#model/arn.ts';
import { memoryVault } from '#test/harness/kms.ts';
import { changeAccount, openIdentities } from './identities.ts';

const accountId = parseAccountId('111122223333');
assert(accountId !== undefined);
const realm = { partition: 'aws', accountId };

async function start() {
  const identities = await openIdentities(await memoryVault(new ManualClock()));
  const { userId } = await createUser(identities, realm, { name: 'Alice', path: '/', tags: [] });
  await createGroup(identities, realm.accountId, { name: 'denied', path: '/' });
  await addToGroup(identities, { accountId: realm.accountId, group: 'denied', user: 'Alice' });
  return { identities, holder: { accountId: realm.accountId, principal: userId } };
}

test('nobody is who they are without the policies of their groups', async () => {
  const { identities, holder } = await start();
  assert((await identities.principals.principalFor(holder, 'aws')) !== undefined);
  await changeAccount(identities, realm.accountId, async (transaction) => {
    transaction.delete('groups', [realm.accountId, 'denied']);
  });
  await assert.rejects(
    identities.principals.principalFor(holder, 'aws'),
    /The group denied of a user is not in the store/,
  );
});

test('what was remembered of an account is good until the account changes, and no longer', async () => {
  const { identities, holder } = await start();
  const { principals, generations } = identities;
  const first = await principals.principalFor(holder, 'aws');
  const again = await principals.principalFor(holder, 'aws');
  assert.equal(first?.policies.identity.length, 0);
  assert.deepEqual(again, first);
  const before = generations.of(realm.accountId);
  await assert.rejects(createUser(identities, realm, { name: 'alice', path: '/', tags: [] }));
  assert.equal(generations.of(realm.accountId), before, 'a refusal changes nothing');
  await changeAccount(identities, realm.accountId, async (transaction) => {
    const group = await transaction.get('groups', [realm.accountId, 'denied']);
    assert(group !== undefined);
    transaction.put('groups', [realm.accountId, 'denied'], { ...group, inlinePolicies: [['p', '{}']] });
  });
  const later = await principals.principalFor(holder, 'aws');
  assert.deepEqual(later?.policies.identity, [{ name: 'p', document: '{}', holder: 'group' }]);
});
