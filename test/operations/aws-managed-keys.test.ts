/** AWS managed keys, and what is done through trusted services. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayMs } from '#base/clock.ts';
import { markAccessKey } from '#identity/via-service.ts';
import { rotateDueKeys } from '#keys/rotation.ts';
import { type Kms, startKms } from '#test/harness/kms.ts';

const KeyId = 'alias/aws/s3';
const Plaintext = Buffer.from('attack at dawn').toString('base64');

async function serviceOf(kms: Kms, service: string): Promise<void> {
  await markAccessKey(kms.identities, kms.other.accessKeyId, service);
}

test('the key of a service comes into being when someone looks at it, once', async () => {
  await using kms = await startKms();
  const looks = await Promise.all(Array.from({ length: 5 }, () => kms.ok('DescribeKey', { KeyId })));
  const ids = new Set(looks.map(({ KeyMetadata }) => KeyMetadata.KeyId));
  assert.equal(ids.size, 1);
  const [{ KeyMetadata }] = looks as [{ KeyMetadata: { KeyManager: string; Arn: string; KeyId: string } }];
  assert.equal(KeyMetadata.KeyManager, 'AWS');
  const { Aliases } = await kms.ok('ListAliases');
  assert.deepEqual(
    Aliases.map(({ AliasName, TargetKeyId }: { AliasName: string; TargetKeyId: string }) => [AliasName, TargetKeyId]),
    [[KeyId, KeyMetadata.KeyId]],
  );
});

test('an alias of no service, and one of another account, do not come into being by a look', async () => {
  await using kms = await startKms();
  assert.equal((await kms.send('DescribeKey', { KeyId: 'alias/aws/nothing' })).body.__type, 'NotFoundException');
  const { body } = await kms.send('DescribeKey', { KeyId: 'arn:aws:kms:us-east-1:444455556666:alias/aws/s3' });
  assert.equal(body.__type, 'AccessDeniedException');
  assert.deepEqual((await kms.ok('ListKeys', {}, { caller: kms.other })).Keys, []);
  assert.equal((await kms.send('Encrypt', { KeyId, Plaintext })).body.__type, 'NotFoundException');
});

test('only the service uses it, and only in its own Region', async () => {
  await using kms = await startKms();
  await serviceOf(kms, 's3');
  const through = { caller: kms.other };
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext }, through);
  assert.equal((await kms.ok('Decrypt', { CiphertextBlob }, through)).Plaintext, Plaintext);
  await serviceOf(kms, 'sqs');
  assert.equal((await kms.send('Decrypt', { CiphertextBlob }, through)).body.__type, 'AccessDeniedException');
  await markAccessKey(kms.identities, kms.other.accessKeyId, undefined);
  assert.equal((await kms.send('Decrypt', { CiphertextBlob }, through)).body.__type, 'AccessDeniedException');
});

test('nobody changes it', async () => {
  await using kms = await startKms();
  const { KeyMetadata } = await kms.ok('DescribeKey', { KeyId });
  const at = { KeyId: KeyMetadata.KeyId };
  const refused: [string, object][] = [
    ['DisableKey', at],
    ['EnableKey', at],
    ['ScheduleKeyDeletion', at],
    ['UpdateKeyDescription', { ...at, Description: 'mine' }],
    ['TagResource', { ...at, Tags: [{ TagKey: 'a', TagValue: 'b' }] }],
    ['UntagResource', { ...at, TagKeys: ['a'] }],
    [
      'PutKeyPolicy',
      { ...at, Policy: '{"Statement":{"Effect":"Allow","Principal":"*","Action":"kms:*","Resource":"*"}}' },
    ],
    ['CreateAlias', { AliasName: 'alias/mine', TargetKeyId: KeyMetadata.KeyId }],
    ['Encrypt', { ...at, Plaintext }],
    ['GenerateDataKey', { ...at, KeySpec: 'AES_256' }],
  ];
  for (const [operation, input] of refused) {
    const { body } = await kms.send(operation, input);
    assert.equal(body.__type, 'AccessDeniedException', operation);
    assert.match(body.Message, /because no resource-based policy allows/);
  }
  assert.equal((await kms.send('DeleteAlias', { AliasName: KeyId })).status, 400);
  assert.deepEqual((await kms.ok('DescribeKey', at)).KeyMetadata, KeyMetadata);
});

test('it is rotated every year, and old ciphertexts go on opening', async () => {
  await using kms = await startKms();
  await serviceOf(kms, 's3');
  const through = { caller: kms.other };
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext }, through);
  const before = await kms.ok('DescribeKey', { KeyId }, through);
  const status = async () => kms.ok('GetKeyRotationStatus', { KeyId: before.KeyMetadata.KeyId }, through);
  const { NextRotationDate, ...rest } = await status();
  assert.deepEqual(rest, { KeyRotationEnabled: true, KeyId: before.KeyMetadata.KeyId, RotationPeriodInDays: 365 });
  kms.clock.advance(364 * dayMs);
  assert.deepEqual(await rotateDueKeys(kms.keyring), []);
  kms.clock.advance(dayMs);
  assert.deepEqual(await rotateDueKeys(kms.keyring), [before.KeyMetadata.Arn]);
  assert.deepEqual(await rotateDueKeys(kms.keyring), []);
  const after = await kms.ok('DescribeKey', { KeyId }, through);
  assert.notEqual(after.KeyMetadata.CurrentKeyMaterialId, before.KeyMetadata.CurrentKeyMaterialId);
  assert.equal((await status()).NextRotationDate, NextRotationDate + 365 * 86_400);
  assert.equal((await kms.ok('Decrypt', { CiphertextBlob }, through)).Plaintext, Plaintext);
});
