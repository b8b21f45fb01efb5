/** Accounts of one server: added while it runs or not, each with keys of its own. */
import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateKeyCommand, DescribeKeyCommand, type KMSClient, ListKeysCommand } from '@aws-sdk/client-kms';
import { runCli, type ServerProcess, startServer } from '#test/harness/server-process.ts';

/** A client with the credentials that the file has under a profile. */
function clientOf(server: ServerProcess, profile: string): KMSClient {
  const text = readFileSync(join(server.data, 'aws', 'credentials'), 'utf8');
  const section = text.split(/^\[/m).find((part) => part.startsWith(`${profile}]`)) ?? '';
  const value = (name: string) => new RegExp(`^${name} = (.+)$`, 'm').exec(section)?.[1] ?? '';
  const credentials = { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') };
  return server.client({ credentials });
}

const arnOf = async (client: KMSClient) => (await client.send(new CreateKeyCommand({}))).KeyMetadata?.Arn ?? '';

test('an account made while the server runs works at once, and sees nothing of the others', async () => {
  await using server = await startServer();
  const { code, stdout, stderr } = await runCli([
    'account',
    'create',
    '--id',
    '111122223333',
    '--json',
    '--data',
    server.data,
  ]);
  assert.equal(code, 0, stderr);
  assert.deepEqual(JSON.parse(stdout), { accountId: '111122223333', profile: '111122223333' });
  const [first, second] = [clientOf(server, 'default'), clientOf(server, '111122223333')];
  const [mine, theirs] = [await arnOf(first), await arnOf(second)];
  assert.match(mine, /:000000000000:key/);
  assert.match(theirs, /:111122223333:key/);
  assert.equal((await first.send(new ListKeysCommand({}))).Keys?.length, 1);
  await assert.rejects(first.send(new DescribeKeyCommand({ KeyId: theirs })), { name: 'AccessDeniedException' });
  const again = await runCli(['account', 'create', '--id', '111122223333', '--data', server.data]);
  assert.deepEqual([again.code, again.stderr], [1, 'keywright: The account 111122223333 exists already.\n']);
});

test('an account made while no server runs is there when one does, and the default stays the first', async () => {
  await using server = await startServer();
  const before = server.credentials;
  await server.stop();
  for (let i = 0; i < 5; i++) assert.equal((await runCli(['account', 'create', '--data', server.data])).code, 0);
  await server.start();
  assert.deepEqual(server.credentials, before);
  const config = readFileSync(join(server.data, 'aws', 'config'), 'utf8');
  const profiles = [...config.matchAll(/^\[profile (\d{12})\]\nregion = us-east-1\nendpoint_url = (.+)$/gm)];
  assert.equal(profiles.length, 5);
  for (const [, id = '', url] of profiles) {
    assert.equal(url, server.url);
    assert.match(await arnOf(clientOf(server, id)), new RegExp(`:${id}:key/`));
  }
  for (const file of ['config', 'credentials'])
    assert.equal(statSync(join(server.data, 'aws', file)).mode & 0o777, 0o600);
});

test('what is no account id is refused', async () => {
  await using server = await startServer();
  for (const id of ['1', '12345678901x', '']) {
    const { code, stderr } = await runCli(['account', 'create', '--id', id, '--data', server.data]);
    assert.notEqual(code, 0);
    assert.match(stderr, /An account id has 12 digits/);
  }
});
