/** The commands about who may do what: guardrail, access-key mark and explain, with and without a running server. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { call } from '#test/harness/client.ts';
import { runCli, startServer } from '#test/harness/server-process.ts';

const root = 'arn:aws:iam::000000000000:root';

function fileWith(t: { after(done: () => void): void }, content: unknown): string {
  const directory = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const file = join(directory, 'policy.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const noDeletion = {
  Version: '2012-10-17',
  Statement: [
    { Effect: 'Allow', Action: '*', Resource: '*' },
    { Effect: 'Deny', Action: 'kms:ScheduleKeyDeletion', Resource: '*' },
  ],
};

test('a guardrail binds from the moment it is set to the moment it is removed, and over a restart', async (t) => {
  await using server = await startServer();
  const file = fileWith(t, noDeletion);
  const at = ['--data', server.data, '--account', '000000000000', '--type', 'scp'];
  const cli = (...args: string[]) => runCli(['guardrail', ...args]);
  const made = await call<{ KeyMetadata: { KeyId: string } }>(server, 'CreateKey', {});
  const KeyId = made.body?.KeyMetadata.KeyId;
  const mayDelete = async () => (await call(server, 'ScheduleKeyDeletion', { KeyId })).status === 200;

  const set = await cli('set', 'no-deletion', ...at, '--file', file);
  assert.deepEqual([set.code, set.stdout], [0, 'guardrail no-deletion binds account 000000000000\n'], set.stderr);
  assert.equal(await mayDelete(), false);
  await server.stop();
  const listed = await cli('list', '--data', server.data, '--json');
  const [guardrail] = JSON.parse(listed.stdout);
  assert.deepEqual(
    [guardrail.accountId, guardrail.type, guardrail.name, JSON.parse(guardrail.document)],
    ['000000000000', 'scp', 'no-deletion', noDeletion],
  );
  await server.start();
  assert.equal(await mayDelete(), false);
  assert.equal((await cli('remove', 'no-deletion', ...at)).code, 0);
  assert.equal(await mayDelete(), true);
  assert.equal((await cli('list', '--data', server.data)).stdout, 'there are no guardrails\n');
});

test('a guardrail that cannot be read, or binds nobody, is refused', async (t) => {
  await using server = await startServer();
  const good = fileWith(t, noDeletion);
  const bad = fileWith(t, '{"Statement":[{"Effect":"Deny"}]}');
  const allowing = fileWith(t, { Statement: [{ Effect: 'Allow', Principal: '*', Action: '*', Resource: '*' }] });
  const set = (account: string, type: string, file: string, name = 'x') =>
    runCli(['guardrail', 'set', name, '--data', server.data, '--account', account, '--type', type, '--file', file]);
  for (const [what, run] of [
    ['the document', set('000000000000', 'scp', bad)],
    ['the kind of document', set('000000000000', 'rcp', good)],
    ['the type', set('000000000000', 'tcp', good)],
    ['the account', set('123456789012', 'scp', good)],
    ['the account id', set('12', 'scp', good)],
    ['the name', set('000000000000', 'scp', good, 'a/b')],
    ['the file', set('000000000000', 'scp', '/nowhere/at/all')],
    ['an rcp that allows', set('000000000000', 'rcp', allowing)],
  ] as const) {
    const { code, stderr } = await run;
    assert.notEqual(code, 0, what);
    assert.match(stderr, /^keywright: /, what);
  }
  assert.equal((await runCli(['guardrail', 'list', '--data', server.data, '--json'])).stdout, '[]\n');
});

test('a marked access key asks on behalf of its user, until the mark is taken away', async () => {
  await using server = await startServer();
  const { accessKeyId } = server.credentials;
  const mark = (...args: string[]) => runCli(['access-key', 'mark', accessKeyId, '--data', server.data, ...args]);
  const encrypt = () => call(server, 'Encrypt', { KeyId: 'alias/aws/sqs', Plaintext: 'AAAA' });
  assert.equal((await encrypt()).body?.['__type'], 'NotFoundException');
  const marked = await mark('--service', 'sqs', '--json');
  assert.deepEqual(JSON.parse(marked.stdout), { accessKeyId, service: 'sqs' });
  assert.equal((await encrypt()).status, 200);
  const listed = await runCli(['access-key', 'list', '--data', server.data, '--json']);
  assert.deepEqual(JSON.parse(listed.stdout), [{ accessKeyId, accountId: '000000000000', service: 'sqs' }]);
  assert.equal((await mark()).code, 0);
  assert.equal((await encrypt()).body?.['__type'], 'AccessDeniedException');
  assert.notEqual((await mark('--service', 'not a name')).code, 0);
  assert.notEqual(
    (await runCli(['access-key', 'mark', 'AKIANOBODY', '--service', 's3', '--data', server.data])).code,
    0,
  );
});

test('explain names the verdict and the statements, with a server and without', async () => {
  await using server = await startServer();
  const made = await call<{ KeyMetadata: { KeyId: string; Arn: string } }>(server, 'CreateKey', {});
  const { KeyId = '', Arn = '' } = made.body?.KeyMetadata ?? {};
  const explain = (...args: string[]) => runCli(['explain', '--data', server.data, '--principal', root, ...args]);
  const Policy = JSON.stringify({
    Statement: [
      { Sid: 'Account', Effect: 'Allow', Principal: { AWS: '000000000000' }, Action: 'kms:*', Resource: '*' },
      {
        Sid: 'Blue',
        Effect: 'Deny',
        Principal: '*',
        Action: 'kms:Decrypt',
        Resource: '*',
        Condition: { StringNotEquals: { 'kms:EncryptionContext:team': 'blue' } },
      },
    ],
  });
  assert.equal((await call(server, 'PutKeyPolicy', { KeyId, Policy })).status, 200);
  const decrypt = ['--action', 'kms:Decrypt', '--key', KeyId];
  for (const isServing of [true, false]) {
    if (!isServing) await server.stop();
    const denied = await explain(...decrypt);
    assert.equal(denied.code, 1, denied.stderr);
    assert.match(
      denied.stdout,
      new RegExp(`^denied: ${root} may not kms:Decrypt on ${Arn}\n  denied by the resource-based policy\n`),
    );
    assert.match(denied.stdout, /Deny {3}resource-based policy, key policy, statement Blue/);
    const allowed = await explain(...decrypt, '--encryption-context', 'team=blue', '--json');
    assert.equal(allowed.code, 0, allowed.stderr);
    const { isAllowed, verdict, statements } = JSON.parse(allowed.stdout);
    assert.equal(isAllowed, true);
    assert.equal(verdict.by, 'account delegation');
    assert.deepEqual(
      statements.map(({ sid }: { sid: string }) => sid),
      ['Account'],
    );
  }
  for (const [args, problem] of [
    [['--action', 'kms:Nothing'], /There is no action kms:Nothing of KMS/],
    [['--action', 'kms:decrypt'], /kms:Decrypt is about a key: give --key/],
    [['--action', 'kms:ReEncrypt', '--key', KeyId], /kms:ReEncryptFrom and kms:ReEncryptTo/],
    [['--action', 'kms:RetireGrant', '--key', KeyId], /with --dry-run/],
    [['--action', 'iam:CreateUser'], /simulate-principal-policy/],
    [['--action', 'kms:Decrypt', '--key', 'alias/none'], /is not found/],
    [[...decrypt, '--encryption-context', 'team'], /not of the form name=value/],
    [[...decrypt, '--region', 'nowhere'], /is no Region/],
  ] as const) {
    const { code, stderr } = await explain(...args);
    assert.notEqual(code, 0);
    assert.match(stderr, problem);
  }
  const nobody = await runCli(['explain', '--data', server.data, '--principal', `${root}x`, ...decrypt]);
  assert.match(nobody.stderr, /There is no root user, user or role/);
});
