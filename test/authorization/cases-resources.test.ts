/** Cases 55 to 60 and 69 of the authorization dossier: what is no key, aliases, lockout. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { A, allow, B, delegation, document, roleArn, rootArn, says, testCases, to, userArn, World } from './scene.ts';

const keysOfA = `arn:aws:kms:*:${A}:key/*`;
const anythingInA = `arn:aws:kms:us-west-2:${A}:*`;
const createKey = {
  operation: 'CreateKey',
  input: { KeyId: undefined, BypassPolicyLockoutSafetyCheck: true },
} as const;
const withTags = {
  operation: 'CreateKey',
  input: { ...createKey.input, Tags: [{ TagKey: 'a', TagValue: 'b' }] },
} as const;
const mayCreate = (Resource: string) => [allow({ Action: 'kms:CreateKey', Resource })];

testCases([
  {
    case: 55,
    title: 'CreateKey is about no key, whatever the pattern',
    ...createKey,
    identity: mayCreate(keysOfA),
    expect: /on resource: \* because no identity-based policy allows the kms:CreateKey action$/,
  },
  { case: 55, title: 'CreateKey takes a star', ...createKey, identity: mayCreate('*'), expect: 'allowed' },
  {
    case: 55,
    title: 'CreateKey takes a pattern for the account',
    ...createKey,
    identity: mayCreate(anythingInA),
    expect: 'allowed',
  },
  {
    case: 55,
    title: 'CreateKey with tags asks for TagResource too',
    ...withTags,
    identity: mayCreate('*'),
    expect: /kms:TagResource on resource: \* because no identity-based policy/,
  },
  {
    case: 55,
    title: 'CreateKey with tags and TagResource',
    ...withTags,
    identity: [allow({ Action: ['kms:CreateKey', 'kms:TagResource'] })],
    expect: 'allowed',
  },
]);

const aliasArn = `arn:aws:kms:us-west-2:${A}:alias/x`;
const newAlias = {
  operation: 'CreateAlias',
  input: (key: { id: string }) => ({ KeyId: undefined, AliasName: 'alias/x', TargetKeyId: key.id }),
} as const;
testCases([
  {
    case: 56,
    title: 'the alias half of CreateAlias needs the alias',
    ...newAlias,
    key: [delegation],
    identity: (arn) => [allow({ Resource: arn })],
    expect: `kms:CreateAlias on resource: ${aliasArn} because no identity-based policy`,
  },
  {
    case: 56,
    title: 'the key half of CreateAlias needs the key',
    ...newAlias,
    key: [delegation],
    identity: [allow({ Resource: aliasArn })],
    expect: /kms:CreateAlias on resource: arn:aws:kms:us-west-2:\d+:key\/\S+ because no identity-based policy/,
  },
  {
    case: 56,
    title: 'both halves together do',
    ...newAlias,
    key: [delegation],
    identity: (arn) => [allow({ Resource: [arn, aliasArn] })],
    expect: 'allowed',
  },
  {
    case: 58,
    title: 'a key policy says nothing about aliases',
    ...newAlias,
    key: [allow(to(userArn('Alice')))],
    expect: `on resource: ${aliasArn} because no identity-based policy allows the kms:CreateAlias action`,
  },
  {
    case: 58,
    title: 'a key policy says nothing about lists',
    operation: 'ListAliases',
    input: { KeyId: undefined },
    key: [allow(to(userArn('Alice')))],
    expect: /kms:ListAliases on resource: \* because no identity-based policy/,
  },
  {
    case: 59,
    title: 'ListRetirableGrants is about the principal',
    operation: 'ListRetirableGrants',
    input: { KeyId: undefined, RetiringPrincipal: roleArn },
    identity: [allow({ Action: 'kms:ListRetirableGrants', Resource: roleArn })],
    expect: 'allowed',
  },
  {
    case: 59,
    title: 'ListRetirableGrants takes a star',
    operation: 'ListRetirableGrants',
    input: { KeyId: undefined, RetiringPrincipal: roleArn },
    identity: [allow()],
    expect: 'allowed',
  },
  {
    case: 59,
    title: 'ListRetirableGrants of another principal',
    operation: 'ListRetirableGrants',
    input: { KeyId: undefined, RetiringPrincipal: userArn('Bob') },
    identity: [allow({ Action: 'kms:ListRetirableGrants', Resource: roleArn })],
    expect: says.noIdentity,
  },
  {
    case: 60,
    title: 'Decrypt without KeyId is about the key of the ciphertext',
    key: [delegation],
    identity: (arn) => [allow({ Resource: arn })],
    input: { KeyId: undefined },
    expect: 'allowed',
  },
  {
    case: 60,
    title: 'Decrypt without KeyId does not show the key',
    key: [delegation],
    identity: [allow({ Resource: `${keysOfA}x` })],
    input: { KeyId: undefined },
    expect:
      /on the resource associated with this ciphertext because no identity-based policy allows the kms:Decrypt action$/,
  },
  {
    case: 60,
    title: 'Decrypt without KeyId does not show the key',
    key: [allow(to(userArn('Bob')))],
    identity: [allow()],
    input: { KeyId: undefined },
    expect: /on the resource associated with this ciphertext because the resource does not exist in this Region/,
  },
]);

test('case 57: UpdateAlias needs the key that the alias leaves', async () => {
  await using world = await World.make();
  const [from, to_] = [await world.key([delegation]), await world.key([delegation])];
  await world.kms.ok('CreateAlias', { AliasName: 'alias/x', TargetKeyId: from.id }, { region: 'us-west-2' });
  const alice = await world.caller('alice');
  const update = (Resource: readonly string[]) =>
    world
      .identity('alice', [allow({ Resource })])
      .then(() => world.send('UpdateAlias', { AliasName: 'alias/x', TargetKeyId: to_.id }, alice));
  const refused = await update([aliasArn, to_.arn]);
  assert.match(refused.body.Message, new RegExp(`kms:UpdateAlias on resource: ${from.arn} because no identity-based`));
  assert.equal((await update([aliasArn, from.arn])).body.__type, 'AccessDeniedException');
  assert.equal((await update([aliasArn, from.arn, to_.arn])).status, 200);
});

test('case 59: the retiring principal is one of the account', async () => {
  await using world = await World.make();
  const { status, body } = await world.send(
    'ListRetirableGrants',
    { RetiringPrincipal: userArn('X', B) },
    world.kms.root,
  );
  assert.equal(status, 400, JSON.stringify(body));
});

test('case 69: whoever puts a policy must be able to put the next one', async () => {
  await using world = await World.make();
  const key = await world.key([delegation]);
  await world.identity('alice', [allow()]);
  const alice = await world.caller('alice');
  const put = (Policy: string, more: object = {}) =>
    world.send('PutKeyPolicy', { KeyId: key.id, Policy, ...more }, alice);
  const lockout = {
    __type: 'MalformedPolicyDocumentException',
    message: 'The new key policy will not allow you to update the key policy in the future.',
  };
  assert.deepEqual((await put(document([allow(to(userArn('Bob')))]))).body, lockout);
  assert.deepEqual((await put(document([allow(to(rootArn(B)))]))).body, lockout);
  assert.equal((await put(document([delegation]))).status, 200);
  await world.identity('alice', [allow({ Action: ['kms:PutKeyPolicy', 'kms:CreateKey'] })]);
  assert.equal((await put(document([delegation]))).status, 200);
  const bypass = { BypassPolicyLockoutSafetyCheck: true };
  assert.equal((await put(document([allow(to(userArn('Bob')))]), bypass)).status, 200);
  assert.equal(
    (await put(document([delegation]))).body.__type,
    'AccessDeniedException',
    'Alice has locked herself out',
  );
});
