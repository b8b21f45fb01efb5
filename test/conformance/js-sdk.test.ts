/** The AWS SDK for JavaScript against a server as an operator runs it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  CancelKeyDeletionCommand,
  CreateAliasCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  DisabledException,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GenerateDataKeyCommand,
  GenerateRandomCommand,
  GetKeyPolicyCommand,
  GetKeyRotationStatusCommand,
  InvalidCiphertextException,
  KMSServiceException,
  ListResourceTagsCommand,
  NotFoundException,
  PutKeyPolicyCommand,
  paginateListAliases,
  paginateListKeys,
  ReEncryptCommand,
  ReplicateKeyCommand,
  ScheduleKeyDeletionCommand,
  TagResourceCommand,
  UnsupportedOperationException,
  UntagResourceCommand,
  UpdateAliasCommand,
  UpdateKeyDescriptionCommand,
  UpdatePrimaryRegionCommand,
} from '@aws-sdk/client-kms';
import { startServer } from '#test/harness/server-process.ts';

test('the everyday workflow runs through the SDK', async () => {
  await using server = await startServer();
  const kms = server.client();
  const { KeyMetadata } = await kms.send(
    new CreateKeyCommand({ Description: 'app', Tags: [{ TagKey: 'a', TagValue: 'b' }] }),
  );
  const KeyId = KeyMetadata?.KeyId ?? '';
  assert(KeyMetadata?.CreationDate instanceof Date);
  await kms.send(new CreateAliasCommand({ AliasName: 'alias/app', TargetKeyId: KeyId }));
  const EncryptionContext = { purpose: 'test', ünï: '✓' };
  const dataKey = await kms.send(
    new GenerateDataKeyCommand({ KeyId: 'alias/app', KeySpec: 'AES_256', EncryptionContext }),
  );
  assert.equal(dataKey.Plaintext?.length, 32);
  const { CiphertextBlob } = dataKey;
  const opened = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext }));
  assert.deepEqual(opened.Plaintext, dataKey.Plaintext);
  const encrypted = await kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('hello') }));
  const moved = await kms.send(
    new ReEncryptCommand({ CiphertextBlob: encrypted.CiphertextBlob, DestinationKeyId: 'alias/app' }),
  );
  const again = await kms.send(new DecryptCommand({ CiphertextBlob: moved.CiphertextBlob, KeyId }));
  assert.equal(Buffer.from(again.Plaintext ?? []).toString(), 'hello');
  assert.equal((await kms.send(new GenerateRandomCommand({ NumberOfBytes: 7 }))).Plaintext?.length, 7);

  await kms.send(new TagResourceCommand({ KeyId, Tags: [{ TagKey: 'c', TagValue: 'd' }] }));
  await kms.send(new UntagResourceCommand({ KeyId, TagKeys: ['a'] }));
  const { Tags } = await kms.send(new ListResourceTagsCommand({ KeyId }));
  assert.deepEqual(Tags, [{ TagKey: 'c', TagValue: 'd' }]);
  await kms.send(new UpdateKeyDescriptionCommand({ KeyId, Description: 'new' }));
  const { Policy } = await kms.send(new GetKeyPolicyCommand({ KeyId }));
  await kms.send(new PutKeyPolicyCommand({ KeyId, Policy }));
  assert.equal((await kms.send(new GetKeyRotationStatusCommand({ KeyId }))).KeyRotationEnabled, false);
  await kms.send(new UpdateAliasCommand({ AliasName: 'alias/app', TargetKeyId: KeyId }));

  await kms.send(new DisableKeyCommand({ KeyId }));
  await assert.rejects(kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') })), DisabledException);
  await kms.send(new EnableKeyCommand({ KeyId }));
  const scheduled = await kms.send(new ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  assert(scheduled.DeletionDate instanceof Date);
  await kms.send(new CancelKeyDeletionCommand({ KeyId }));
  const described = await kms.send(new DescribeKeyCommand({ KeyId }));
  assert.deepEqual([described.KeyMetadata?.KeyState, described.KeyMetadata?.Description], ['Disabled', 'new']);
});

test('multi-Region keys run through the SDK, in the Regions that are served, over a restart', async () => {
  await using server = await startServer({ args: ['--regions', 'us-east-1,eu-west-1'] });
  const { KeyMetadata } = await server.client().send(new CreateKeyCommand({ MultiRegion: true }));
  const KeyId = KeyMetadata?.KeyId;
  const kms = server.client();
  const replicated = await kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-1' }));
  assert.equal(replicated.ReplicaKeyMetadata?.Arn, KeyMetadata?.Arn?.replace('us-east-1', 'eu-west-1'));
  assert.equal(replicated.ReplicaKeyMetadata?.MultiRegionConfiguration?.MultiRegionKeyType, 'REPLICA');
  await assert.rejects(
    kms.send(new ReplicateKeyCommand({ KeyId, ReplicaRegion: 'eu-west-2' })),
    UnsupportedOperationException,
  );
  const Plaintext = Buffer.from('secret');
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext }));
  await kms.send(new UpdatePrimaryRegionCommand({ KeyId, PrimaryRegion: 'eu-west-1' }));
  await server.stop();
  await server.start();
  const europe = server.client({ region: 'eu-west-1' });
  const opened = await europe.send(new DecryptCommand({ CiphertextBlob }));
  assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext);
  const described = await europe.send(new DescribeKeyCommand({ KeyId }));
  assert.equal(described.KeyMetadata?.MultiRegionConfiguration?.MultiRegionKeyType, 'PRIMARY');
});

test('the SDK’s paginators walk through lists', async () => {
  await using server = await startServer();
  const client = server.client();
  for (let i = 0; i < 5; i++) {
    const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
    await client.send(new CreateAliasCommand({ AliasName: `alias/n${i}`, TargetKeyId: KeyMetadata?.KeyId }));
  }
  const keys = [];
  for await (const page of paginateListKeys({ client, pageSize: 2 }, {})) keys.push(...(page.Keys ?? []));
  const aliases = [];
  for await (const page of paginateListAliases({ client, pageSize: 2 }, {})) aliases.push(...(page.Aliases ?? []));
  assert.deepEqual([keys.length, aliases.length], [5, 5]);
});

test('the SDK recognises our errors as its own, with their request id', async () => {
  await using server = await startServer();
  const kms = server.client();
  await assert.rejects(kms.send(new DescribeKeyCommand({ KeyId: 'alias/none' })), (error) => {
    assert(error instanceof NotFoundException && error instanceof KMSServiceException);
    assert.equal(error.message, 'Alias arn:aws:kms:us-east-1:000000000000:alias/none is not found.');
    assert.match(error.$metadata.requestId ?? '', /^[0-9a-f-]{36}$/);
    return true;
  });
  await assert.rejects(kms.send(new DecryptCommand({ CiphertextBlob: Buffer.alloc(200) })), InvalidCiphertextException);
  const stranger = server.client({ credentials: { accessKeyId: 'AKIAUNKNOWNUNKNOWN22', secretAccessKey: 'x' } });
  await assert.rejects(stranger.send(new DescribeKeyCommand({ KeyId: 'alias/none' })), {
    name: 'InvalidSignatureException',
  });
});
