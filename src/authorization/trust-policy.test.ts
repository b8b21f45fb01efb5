/** Trust policies, and cases 16 to 26 and 70 of the authorization dossier as far as they are about roles. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ApiError } from '#model/api-error.ts';
import { parseAccountId } from '#model/arn.ts';
import type { AttachedPolicies, Caller, PolicyText, Principal, WebIdentityCaller } from '#model/principal.ts';
import { decideOnTrust, readTrustPolicy, type TrustHolder, trustPolicyOf } from './trust-policy.ts';

const [a, b] = [parseAccountId('111122223333'), parseAccountId('444455556666')];
assert(a !== undefined && b !== undefined);
const [A, B] = [a, b];
const roleArn = `arn:aws:iam::${A}:role/team/App`;
const provider = `arn:aws:iam::${A}:oidc-provider/issuer.example/tenant`;

type Json = Readonly<Record<string, unknown>>;
const allow = (Principal: unknown, more: Json = {}) => ({
  Effect: 'Allow',
  Principal,
  Action: 'sts:AssumeRole',
  ...more,
});
const deny = (Principal: unknown, more: Json = {}) => ({ ...allow(Principal, more), Effect: 'Deny' });
const byToken = (Principal: unknown, Condition?: Json) =>
  allow(Principal, { Action: 'sts:AssumeRoleWithWebIdentity', ...(Condition === undefined ? {} : { Condition }) });
const textOf = (...Statement: readonly Json[]) => JSON.stringify({ Version: '2012-10-17', Id: 'x', Statement });

function policy(...Statement: readonly Json[]): PolicyText {
  return { name: 'test', document: textOf(...Statement).replace('"Id":"x",', '') };
}
const assumeAll = policy({ Effect: 'Allow', Action: 'sts:AssumeRole', Resource: roleArn });
const nothing = policy({ Effect: 'Allow', Action: 's3:*', Resource: '*' });
const denyAll = policy({ Effect: 'Deny', Action: 'sts:*', Resource: '*' });

function principal(
  caller: Exclude<Caller, { kind: 'service' | 'web-identity' }>,
  policies: Partial<AttachedPolicies> = {},
) {
  return { ...caller, userId: 'x', tags: [], policies: { identity: [], ...policies } } as Principal; // the kind says which
}
const user = (name: string, policies: Partial<AttachedPolicies> = {}, accountId = A) =>
  principal(
    {
      kind: 'user',
      accountId,
      arn: `arn:aws:iam::${accountId}:user/${name}`,
      uniqueId: `AIDA${accountId}${name.toUpperCase()}`,
      hasBoundary: policies.boundary !== undefined,
    },
    policies,
  );
const session = (name: string, policies: Partial<AttachedPolicies> = {}, uniqueId = 'AROAFIRSTAPP') =>
  principal(
    {
      kind: 'role-session',
      accountId: A,
      arn: `arn:aws:sts::${A}:assumed-role/App/${name}`,
      role: { arn: roleArn, uniqueId },
      hasBoundary: policies.boundary !== undefined,
    },
    policies,
  );
const root = (accountId = A) => principal({ kind: 'root', accountId, arn: `arn:aws:iam::${accountId}:root` });
const webIdentity: WebIdentityCaller = { kind: 'web-identity', provider };

const ids: Readonly<Record<string, string>> = {
  [roleArn]: 'AROAFIRSTAPP',
  [session('s1').arn]: 'AROAFIRSTAPP:s1',
  [user('Alice').arn]: `AIDA${A}ALICE`,
  [user('X', {}, B).arn]: `AIDA${B}X`,
};
const idOf = async (name: string) => ids[name] ?? (/^\d{12}$/.test(name) ? name : undefined);

async function holderOf(...statements: readonly Json[]): Promise<TrustHolder> {
  const trustPolicy = textOf(...statements);
  return { trustPolicy, trustPrincipals: (await readTrustPolicy(trustPolicy, idOf)).principals };
}

interface Asked {
  readonly action?: string;
  readonly context?: Readonly<Record<string, readonly string[]>>;
  readonly resourceControl?: readonly PolicyText[];
}

async function isAllowed(caller: Principal | WebIdentityCaller, statements: readonly Json[], asked: Asked = {}) {
  const record = await holderOf(...statements);
  const context = new Map(Object.entries(asked.context ?? {}));
  const usual = caller.kind === 'web-identity' ? 'sts:AssumeRoleWithWebIdentity' : 'sts:AssumeRole';
  const { action = usual, resourceControl } = asked;
  const role = { arn: roleArn, accountId: A, record };
  return decideOnTrust({ caller, action, context, role, resourceControl }).isAllowed;
}

const accountRoot = { AWS: `arn:aws:iam::${A}:root` };
const alice = { AWS: user('Alice').arn };

test('in the same account, naming the user is enough, and naming the account needs a policy of the user', async () => {
  assert.equal(await isAllowed(user('Alice'), [allow(alice)]), true);
  assert.equal(await isAllowed(user('Bob'), [allow(alice)]), false);
  assert.equal(await isAllowed(user('Alice'), [allow(accountRoot)]), false);
  assert.equal(await isAllowed(user('Alice', { identity: [assumeAll] }), [allow(accountRoot)]), true);
  assert.equal(await isAllowed(user('Alice', { identity: [assumeAll] }), [allow({ AWS: B })]), false);
});

test('from another account both sides have to agree', async () => {
  const named = [allow({ AWS: user('X', {}, B).arn })];
  assert.equal(await isAllowed(user('X', {}, B), named), false);
  assert.equal(await isAllowed(user('X', { identity: [assumeAll] }, B), named), true);
  assert.equal(await isAllowed(user('Y', { identity: [assumeAll] }, B), named), false);
  assert.equal(await isAllowed(user('Y', { identity: [assumeAll] }, B), [allow({ AWS: B })]), true);
});

test('a deny anywhere is final', async () => {
  assert.equal(await isAllowed(user('Alice'), [allow(alice), deny(accountRoot)]), false);
  assert.equal(await isAllowed(user('Alice', { identity: [denyAll] }), [allow(alice)]), false);
  assert.equal(await isAllowed(user('Alice', { boundary: denyAll }), [allow(alice)]), false);
  assert.equal(await isAllowed(user('Alice', { serviceControl: [denyAll] }), [allow(alice)]), false);
  const control = policy({ Effect: 'Deny', Principal: '*', Action: 'sts:*', Resource: '*' });
  assert.equal(await isAllowed(user('Alice'), [allow(alice)], { resourceControl: [control] }), false);
});

test('boundaries and session policies limit who is let in by role or account, and not who is named', async () => {
  const limited = [{ boundary: nothing }, { session: [nothing] }] as const;
  for (const limits of limited) {
    assert.equal(await isAllowed(user('Alice', limits), [allow(alice)]), true);
    assert.equal(await isAllowed(user('Alice', { identity: [assumeAll], ...limits }), [allow(accountRoot)]), false);
    assert.equal(await isAllowed(session('s1', limits), [allow({ AWS: roleArn })]), false);
    assert.equal(await isAllowed(session('s1', limits), [allow({ AWS: session('s1').arn })]), true);
    assert.equal(await isAllowed(session('s2', limits), [allow({ AWS: session('s1').arn })]), false);
  }
});

test('a role may assume itself only if its trust policy says so', async () => {
  assert.equal(await isAllowed(session('s1', { identity: [assumeAll] }), [allow(alice)]), false);
  assert.equal(await isAllowed(session('s1'), [allow(accountRoot)]), false);
  assert.equal(await isAllowed(session('s1'), [allow({ AWS: roleArn })]), true);
});

test('a principal that was made anew is another one', async () => {
  assert.equal(await isAllowed(session('s1', {}, 'AROASECONDAPP'), [allow({ AWS: roleArn })]), false);
  const byArn = allow('*', { Condition: { ArnEquals: { 'aws:PrincipalArn': roleArn } } });
  const context = { 'aws:principalarn': [roleArn] };
  assert.equal(await isAllowed(session('s1', {}, 'AROASECONDAPP'), [byArn], { context }), true);
});

test('the root user assumes no role', async () => {
  assert.equal(await isAllowed(root(), [allow(accountRoot), allow('*')]), false);
  assert.equal(await isAllowed(root(B), [allow({ AWS: B })]), false);
});

test('each action is asked about on its own', async () => {
  const context = { 'sts:externalid': ['secret'] };
  const external = allow(alice, { Condition: { StringEquals: { 'sts:ExternalId': 'secret' } } });
  assert.equal(await isAllowed(user('Alice'), [external]), false);
  assert.equal(await isAllowed(user('Alice'), [external], { context }), true);
  assert.equal(await isAllowed(user('Alice'), [external], { context, action: 'sts:TagSession' }), false);
  const both = allow(alice, { Action: ['sts:AssumeRole', 'sts:TagSession'] });
  assert.equal(await isAllowed(user('Alice'), [both], { action: 'sts:TagSession' }), true);
});

test('users of a provider are let in by a statement that names it and looks at the audience or the subject', async () => {
  const issuer = 'issuer.example/tenant';
  const context = { [`${issuer}:aud`]: ['client'], [`${issuer}:sub`]: ['me'], 'sts:rolesessionname': ['s'] };
  const federated = { Federated: provider };
  const cases: readonly (readonly [expected: boolean, statements: readonly Json[]])[] = [
    [true, [byToken(federated, { StringEquals: { [`${issuer}:aud`]: 'client' } })]],
    [true, [byToken(federated, { StringLike: { [`${issuer.toUpperCase()}:SUB`]: 'm*' } })]],
    [false, [byToken(federated, { StringEquals: { [`${issuer}:aud`]: 'other' } })]],
    [false, [byToken(federated)]],
    [false, [byToken(federated, { StringEquals: { 'sts:RoleSessionName': 's' } })]],
    [false, [byToken(federated, { StringNotEquals: { [`${issuer}:sub`]: 'you' } })]],
    [false, [byToken(federated, { Null: { [`${issuer}:aud`]: 'false' } })]],
    [false, [byToken(federated, { StringEquals: { 'other.example:aud': 'client' } })]],
    [false, [byToken({ Federated: `${provider}2` }, { StringEquals: { [`${issuer}:aud`]: 'client' } })]],
    [false, [byToken('*', { StringEquals: { [`${issuer}:aud`]: 'client' } })]],
    [false, [byToken({ AWS: A }, { StringEquals: { [`${issuer}:aud`]: 'client' } })]],
    [false, [allow(federated, { Condition: { StringEquals: { [`${issuer}:aud`]: 'client' } } })]],
    [
      false,
      [
        byToken(federated, { StringEquals: { [`${issuer}:aud`]: 'client' } }),
        deny('*', { Action: 'sts:AssumeRoleWithWebIdentity' }),
      ],
    ],
    [
      false,
      [byToken(federated, { StringEquals: { [`${issuer}:aud`]: 'client' } }), deny(federated, { Action: 'sts:*' })],
    ],
    [
      false,
      [
        byToken(federated, { StringEquals: { [`${issuer}:aud`]: 'client' } }),
        { Effect: 'Deny', NotPrincipal: { AWS: A }, Action: 'sts:*' },
      ],
    ],
    [
      true,
      [
        byToken(federated, { StringEquals: { [`${issuer}:aud`]: 'client' } }),
        { Effect: 'Deny', NotPrincipal: federated, Action: 'sts:*' },
      ],
    ],
  ];
  for (const [expected, statements] of cases) {
    assert.equal(await isAllowed(webIdentity, statements, { context }), expected, JSON.stringify(statements));
  }
});

test('a trust policy that is not well formed is refused in the terms of IAM', async () => {
  const refused: readonly string[] = [
    'no json',
    '{"Statement":[]}',
    textOf({ Effect: 'Allow', Action: 'sts:AssumeRole' }),
    textOf(allow(alice, { Resource: '*' })),
    textOf(allow(alice, { NotResource: 'arn:aws:iam::1:role/x' })),
    textOf(allow(alice, { Action: undefined })),
    textOf(allow(alice, { Action: 'kms:Decrypt' })),
    textOf(allow(alice, { Action: '*' })),
    textOf(allow(alice, { Condition: { StringEqual: { 'sts:ExternalId': 'x' } } })),
    textOf(allow({ Federated: '*' })),
    textOf(allow({ Federated: 'issuer.example' })),
    textOf(allow({ Federated: `arn:aws:iam::${A}:user/Alice` })),
    textOf(allow({ CanonicalUser: 'x' })),
    textOf(allow({ AWS: `arn:aws:iam::${A}:role/*` })),
    textOf({ Effect: 'Allow', NotPrincipal: alice, Action: 'sts:AssumeRole' }),
  ];
  for (const text of refused) {
    await assert.rejects(readTrustPolicy(text, idOf), { name: 'MalformedPolicyDocument' }, text);
  }
  await assert.rejects(readTrustPolicy(textOf(allow({ AWS: `arn:aws:iam::${A}:user/Nobody` })), idOf), {
    name: 'MalformedPolicyDocument',
    message: `Invalid principal in policy: "AWS":"arn:aws:iam::${A}:user/Nobody"`,
  });
});

test('providers of all kinds, services and ids of their own are taken', async () => {
  const names = ['cognito-identity.amazonaws.com', `arn:aws:iam::${A}:saml-provider/Corp`, provider];
  const { principals } = await readTrustPolicy(
    textOf(allow({ Federated: names, AWS: [A, user('Alice').arn], Service: 'ec2.amazonaws.com' })),
    async (name) => (name.endsWith('.com') ? name : idOf(name)),
  );
  assert.deepEqual(principals, [[user('Alice').arn, `AIDA${A}ALICE`]]);
});

test('a stored policy is compiled once, and one that cannot be read is an internal failure', async () => {
  const holder = await holderOf(allow(alice));
  assert.equal(trustPolicyOf(holder), trustPolicyOf(holder));
  const broken = { trustPolicy: '{}', trustPrincipals: [] };
  assert.throws(
    () => trustPolicyOf(broken),
    (error) => error instanceof Error && !(error instanceof ApiError),
  );
});
