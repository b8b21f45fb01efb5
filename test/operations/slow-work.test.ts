/** What waits for its turn: it is done as long as it is permitted, and accounts do not stand in each other's way. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayMs } from '#base/clock.ts';
import { putGuardrail } from '#identity/guardrails.ts';
import { parseAccountId } from '#model/arn.ts';
import { materialFor, sendMaterial } from '#test/harness/import.ts';
import { type Caller, type Kms, startKms } from '#test/harness/kms.ts';

const slow = { KeySpec: 'ML_DSA_87', KeyUsage: 'SIGN_VERIFY' };
const Message = Buffer.alloc(64, 1).toString('base64');
const signing = { Message, MessageType: 'EXTERNAL_MU', SigningAlgorithm: 'ML_DSA_SHAKE_256' };

/** So many signatures that most of them wait; what each was answered, and whether that came after `end` was acknowledged. */
async function signWhile(kms: Kms, input: object, caller: Caller, end: () => Promise<unknown>) {
  let isOver = false;
  const first = Promise.withResolvers<void>();
  const answers = Array.from({ length: 60 }, async () => {
    const { status, body } = await kms.send('Sign', input, { caller });
    const late = isOver;
    first.resolve();
    return { outcome: status === 200 ? 'signed' : body.__type, late };
  });
  await first.promise;
  await end();
  isOver = true;
  return Promise.all(answers);
}

function assertStopped(answers: Awaited<ReturnType<typeof signWhile>>, refusal: string): void {
  const late = answers.filter((answer) => answer.late);
  // What was done when the change was acknowledged may still have been on its way to the client.
  assert(late.filter(({ outcome }) => outcome === 'signed').length <= 2, JSON.stringify(late));
  assert(late.filter(({ outcome }) => outcome === refusal).length >= 20, JSON.stringify(late));
}

test('signatures that wait are not given out once the key has been disabled', async () => {
  await using kms = await startKms();
  const { KeyId } = (await kms.ok('CreateKey', slow)).KeyMetadata;
  const answers = await signWhile(kms, { KeyId, ...signing }, kms.root, () => kms.ok('DisableKey', { KeyId }));
  assertStopped(answers, 'DisabledException');
});

test('nor once the grant has been revoked that permitted them', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = (await kms.ok('CreateKey', slow)).KeyMetadata;
  const grant = { KeyId, GranteePrincipal: 'arn:aws:iam::444455556666:root', Operations: ['Sign'] };
  const { GrantId } = await kms.ok('CreateGrant', grant);
  const answers = await signWhile(kms, { KeyId: Arn, ...signing }, kms.other, () =>
    kms.ok('RevokeGrant', { KeyId, GrantId }),
  );
  assertStopped(answers, 'AccessDeniedException');
});

test('nor once the caller may no longer', async () => {
  await using kms = await startKms();
  const { KeyId } = (await kms.ok('CreateKey', slow)).KeyMetadata;
  await kms.did('CreateUser', { UserName: 'alice' });
  const PolicyDocument = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: 'kms:Sign', Resource: '*' }],
  });
  await kms.did('PutUserPolicy', { UserName: 'alice', PolicyName: 'sign', PolicyDocument });
  const { AccessKey } = await kms.did('CreateAccessKey', { UserName: 'alice' });
  const alice = { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
  const answers = await signWhile(kms, { KeyId, ...signing }, alice, () =>
    kms.did('DeleteUserPolicy', { UserName: 'alice', PolicyName: 'sign' }),
  );
  assertStopped(answers, 'AccessDeniedException');
});

test('nor once a guardrail of the key’s account forbids them to another account', async () => {
  await using kms = await startKms();
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: ['111122223333', '444455556666'].map((account) => ({
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${account}:root` },
      Action: 'kms:*',
      Resource: '*',
    })),
  });
  const { Arn } = (await kms.ok('CreateKey', { ...slow, Policy })).KeyMetadata;
  const accountId = parseAccountId('111122223333');
  assert(accountId !== undefined);
  const guardrail = { accountId, kind: 'resource-control', name: 'no signatures' } as const;
  const forbids = { Effect: 'Deny', Principal: '*', Action: 'kms:Sign', Resource: '*' };
  const document = JSON.stringify({ Version: '2012-10-17', Statement: [forbids] });
  const answers = await signWhile(kms, { KeyId: Arn, ...signing }, kms.other, () =>
    putGuardrail(kms.identities, guardrail, document),
  );
  assertStopped(answers, 'AccessDeniedException');
});

test('the few signatures of one account do not wait for the many of another', async () => {
  await using kms = await startKms();
  const make = async (caller: Caller) => (await kms.ok('CreateKey', slow, { caller })).KeyMetadata.KeyId;
  const [busy, calm] = [await make(kms.other), await make(kms.root)];
  await kms.ok('Sign', { KeyId: calm, ...signing });
  let left = 100;
  const many = Array.from({ length: left }, async () => {
    await kms.ok('Sign', { KeyId: busy, ...signing }, { caller: kms.other });
    left--;
  });
  await Promise.race(many);
  await kms.ok('Sign', { KeyId: calm, ...signing });
  assert(left > 50, `${left} of 100 signatures of the other account were still to be made`);
  await Promise.all(many);
});

test('a key whose material expires while it is being enabled stays without', async () => {
  await using kms = await startKms();
  const { KeyId } = (await kms.ok('CreateKey', { Origin: 'EXTERNAL' })).KeyMetadata;
  const ValidTo = kms.clock.now() / 1000 + 60;
  await sendMaterial(kms, KeyId, materialFor('SYMMETRIC_DEFAULT'), { ValidTo });
  await kms.ok('DisableKey', { KeyId });
  const gate = Promise.withResolvers<void>();
  const before = kms.vault.store.write(() => gate.promise); // transactions run one after another
  const enabling = kms.send('EnableKey', { KeyId });
  await new Promise((resolve) => setTimeout(resolve, 100)); // the request has found the key in time
  kms.clock.advance(60_000);
  gate.resolve();
  await before;
  assert.equal((await enabling).body.__type, 'KMSInvalidStateException');
  assert.equal((await kms.ok('DescribeKey', { KeyId })).KeyMetadata.KeyState, 'PendingImport');
  kms.clock.advance(dayMs);
});
