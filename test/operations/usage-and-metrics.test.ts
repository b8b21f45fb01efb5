/** What an operator gets to see of a server at work: usage and cost, metrics, and the log. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateKeyCommand, EncryptCommand, GenerateDataKeyCommand, ListKeysCommand } from '@aws-sdk/client-kms';
import { runCli, startServer } from '#test/harness/server-process.ts';

test('usage and cost say the same of a server that runs and of its data afterwards', async () => {
  await using server = await startServer();
  const client = server.client();
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  const KeyId = KeyMetadata?.KeyId ?? '';
  const EncryptionContext = { team: 'blue' };
  for (let time = 0; time < 4; time++) {
    await client.send(new GenerateDataKeyCommand({ KeyId, KeySpec: 'AES_256', EncryptionContext }));
  }
  await assert.rejects(client.send(new EncryptCommand({ KeyId: 'alias/none', Plaintext: Buffer.from('x') })));
  // A setting of the server is not a filter of the report.
  const config = join(server.data, 'keywright.json');
  writeFileSync(config, '{"account": "444455556666", "region": "eu-west-1"}');
  const ask = async (...args: string[]) => {
    const { code, stdout, stderr } = await runCli([...args, '--data', server.data, '--config', config]);
    assert.equal(code, 0, stderr);
    return stdout;
  };
  const asked = async () => {
    const operations = JSON.parse(await ask('usage', '--json'));
    const sum = Object.fromEntries(
      operations.rows.map(({ of, calls, failed }: { of: { operation: string }; calls: number; failed: number }) => [
        of.operation,
        [calls, failed],
      ]),
    );
    assert.deepEqual(sum, { 'kms:GenerateDataKey': [4, 0], 'kms:CreateKey': [1, 0], 'kms:Encrypt': [1, 1] });
    const ofKey = JSON.parse(
      await ask('usage', '--json', '--by', 'key,day', '--key', KeyId, '--top', '1', '--recount'),
    );
    assert.equal(ofKey.rows[0].of.key, KeyMetadata?.Arn);
    assert(ofKey.rows[0].calls >= 4);
    const cost = JSON.parse(await ask('cost', '--json'));
    assert.equal(cost.rows[0].account, '000000000000');
    assert.deepEqual([cost.rows[0].keys, cost.rows[0].requests.standard, cost.rows[0].failed], [1, 5, 1]);
    const [saving] = cost.savings;
    assert.deepEqual([saving.kind, saving.context, saving.calls], ['data key', '{"team":"blue"}', 4]);
  };
  await asked();
  const text = await ask('usage');
  assert.match(text, /^operation +calls +failed\nkms:GenerateDataKey +4 +0\n/);
  assert.match(text, /\n6 calls, 1 of them failed\n$/);
  assert.match(await ask('cost'), /an estimate in USD, with prices as of \d{4}-\d\d-\d\d/);
  assert.match(await ask('cost', '--month', '2020-01'), /total: 0\.00 USD/);
  assert.equal(await server.stop(), 0);
  await asked();
});

test('what usage and cost cannot make sense of is wrong use', async () => {
  const cases: [string[], RegExp][] = [
    [['usage', '--by', 'colour'], /It may be: hour, day/],
    [['usage', '--from', 'yesterday'], /It must look like 2026-01,/],
    [['usage', '--to', '2026-01-02T03:30'], /It must look like/],
    [['usage', '--top', '0'], /a number from 1 on/],
    [['cost', '--month', '2026-13'], /It must look like 2026-01/],
    [['cost', '--prices', '/none'], /no such file/],
  ];
  for (const [args, says] of cases) {
    const { code, stderr } = await runCli(args);
    assert.equal(code, 2, args.join(' '));
    assert.match(stderr, says);
  }
});

test('metrics are on a port of their own, and only where they are asked for', async () => {
  await using server = await startServer({ args: ['--metrics-port', '0'] });
  const url = /^metrics on (http:\/\/127\.0\.0\.1:\d+\/metrics)$/m.exec(server.stdout())?.[1] ?? '';
  await server.client().send(new CreateKeyCommand({}));
  await assert.rejects(server.client({ region: 'nowhere' }).send(new ListKeysCommand({})));
  const text = await (await fetch(url)).text();
  assert.match(text, /^keywright_requests_total\{service="kms",operation="CreateKey",error=""\} 1$/m);
  assert.match(text, /^keywright_requests_total\{service="kms",operation="ListKeys",error="\w+"\} 1$/m);
  assert.match(text, /^keywright_request_duration_seconds_count\{service="kms",operation="CreateKey"\} 1$/m);
  assert.match(text, /^keywright_audit_failing 0$/m);
  assert.match(
    text,
    /^keywright_keys\{account="000000000000",region="us-east-1",state="Enabled",manager="CUSTOMER"\} 1$/m,
  );
  assert.notEqual((await fetch(`${server.url}/metrics`)).status, 200);
  const port = new URL(url).port;
  const taken = await runCli(['serve', '--port', '0', '--data', `${server.data}/other`, '--metrics-port', port]);
  assert.equal(taken.code, 1);
  assert.match(taken.stderr, /cannot be listened on for metrics \(EADDRINUSE\)/);
  assert.equal(await server.stop(), 0);
  assert(!(await startAndStop([])).stdout.includes('metrics on'));
});

async function startAndStop(args: readonly string[]) {
  await using server = await startServer({ args });
  await server.client().send(new ListKeysCommand({}));
  assert.equal(await server.stop(), 0);
  const lines = server.stderr().split('\n').slice(0, -1);
  return { stdout: server.stdout(), lines: lines.map((line) => JSON.parse(line)) };
}

test('the log is of JSON lines: what the server does, each request where that is asked for, or failures alone', async () => {
  const usual = (await startAndStop([])).lines;
  assert.deepEqual(
    usual.map(({ level, event }) => `${level} ${event}`),
    ['info starting', 'info listening', 'info stopping', 'info stopped'],
  );
  const all = (await startAndStop(['--log-requests'])).lines;
  const { time, requestId, durationMs, ...request } = all.find(({ event }) => event === 'request');
  const place = { account: '000000000000', region: 'us-east-1' };
  assert.deepEqual(request, { level: 'info', event: 'request', service: 'kms', operation: 'ListKeys', ...place });
  assert.match(`${time} ${requestId}`, /^\d{4}-\d\d-\d\dT[\d:.]+Z [\da-f-]{36}$/);
  assert(durationMs > 0);
  assert.deepEqual((await startAndStop(['--log-level', 'error', '--log-requests'])).lines, []);
  const wrong = await runCli(['serve', '--log-level', 'chatty']);
  assert.equal(wrong.code, 2);
});
