import assert from 'node:assert/strict';
import { test } from 'node:test';
import { contextOf } from '#call/context.ts';
import { putGuardrail } from '#identity/guardrails.ts';
import { type Issuer, issuer, issuerUrl, startIssuer } from '#test/harness/issuer.ts';
import { A, B, documentOf, refusal, roleArn, stsWorld } from '#test/harness/sts.ts';

const provider = `arn:aws:iam::${A}:oidc-provider/${issuerUrl}`;
const operation = 'AssumeRoleWithWebIdentity';
const denied = refusal('AccessDeniedException', `Not authorized to perform sts:${operation}`);

type Json = Readonly<Record<string, unknown>>;
const trusting = (more: Json = {}, StringEquals: Json = { [`${issuerUrl}:aud`]: 'client' }): Json => ({
  Effect: 'Allow',
  Principal: { Federated: provider },
  Action: `sts:${operation}`,
  Condition: { StringEquals },
  ...more,
});

async function startWorld(running: Issuer) {
  const world = await stsWorld(running.fetch);
  await world.identities.vault.store.write(async (transaction) => {
    const record = { accountId: A, url: issuerUrl, clientIds: ['client'], thumbprints: [], createdAtMs: 0, tags: [] };
    transaction.put('openIdProviders', [A, issuerUrl], record);
  });
  const token = (more: Json = {}) => {
    const iat = Math.floor(world.clock.now() / 1000);
    return running.sign({ iss: issuer, sub: 'alice', aud: 'client', iat, exp: iat + 600, ...more });
  };
  const assume = async (more: Json = {}, claims: Json = {}) =>
    world.call(operation, {
      RoleArn: roleArn('App'),
      RoleSessionName: 'work',
      WebIdentityToken: await token(claims),
      ...more,
    });
  return { ...world, assume };
}

test('a token becomes a session of the role', async () => {
  await using running = await startIssuer();
  const { assume, role, holderOf, clock } = await startWorld(running);
  const { roleId } = await role('App', [trusting({ Action: ['sts:*'] })]);
  const answer = await assume(
    { DurationSeconds: 900, Policy: documentOf({ Effect: 'Allow', Action: 'kms:*', Resource: '*' }) },
    {
      azp: 'party',
      amr: ['pwd'],
      'https://aws.amazon.com/tags': { principal_tags: { Team: ['Blue'] }, transitive_tag_keys: ['Team'] },
      'https://aws.amazon.com/source_identity': 'alice@example',
    },
  );
  const { Credentials, PackedPolicySize, ...rest } = answer;
  const arn = `arn:aws:sts::${A}:assumed-role/App/work`;
  assert.deepEqual(rest, {
    SubjectFromWebIdentityToken: 'alice',
    AssumedRoleUser: { AssumedRoleId: `${roleId}:work`, Arn: arn },
    Provider: issuer,
    Audience: 'client',
    SourceIdentity: 'alice@example',
  });
  assert(PackedPolicySize > 0);
  assert.equal(Credentials.Expiration, Math.floor(clock.now() / 1000) * 1000 + 900_000);
  const caller = await holderOf(Credentials);
  assert(caller?.kind === 'role-session');
  assert.deepEqual(caller.tags, [['Team', 'Blue']]);
  const place = { accountId: A, region: 'us-east-1' } as never;
  const client = { address: undefined, isTls: false, userAgent: undefined };
  const context = contextOf({ caller, place, client, nowMs: 0 }, () => undefined);
  const seen = ['sub', 'aud', 'amr', 'azp'].map((name) => context.get(`${issuerUrl}:${name}`));
  assert.deepEqual(seen, [['alice'], ['client'], ['pwd'], undefined]);
  assert.deepEqual(context.get('aws:federatedprovider'), [provider]);
  assert.deepEqual(context.get('aws:sourceidentity'), ['alice@example']);
});

