/** The AWS CLI and boto3, unchanged, with only AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE set. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { isInstalled, runClient } from '#test/harness/clients.ts';
import { startServer } from '#test/harness/server-process.ts';

test('the AWS CLI runs the everyday workflow', async () => {
  if (!(await isInstalled('aws', ['--version']))) return;
  await using server = await startServer();
  const aws = async (...args: string[]) => {
    const ran = await runClient(server.data, 'aws', ['kms', ...args, '--output', 'json']);
    assert.equal(ran.code, 0, ran.stderr);
    return ran.stdout === '' ? undefined : JSON.parse(ran.stdout);
  };
  const { KeyMetadata } = await aws('create-key', '--description', 'my application');
  assert.equal(KeyMetadata.Description, 'my application');
  await aws('create-alias', '--alias-name', 'alias/app-data-key', '--target-key-id', KeyMetadata.KeyId);
  const dataKey = await aws('generate-data-key', '--key-id', 'alias/app-data-key', '--key-spec', 'AES_256');
  const blob = join(server.data, 'blob');
  writeFileSync(blob, Buffer.from(dataKey.CiphertextBlob, 'base64'));
  const opened = await aws('decrypt', '--ciphertext-blob', `fileb://${blob}`);
  assert.equal(opened.Plaintext, dataKey.Plaintext);
  const scheduled = await aws('schedule-key-deletion', '--key-id', KeyMetadata.KeyId, '--pending-window-in-days', '7');
  assert.equal(scheduled.KeyState, 'PendingDeletion');
  const cancelled = await aws('cancel-key-deletion', '--key-id', KeyMetadata.KeyId);
  assert.equal(cancelled.KeyId, KeyMetadata.Arn);
  const { KeyMetadata: after } = await aws('describe-key', '--key-id', 'alias/app-data-key');
  assert.equal(after.KeyState, 'Disabled');
  const refused = await runClient(server.data, 'aws', ['kms', 'decrypt', '--ciphertext-blob', `fileb://${blob}`]);
  assert.match(
    refused.stderr,
    /\(DisabledException\) when calling the Decrypt operation: arn:aws:kms:\S+ is disabled\./,
  );
});

test('boto3 runs the everyday workflow', async () => {
  if (!(await isInstalled('python3', ['-c', 'import boto3']))) return;
  await using server = await startServer();
  const ran = await runClient(server.data, 'python3', [join(import.meta.dirname, 'workflow.py')]);
  assert.deepEqual([ran.code, ran.stdout], [0, 'done\n'], ran.stderr);
});
