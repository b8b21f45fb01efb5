/** The AWS CLI, unchanged, says of the files that a server has delivered whether they are what was delivered. */
import assert from 'node:assert/strict';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { CreateKeyCommand } from '@aws-sdk/client-kms';
import { sendCommand } from '#server/control.ts';
import { isInstalled, runClient } from '#test/harness/clients.ts';
import { keysIn } from '#test/harness/delivered.ts';
import { type ServerProcess, startServer } from '#test/harness/server-process.ts';

const account = '111122223333';
const startTime = new Date(Date.now() - 86_400_000).toISOString();

const deliver = ({ data }: ServerProcess) => sendCommand(join(data, 'control.sock'), 'audit/deliver');

async function validate({ data }: ServerProcess) {
  const arn = `arn:aws:cloudtrail:us-east-1:${account}:trail/keywright`;
  const ran = await runClient(data, 'aws', [
    ...['cloudtrail', 'validate-logs', '--trail-arn', arn, '--start-time', startTime],
  ]);
  return { ...ran, output: ran.stdout + ran.stderr };
}

test('what is delivered is valid, also over kills; what is altered or removed is not', async () => {
  if (!(await isInstalled('aws', ['--version']))) return;
  await using server = await startServer({ args: ['--account', account] });
  for (let run = 0; run < 3; run++) {
    await server.client().send(new CreateKeyCommand({}));
    if (run < 2) await deliver(server);
    if (run < 2) await server.kill();
    if (run < 2) await server.start();
  }
  await deliver(server);
  const files = join(server.data, 'audit', 'cloudtrail');
  const logs = keysIn(files, '_CloudTrail_', account);
  const digests = keysIn(files, '_CloudTrail-Digest_', account);
  assert(digests.length >= 3);
  const created = logs.flatMap((key) => {
    const { Records } = JSON.parse(gunzipSync(readFileSync(join(files, account, key))).toString());
    return Records.filter(({ eventName }: { eventName: string }) => eventName === 'CreateKey');
  });
  assert.equal(created.length, 3);
  const valid = await validate(server);
  assert.equal(valid.code, 0, valid.output);
  assert.match(valid.stdout, new RegExp(`${digests.length}/${digests.length} digest files valid`));
  assert.match(valid.stdout, new RegExp(`${logs.length}/${logs.length} log files valid`));

  const log = join(files, account, logs[0] ?? '');
  const genuine = readFileSync(log);
  writeFileSync(log, gzipSync(gunzipSync(genuine).toString().replace('CreateKey', 'CreateOne')));
  const altered = await validate(server);
  assert.equal(altered.code, 1);
  assert.match(altered.output, /INVALID: hash value doesn't match/);
  writeFileSync(log, genuine);

  const digest = join(files, account, digests[1] ?? '');
  renameSync(digest, `${digest}.aside`);
  const removed = await validate(server);
  assert.equal(removed.code, 1);
  assert.match(removed.output, /INVALID: not found/);
  renameSync(`${digest}.aside`, digest);
  rmSync(`${digest}.meta`);
  const unsigned = await validate(server);
  assert.match(unsigned.output, /signature verification failed/);
});
