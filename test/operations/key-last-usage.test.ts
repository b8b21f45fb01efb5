/** GetKeyLastUsage, the condition that looks at the same, and what becomes of both when a server is killed. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GetKeyLastUsageCommand } from '@aws-sdk/client-kms';
import { dayMs } from '#base/clock.ts';
import { destroyDueKeys } from '#keys/deletion.ts';
import { call, Random } from '#test/harness/client.ts';
import { type Kms, type SendOptions, startKms } from '#test/harness/kms.ts';
import { startServer } from '#test/harness/server-process.ts';

const Plaintext = 'eA==';

async function newKey(kms: Kms, input: object = {}): Promise<string> {
  return (await kms.ok('CreateKey', input)).KeyMetadata.KeyId;
}

const lastUse = async (kms: Kms, KeyId: string, options?: SendOptions) =>
  (await kms.ok('GetKeyLastUsage', { KeyId }, options)).KeyLastUsage;

test('a key that was never used has an empty last usage, and has been tracked since it was made', async () => {
  await using kms = await startKms();
  const atMs = kms.clock.now();
  kms.clock.advance(1000);
  const KeyId = await newKey(kms);
  assert.deepEqual(await kms.ok('GetKeyLastUsage', { KeyId }), {
    KeyId,
    KeyLastUsage: {},
    TrackingStartDate: (atMs + 1000) / 1000,
    KeyCreationDate: (atMs + 1000) / 1000,
  });
});

test('each successful cryptographic operation is the last usage, exactly, from its answer on', async () => {
  await using kms = await startKms();
  const KeyId = await newKey(kms);
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext });
  const events = new Set<string>();
  const operations: readonly (readonly [string, object])[] = [
    ['Encrypt', { KeyId, Plaintext }],
    ['Decrypt', { CiphertextBlob }],
    ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
    ['GenerateDataKeyWithoutPlaintext', { KeyId, NumberOfBytes: 16 }],
  ];
  for (const [operation, input] of operations) {
    kms.clock.advance(1234);
    const answer = await kms.send(operation, input);
    const { CloudTrailEventId, ...rest } = await lastUse(kms, KeyId);
    const KmsRequestId = answer.headers.get('x-amzn-requestid');
    assert.deepEqual(rest, { Operation: operation, Timestamp: kms.clock.now() / 1000, KmsRequestId });
    assert.match(CloudTrailEventId, /^[\da-f]{8}-[\da-f]{4}-8[\da-f]{3}-8[\da-f]{3}-[\da-f]{12}$/);
    events.add(CloudTrailEventId);
  }
  assert.equal(events.size, operations.length);
});

test('what fails, is a dry run, or is no cryptographic operation changes nothing', async () => {
  await using kms = await startKms();
  const [KeyId, other] = [await newKey(kms), await newKey(kms)];
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext });
  const before = await lastUse(kms, KeyId);
  const refused: readonly (readonly [string, object])[] = [
    ['Encrypt', { KeyId, Plaintext, DryRun: true }],
    ['Decrypt', { CiphertextBlob, DryRun: true }],
    ['Decrypt', { KeyId, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }],
    ['Decrypt', { CiphertextBlob, EncryptionContext: { a: 'b' } }],
    ['Decrypt', { CiphertextBlob, KeyId: other }],
    ['ReEncrypt', { CiphertextBlob, DestinationKeyId: other, DryRun: true }],
  ];
  for (const [operation, input] of refused) assert.equal((await kms.send(operation, input)).status, 400, operation);
  await kms.ok('DescribeKey', { KeyId });
  await kms.ok('GetKeyLastUsage', { KeyId });
  await kms.ok('GenerateRandom', { NumberOfBytes: 1 });
  await kms.ok('DisableKey', { KeyId });
  assert.equal((await kms.send('Encrypt', { KeyId, Plaintext })).body.__type, 'DisabledException');
  assert.deepEqual(await lastUse(kms, KeyId), before);
  assert.deepEqual(await lastUse(kms, other), {});
});

test('ReEncrypt is a use of both keys, with an event of its own in the account of each', async () => {
  await using kms = await startKms();
  const anyone = JSON.stringify({
    Statement: [
      { Effect: 'Allow', Principal: { AWS: ['111122223333', '444455556666'] }, Action: 'kms:*', Resource: '*' },
    ],
  });
  const [source, sibling] = [await newKey(kms), await newKey(kms)];
  const foreign = (await kms.ok('CreateKey', { Policy: anyone }, { caller: kms.other })).KeyMetadata;
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId: source, Plaintext });
  await kms.ok('ReEncrypt', { CiphertextBlob, DestinationKeyId: sibling });
  assert.equal((await lastUse(kms, source)).Operation, 'ReEncrypt');
  assert.deepEqual(await lastUse(kms, sibling), await lastUse(kms, source));
  await kms.ok('ReEncrypt', { CiphertextBlob, DestinationKeyId: foreign.Arn });
  const ours = await lastUse(kms, source);
  const theirs = await lastUse(kms, foreign.KeyId, { caller: kms.other });
  assert.equal(theirs.KmsRequestId, ours.KmsRequestId);
  assert.notEqual(theirs.CloudTrailEventId, ours.CloudTrailEventId);
});

test('it takes a key id or key ARN of the own account, in any state, and permission on the key', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = (await kms.ok('CreateKey')).KeyMetadata;
  await kms.ok('Encrypt', { KeyId, Plaintext });
  const expected = await kms.ok('GetKeyLastUsage', { KeyId });
  await kms.ok('CreateAlias', { AliasName: 'alias/a', TargetKeyId: KeyId });
  const alias = await kms.send('GetKeyLastUsage', { KeyId: 'alias/a' });
  assert.equal(alias.body.__type, 'InvalidArnException');
  const foreign = await kms.send('GetKeyLastUsage', { KeyId: Arn }, { caller: kms.other });
  assert.equal(foreign.body.__type, 'AccessDeniedException');
  await kms.ok('DisableKey', { KeyId });
  assert.deepEqual(await kms.ok('GetKeyLastUsage', { KeyId: Arn }), expected);
  await kms.ok('ScheduleKeyDeletion', { KeyId });
  assert.deepEqual(await kms.ok('GetKeyLastUsage', { KeyId }), expected);
  const denied = await newKey(kms, {
    BypassPolicyLockoutSafetyCheck: true,
    Policy: JSON.stringify({
      Statement: [
        { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' },
        { Effect: 'Deny', Principal: { AWS: '111122223333' }, Action: 'kms:GetKeyLastUsage', Resource: '*' },
      ],
    }),
  });
  assert.equal((await kms.send('GetKeyLastUsage', { KeyId: denied })).body.__type, 'AccessDeniedException');
});

test('with a key goes what is known of its use', async () => {
  await using kms = await startKms();
  const KeyId = await newKey(kms);
  await kms.ok('Encrypt', { KeyId, Plaintext });
  await kms.keyring.usage.store();
  assert.equal((await kms.vault.store.list('keyUses', { within: [], limit: 9 })).length, 1);
  await kms.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
  kms.clock.advance(7 * dayMs);
  await destroyDueKeys(kms.keyring);
  await kms.keyring.usage.store();
  assert.deepEqual(await kms.vault.store.list('keyUses', { within: [], limit: 9 }), []);
});

/** Allows everything but to disable or delete a key that was in use within so many days. */
const unlessUsedWithin = (days: number) =>
  JSON.stringify({
    Statement: [
      { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' },
      {
        Effect: 'Deny',
        Principal: '*',
        Action: ['kms:DisableKey', 'kms:ScheduleKeyDeletion'],
        Resource: '*',
        Condition: { NumericLessThan: { 'kms:TrailingDaysWithoutKeyUsage': String(days) } },
      },
    ],
  });

test('a key policy keeps keys that were used lately from being disabled or deleted', async () => {
  await using kms = await startKms();
  const KeyId = await newKey(kms, { Policy: unlessUsedWithin(3) });
  const asks = async (operation: string) => (await kms.send(operation, { KeyId })).status;
  const refused = async () => [await asks('DisableKey'), await asks('ScheduleKeyDeletion')];
  assert.deepEqual(await refused(), [400, 400], 'made just now, and never used');
  kms.clock.advance(3 * dayMs - 1);
  assert.deepEqual(await refused(), [400, 400], 'a day that is not over does not count');
  kms.clock.advance(1);
  await kms.ok('Encrypt', { KeyId, Plaintext });
  assert.deepEqual(await refused(), [400, 400], 'used just now');
  await kms.keyring.usage.store();
  kms.clock.advance(3 * dayMs - 1);
  assert.deepEqual(await refused(), [400, 400]);
  kms.clock.advance(1);
  assert.deepEqual(await refused(), [200, 200]);
});

test('other requests do not have kms:TrailingDaysWithoutKeyUsage', async () => {
  await using kms = await startKms();
  const Policy = JSON.stringify({
    Statement: [
      { Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' },
      {
        Effect: 'Deny',
        Principal: '*',
        Action: ['kms:EnableKey', 'kms:CancelKeyDeletion', 'kms:DisableKey'],
        Resource: '*',
        Condition: { Null: { 'kms:TrailingDaysWithoutKeyUsage': 'true' } },
      },
    ],
  });
  const KeyId = await newKey(kms, { Policy });
  assert.equal((await kms.send('EnableKey', { KeyId })).status, 400);
  await kms.ok('DisableKey', { KeyId });
});

for (const workers of [1, 2]) {
  const title = `a use that was answered survives SIGKILL, at whatever moment, and an orderly end (workers: ${workers})`;
  test(title, { timeout: 120_000 }, async (t) => {
    const seed = Number(process.env['KEYWRIGHT_SEED'] ?? Date.now() % 1_000_000);
    t.diagnostic(`KEYWRIGHT_SEED=${seed}`);
    const random = new Random(seed);
    await using server = await startServer({ args: ['--workers', String(workers)] });
    const callers = 3;
    const keys: string[] = [];
    for (let n = 0; n < 8 * callers; n++) {
      const { body } = await call<{ KeyMetadata: { KeyId: string } }>(server, 'CreateKey', {});
      keys.push(body?.KeyMetadata.KeyId ?? '');
    }
    /** The uses that may be the last: one that was answered, and those that were asked for after it and were not. */
    const possible = new Map<string, Set<unknown>>();
    let answered = 0;
    const kills = workers === 1 ? 12 : 6;
    for (let round = 0; round < kills; round++) {
      let isKilled = false;
      // Each key is one caller's, so that its uses come one after another.
      const work = async (caller: number) => {
        while (!isKilled) {
          const KeyId = keys[caller + callers * random.integer(0, keys.length / callers - 1)] ?? '';
          try {
            const { status, headers } = await call(server, 'Encrypt', { KeyId, Plaintext });
            if (status !== 200) continue;
            answered++;
            possible.get(KeyId)?.clear();
            possible.set(KeyId, new Set([headers['x-amzn-requestid']]));
          } catch (error) {
            if (!isKilled) throw error;
            possible.set(KeyId, (possible.get(KeyId) ?? new Set([undefined])).add('unanswered'));
          }
        }
      };
      const load = Array.from({ length: callers }, (_, caller) => work(caller));
      await new Promise((resolve) => setTimeout(resolve, random.integer(10, 400)));
      isKilled = true;
      if (round === kills - 1) assert.equal(await server.stop(), 0);
      else await server.kill();
      await Promise.all(load);
      await server.start();
      for (const KeyId of keys) {
        const { body } = await call<{ KeyLastUsage: { KmsRequestId?: string } }>(server, 'GetKeyLastUsage', { KeyId });
        const id = body?.KeyLastUsage.KmsRequestId;
        const those = possible.get(KeyId) ?? new Set([undefined]);
        assert(those.has(id) || those.has('unanswered'), `${KeyId}: ${id}, not one of ${[...those]}`);
        possible.set(KeyId, new Set([id]));
      }
    }
    const shown = await server.client().send(new GetKeyLastUsageCommand({ KeyId: keys[0] }));
    assert(shown.KeyLastUsage?.Timestamp instanceof Date && shown.TrackingStartDate instanceof Date);
    assert.equal(server.complaints(), '');
    t.diagnostic(`${answered} uses answered, ${kills - 1} kills`);
  });
}
