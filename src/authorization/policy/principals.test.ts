import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAccountId } from '#model/arn.ts';
import type { Caller } from '#model/principal.ts';
import { compilePrincipals } from './principals.ts';

const accountId = parseAccountId('111122223333');
assert(accountId);
const role = { arn: `arn:aws:iam::${accountId}:role/p/R`, uniqueId: 'AROA1' };
const alice = { arn: `arn:aws:iam::${accountId}:user/alice`, uniqueId: 'AIDA1' };
const user: Caller = { kind: 'user', accountId, ...alice, hasBoundary: false };
const session: Caller = { kind: 'role-session', accountId, arn: 'arn:session', role, hasBoundary: false };
const federated: Caller = { kind: 'federated-user', accountId, arn: 'arn:federated', user: alice, hasBoundary: false };
const root: Caller = { kind: 'root', accountId, arn: `arn:aws:iam::${accountId}:root` };
const service: Caller = { kind: 'service', names: ['s3.amazonaws.com', 's3.us-west-2.amazonaws.com'] };

const to = (...names: string[]) => compilePrincipals({ isExcept: false, isEveryone: false, names }, new Map());
const except = (...names: string[]) => compilePrincipals({ isExcept: true, isEveryone: false, names }, new Map());

test('a name means a caller directly, as a role or as an account', () => {
  for (const [name, caller, strength] of [
    [alice.arn, user, 'direct'],
    [alice.uniqueId, user, 'direct'],
    [accountId, user, 'account'],
    [role.arn, user, undefined],
    [session.arn, session, 'direct'],
    [role.arn, session, 'role'],
    [role.uniqueId, session, 'role'],
    [accountId, session, 'account'],
    [federated.arn, federated, 'direct'],
    [alice.arn, federated, 'role'],
    [accountId, federated, 'account'],
    [accountId, root, 'account'],
    [root.arn, root, undefined], // never in a document: parse keeps it as the account
    ['s3.us-west-2.amazonaws.com', service, 'direct'],
    [accountId, service, undefined],
  ] as const) {
    assert.equal(to(name)(caller), strength, `${name} for ${caller.kind}`);
  }
});

test('the closest of several names counts', () => {
  assert.equal(to(accountId, role.arn)(session), 'role');
  assert.equal(to(accountId, role.arn, session.arn)(session), 'direct');
});

test('a star means everyone, services too', () => {
  const everyone = compilePrincipals({ isExcept: false, isEveryone: true, names: [] }, new Map());
  for (const caller of [user, session, federated, root, service]) assert.equal(everyone(caller), 'direct');
});

test('NotPrincipal spares those of whom every name is listed', () => {
  assert.equal(except(alice.arn, accountId)(user), undefined);
  assert.equal(except(alice.arn)(user), 'direct');
  assert.equal(except(accountId)(user), 'direct');
  assert.equal(except(accountId)(root), undefined);
  assert.equal(except(session.arn, role.arn, accountId)(session), undefined);
  assert.equal(except(role.arn, accountId)(session), 'direct');
  assert.equal(except(session.arn, accountId)(session), 'direct');
  assert.equal(except(federated.arn, alice.uniqueId, accountId)(federated), undefined);
  assert.equal(except(federated.arn, accountId)(federated), 'direct');
  assert.equal(except('s3.amazonaws.com')(service), undefined);
  assert.equal(except(accountId)(service), 'direct');
});

test('NotPrincipal spares nobody with a boundary, not even if it lists everyone', () => {
  const bounded: Caller = { ...user, hasBoundary: true };
  assert.equal(except(alice.arn, accountId)(bounded), 'direct');
  const everyone = compilePrincipals({ isExcept: true, isEveryone: true, names: [] }, new Map());
  assert.equal(everyone(bounded), 'direct');
  assert.equal(everyone(user), undefined);
});

test('an ARN stands for the one that bore it when the policy was written', () => {
  const ids = new Map([[alice.arn, 'AIDA1']]);
  const matches = compilePrincipals({ isExcept: false, isEveryone: false, names: [alice.arn] }, ids);
  assert.equal(matches(user), 'direct');
  assert.equal(matches({ ...user, uniqueId: 'AIDA2' }), undefined);
});