test('a role that refuses and one that is not there are told alike', async () => {
  await using running = await startIssuer();
  const { assume, role } = await startWorld(running);
  await assert.rejects(assume(), denied);
  const refusing: readonly Json[] = [
    trusting({}, { [`${issuerUrl}:aud`]: 'else' }),
    trusting({}, { [`${issuerUrl}:sub`]: 'bob' }),
    trusting({}, { 'sts:RoleSessionName': 'work' }),
    trusting({ Condition: undefined }),
    trusting({ Action: 'sts:AssumeRole' }),
    trusting({ Principal: { Federated: `${provider}/more` } }),
    trusting({ Principal: { Federated: provider.replace(A, B) } }),
    trusting({ Principal: '*' }),
    trusting({ Principal: { AWS: A } }),
  ];
  for (const statement of refusing) {
    await role('App', [statement]);
    await assert.rejects(assume(), denied, JSON.stringify(statement));
  }
  await role('App', [trusting()]);
  await assume();
  await assert.rejects(assume({ RoleArn: `arn:aws-cn:iam::${A}:role/App` }), denied);
  await assert.rejects(assume({ RoleArn: `arn:aws:iam::${A}:user/App` }), refusal('ValidationException'));
  await assert.rejects(assume({ RoleArn: roleArn('App', B) }), refusal('InvalidIdentityToken'));
});

test('the trust policy sees the token and the request', async () => {
  await using running = await startIssuer();
  const { assume, role } = await startWorld(running);
  const seen: Json = {
    [`${issuerUrl}:aud`]: 'client',
    [`${issuerUrl}:sub`]: 'alice',
    [`${issuerUrl}:azp`]: 'party',
    'aws:FederatedProvider': provider,
    'aws:SecureTransport': 'true',
    'sts:RoleSessionName': 'work',
    'sts:SourceIdentity': 'alice',
    'aws:RequestTag/Team': 'Blue',
  };
  await role('App', [trusting({ Action: 'sts:*' }, seen)]);
  const claims = {
    azp: 'party',
    'https://aws.amazon.com/tags': { principal_tags: { team: ['Blue'] } },
    'https://aws.amazon.com/source_identity': 'alice',
  };
  await assume({}, claims);
  await assert.rejects(assume({}, { ...claims, azp: undefined }), denied);
  await assert.rejects(assume({ RoleSessionName: 'play' }, claims), denied);
  // No condition key of a principal is there, because there is none yet.
  await role('App', [trusting(), { ...trusting(), Effect: 'Deny', Condition: { Null: { 'aws:userid': 'true' } } }]);
  await assert.rejects(assume(), denied);
});

test('tags and a source identity need permissions of their own', async () => {
  await using running = await startIssuer();
  const { assume, role } = await startWorld(running);
  await role('App', [trusting()]);
  await assert.rejects(
    assume({}, { 'https://aws.amazon.com/tags': { principal_tags: { Team: ['Blue'] } } }),
    refusal('AccessDeniedException', 'Not authorized to perform sts:TagSession'),
  );
  await assert.rejects(
    assume({}, { 'https://aws.amazon.com/source_identity': 'alice' }),
    refusal('AccessDeniedException', 'Not authorized to perform sts:SetSourceIdentity'),
  );
  await assert.rejects(
    assume({}, { 'https://aws.amazon.com/tags': { principal_tags: { 'aws:x': ['Blue'] } } }),
    refusal('ValidationException'),
  );
});

test('what the request adds is checked as for AssumeRole', async () => {
  await using running = await startIssuer();
  const { assume, role, identities } = await startWorld(running);
  await role('App', [trusting()]);
  const cases: readonly (readonly [Json, string])[] = [
    [{ WebIdentityToken: 'x'.repeat(20_001) }, 'ValidationException'],
    [{ WebIdentityToken: 'x.y.z' }, 'InvalidIdentityToken'],
    [{ ProviderId: 'www.amazon.com' }, 'ValidationException'],
    [{ DurationSeconds: 3601 }, 'ValidationException'],
    [{ Policy: 'x'.repeat(2049) }, 'ValidationException'],
    [{ Policy: '{}' }, 'MalformedPolicyDocument'],
    [{ PolicyArns: [{ arn: `arn:aws:iam::${A}:policy/None` }] }, 'MalformedPolicyDocument'],
  ];
  for (const [more, name] of cases) await assert.rejects(assume(more), refusal(name), JSON.stringify(more));
  await assert.rejects(
    assume({ WebIdentityToken: 'secret!'.repeat(4000) }),
    (error: Error) => !/secret!/.test(error.message),
  );
  const document = documentOf({ Effect: 'Deny', Principal: '*', Action: 'sts:*', Resource: '*' });
  await putGuardrail(identities, { accountId: A, kind: 'resource-control', name: 'none' }, document);
  await assert.rejects(assume(), denied);
});
