/** The command line as an operator meets it: what it refuses, with which exit code, and what it then serves. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { CreateKeyCommand, ListKeysCommand } from '@aws-sdk/client-kms';
import { makeCertificate } from '#test/harness/certificate.ts';
import { runCli, startServer } from '#test/harness/server-process.ts';

test('wrong use ends with exit code 2, says what is wrong, and makes nothing', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  const data = join(parent, 'data');
  const cases: [string[], RegExp][] = [
    [['serve', '--host', '0.0.0.0'], /Plain HTTP on 0\.0\.0\.0 would show plaintext keys/],
    [['serve', '--host', '::'], /Plain HTTP on ::/],
    [['serve', '--tls-cert', 'x'], /--tls-cert and --tls-key go together/],
    [['serve', '--port', 'x'], /It must be a number from 0 to 65535/],
    [['serve', '--nope'], /unknown option '--nope'/],
    [['backup'], /missing required argument 'file'/],
    [['nope'], /unknown command 'nope'/],
  ];
  for (const [args, says] of cases) {
    const { code, stdout, stderr } = await runCli(
      args.length > 1 && args[0] === 'serve' ? [...args, '--data', data] : args,
    );
    assert.deepEqual([code, stdout], [2, ''], args.join(' '));
    assert.match(stderr, says);
  }
  assert(!existsSync(data));
  rmSync(parent, { recursive: true });
});

test('what cannot be done ends with exit code 1 and says what to do', async () => {
  const parent = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  const data = join(parent, 'data');
  const cases: [string[], RegExp][] = [
    [['serve', '--tls-cert', '/none', '--tls-key', '/none'], /cannot be used for TLS/],
    [['domain-key', 'rotate'], /There is no Keywright store in .*"keywright serve" makes one/],
    [['backup', join(parent, 'file')], /There is no Keywright store/],
    [['restore', join(parent, 'file')], /no such file/],
  ];
  for (const [args, says] of cases) {
    const { code, stderr } = await runCli([...args, '--data', data]);
    assert.equal(code, 1, args.join(' '));
    assert.match(stderr, says);
  }
  const { code, stdout } = await runCli(['status', '--json', '--data', data]);
  assert.deepEqual([code, JSON.parse(stdout)], [1, { running: false, data }]);
  assert(!existsSync(data));
  rmSync(parent, { recursive: true });
});

test('help is there for every command, and is no failure', async () => {
  for (const args of [[], ['serve'], ['status'], ['domain-key'], ['domain-key', 'rotate'], ['backup'], ['restore']]) {
    const { code, stdout } = await runCli([...args, '--help']);
    assert.equal(code, 0, args.join(' '));
    assert.match(stdout, /^Usage: keywright/);
  }
  assert.match((await runCli(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
});

test('a port that is taken is named, with what to do', async () => {
  await using first = await startServer();
  const data = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  const { code, stderr } = await runCli(['serve', '--port', new URL(first.url).port, '--data', data]);
  assert.equal(code, 1);
  assert.match(stderr, /is in use by another program; choose one with --port/);
  rmSync(data, { recursive: true });
});

test('over TLS the SDK works with the address that the config file names', async () => {
  using certificate = makeCertificate();
  const tls = ['--tls-cert', certificate.certFile, '--tls-key', certificate.keyFile];
  await using server = await startServer({ args: tls });
  assert.match(server.url, /^https:/);
  assert.match(readFileSync(join(server.data, 'aws', 'config'), 'utf8'), new RegExp(`endpoint_url = ${server.url}`));
  const httpsAgent = new Agent({ ca: readFileSync(certificate.certFile) });
  const client = server.client({ requestHandler: { httpsAgent } });
  const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
  assert.match(KeyMetadata?.Arn ?? '', /^arn:aws:kms:us-east-1:000000000000:key\//);
});

test('Regions that are not served are refused, and the account is the one that was asked for', async () => {
  await using server = await startServer({
    args: ['--regions', 'eu-central-1,us-east-1', '--account', '123456789012'],
  });
  const list = (region: string) => server.client({ region }).send(new ListKeysCommand({}));
  await list('us-east-1');
  await list('eu-central-1');
  await assert.rejects(list('us-west-2'), {
    name: 'InvalidSignatureException',
    message: 'Credential should be scoped to a valid region.',
  });
  const { KeyMetadata } = await server.client().send(new CreateKeyCommand({}));
  assert.equal(KeyMetadata?.AWSAccountId, '123456789012');
});
