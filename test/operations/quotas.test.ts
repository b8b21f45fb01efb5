/** How much there may be of what. The quotas of aliases and grants are tested with these. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayMs } from '#base/clock.ts';
import { destroyDueKeys } from '#keys/deletion.ts';
import { type Kms, type SendOptions, startKms } from '#test/harness/kms.ts';

const place = ['111122223333', 'us-east-1'];

async function fill(kms: Kms, count: number): Promise<void> {
  await kms.vault.store.write(async (transaction) => transaction.put('keyCounts', place, { count }));
}

const make = (kms: Kms, options?: SendOptions, input: object = {}) => kms.send('CreateKey', input, options);
const countOf = async (kms: Kms) => (await kms.vault.store.get('keyCounts', place))?.count;

test('an account has 100,000 customer managed keys in a Region at most, those on their way out included', async () => {
  await using kms = await startKms();
  const { KeyId } = (await kms.ok('CreateKey')).KeyMetadata;
  await fill(kms, 99_999);
  assert.equal((await make(kms)).status, 200);
  const { body } = await make(kms);
  assert.equal(body.__type, 'LimitExceededException');
  assert.match(body.message, /as many keys in us-east-1 as it may have, 100000/);
  assert.equal((await kms.ok('ListKeys')).Keys.length, 2);
  assert.equal((await make(kms, { region: 'eu-west-1' })).status, 200, 'another Region');
  assert.equal((await make(kms, { caller: kms.other })).status, 200, 'another account');
  await kms.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
  assert.equal((await make(kms)).status, 400, 'pending deletion');
  kms.clock.advance(7 * dayMs);
  await destroyDueKeys(kms.keyring);
  assert.equal((await make(kms)).status, 200, 'one is gone');
  assert.equal((await make(kms)).status, 400);
});

test('of many keys made at once, only as many as there is room for are made', async () => {
  await using kms = await startKms();
  await fill(kms, 99_997);
  const answers = await Promise.all(Array.from({ length: 10 }, () => make(kms)));
  assert.equal(answers.filter(({ status }) => status === 200).length, 3);
  assert.equal(await countOf(kms), 100_000);
});

test('AWS managed keys do not count, and come into being in a full account', async () => {
  await using kms = await startKms();
  await kms.ok('DescribeKey', { KeyId: 'alias/aws/s3' });
  assert.equal(await countOf(kms), undefined);
  await fill(kms, 100_000);
  await kms.ok('DescribeKey', { KeyId: 'alias/aws/ebs' });
  assert.equal(await countOf(kms), 100_000);
});

test('keys of a store that kept no count are counted with the next one that is made or destroyed', async () => {
  await using kms = await startKms();
  const forget = () => kms.vault.store.write(async (transaction) => transaction.delete('keyCounts', place));
  await kms.ok('DescribeKey', { KeyId: 'alias/aws/s3' });
  const { KeyId } = (await kms.ok('CreateKey')).KeyMetadata;
  await kms.ok('CreateKey');
  await forget();
  await kms.ok('CreateKey');
  assert.equal(await countOf(kms), 3);
  await forget();
  await kms.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
  kms.clock.advance(7 * dayMs);
  await destroyDueKeys(kms.keyring);
  assert.equal(await countOf(kms), 2);
});

test('a key that is refused is not counted', async () => {
  await using kms = await startKms();
  await kms.ok('CreateKey');
  assert.equal((await make(kms, {}, { KeySpec: 'SYMMETRIC_DEFAULT', KeyUsage: 'SIGN_VERIFY' })).status, 400);
  assert.equal(await countOf(kms), 1);
});

test('a key has fifty tags at most, however they come', async () => {
  await using kms = await startKms();
  const tags = (count: number, name: string) =>
    Array.from({ length: count }, (_, n) => ({ TagKey: `${name}${n}`, TagValue: '' }));
  assert.equal((await make(kms, {}, { Tags: tags(51, 'a') })).body.__type, 'TagException');
  const { KeyId } = (await kms.ok('CreateKey', { Tags: tags(30, 'a') })).KeyMetadata;
  assert.equal((await kms.send('TagResource', { KeyId, Tags: tags(21, 'b') })).body.__type, 'TagException');
  await kms.ok('TagResource', { KeyId, Tags: tags(20, 'b') });
  await kms.ok('TagResource', { KeyId, Tags: tags(50, 'a').slice(0, 30) }); // which it has
  assert.equal((await kms.ok('ListResourceTags', { KeyId, Limit: 50 })).Tags.length, 50);
});

test('a key policy has 32,768 bytes at most, in CreateKey and PutKeyPolicy', async () => {
  await using kms = await startKms();
  const policyOf = (length: number) => {
    const text = (Sid: string) =>
      JSON.stringify({
        Statement: [{ Sid, Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' }],
      });
    return text('x'.repeat(length - text('').length));
  };
  const { KeyId } = (await kms.ok('CreateKey', { Policy: policyOf(32_768) })).KeyMetadata;
  await kms.ok('PutKeyPolicy', { KeyId, Policy: policyOf(32_768) });
  const Policy = policyOf(32_769);
  assert.equal((await make(kms, {}, { Policy })).body.__type, 'LimitExceededException');
  assert.equal((await kms.send('PutKeyPolicy', { KeyId, Policy })).body.__type, 'LimitExceededException');
});
