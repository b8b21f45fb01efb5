import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, test } from 'node:test';
import { Command, CommanderError } from 'commander';
import {
  addDataOptions,
  addServeOptions,
  type DataOptions,
  readSettings,
  type ServeOptions,
  UsageError,
} from './settings.ts';

const directory = mkdtempSync(join(tmpdir(), 'keywright-test-'));
process.on('exit', () => rmSync(directory, { recursive: true, force: true }));

afterEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('KEYWRIGHT_')) delete process.env[name];
});

function settings(...args: string[]): ServeOptions {
  const command = addServeOptions(new Command('serve'))
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  command.parse(args, { from: 'user' });
  return readSettings<ServeOptions>(command);
}

function configFile(content: unknown): string {
  const file = join(directory, 'config.json');
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

test('nothing need be set', () => {
  const { port, host, account, region, workers, insecureHttp, maxClockSkew, regions } = settings();
  assert.deepEqual(
    { port, host, account, region, workers, insecureHttp, maxClockSkew, regions },
    {
      port: 4566,
      host: '127.0.0.1',
      account: '000000000000',
      region: 'us-east-1',
      workers: 1,
      insecureHttp: false,
      maxClockSkew: 300,
      regions: undefined,
    },
  );
});

test('the command line counts before the environment, that before the config file, that before the default', () => {
  const file = configFile({ port: 1, host: '127.0.0.2', 'max-clock-skew': 10, insecureHttp: true });
  process.env['KEYWRIGHT_PORT'] = '2';
  process.env['KEYWRIGHT_HOST'] = '127.0.0.3';
  const { port, host, maxClockSkew, insecureHttp, account } = settings('--config', file, '--port', '3');
  assert.deepEqual([port, host, maxClockSkew, insecureHttp, account], [3, '127.0.0.3', 10, true, '000000000000']);
});

test('a wrong value is refused wherever it stands', () => {
  for (const args of [
    ['--port', 'x'],
    ['--port', '65536'],
    ['--account', '12'],
    ['--region', 'US'],
    ['--regions', 'us-east-1,,'],
    ['--workers', '0'],
    ['--workers', 'many'],
    ['--max-clock-skew', '0'],
    ['--nope'],
  ]) {
    assert.throws(() => settings(...args), CommanderError, args.join(' '));
  }
  for (const content of [
    { port: 'x' },
    { nope: 1 },
    { port: null },
    { data: null },
    { data: ['a'] },
    [],
    'not JSON',
    '{"port":1,"port":2}',
  ]) {
    assert.throws(() => settings('--config', configFile(content)), UsageError, JSON.stringify(content));
  }
  assert.throws(() => settings('--config', join(directory, 'absent.json')), UsageError);
  process.env['KEYWRIGHT_PORT'] = 'x';
  assert.throws(() => settings(), CommanderError);
});

test('several Regions are a list', () => {
  assert.deepEqual(settings('--regions', 'us-east-1, eu-west-1').regions, ['us-east-1', 'eu-west-1']);
});

test('a flag that says yes or no is taken at its word, wherever it stands', () => {
  assert.equal(settings('--insecure-http').insecureHttp, true);
  assert.equal(settings('--insecure-http', 'false').insecureHttp, false);
  for (const value of [true, 'true'])
    assert.equal(settings('--config', configFile({ 'insecure-http': value })).insecureHttp, true);
  for (const value of [false, 'false'])
    assert.equal(settings('--config', configFile({ 'insecure-http': value })).insecureHttp, false);
  process.env['KEYWRIGHT_INSECURE_HTTP'] = 'false';
  assert.equal(settings().insecureHttp, false);
  process.env['KEYWRIGHT_INSECURE_HTTP'] = 'maybe';
  assert.throws(() => settings(), CommanderError);
});

test('notices go to an https URL, or to one on this machine', () => {
  for (const url of [
    'https://example.com/hook?a=b',
    'http://localhost:1/',
    'http://127.0.0.1/',
    'http://[::1]:8080/x',
  ]) {
    assert.equal(settings('--notice-webhook', url).noticeWebhook?.href, url);
  }
  for (const url of [
    'http://example.com/',
    'http://127.0.0.1.example.com/',
    'https://a:b@example.com/',
    'file:///x',
    'x',
  ]) {
    assert.throws(() => settings('--notice-webhook', url), CommanderError, url);
  }
});

test('a store has one root of trust', () => {
  assert.throws(() => settings('--root-key-file', 'a', '--root-passphrase-file', 'b'), UsageError);
});

test('one config file serves all commands', () => {
  const command = addDataOptions(new Command('status')).exitOverride();
  command.parse(['--config', configFile({ port: 1, data: '/somewhere' })], { from: 'user' });
  assert.equal(readSettings<DataOptions>(command).data, '/somewhere');
});

test('CloudTrail files may be told where to go and how long they stay', () => {
  const { auditFilesDays, auditS3Bucket, auditS3Prefix } = settings(
    '--audit-s3-bucket=my.logs',
    '--audit-s3-prefix=kms/eu',
  );
  assert.deepEqual(
    { auditFilesDays, auditS3Bucket, auditS3Prefix },
    { auditFilesDays: 0, auditS3Bucket: 'my.logs', auditS3Prefix: 'kms/eu' },
  );
  assert.equal(settings('--audit-s3-endpoint=https://s3.example/path').auditS3Endpoint?.host, 's3.example');
  const wrong = [
    '--audit-s3-bucket=../up',
    '--audit-s3-bucket=UPPER',
    '--audit-s3-prefix=../up',
    '--audit-s3-prefix=a//b',
    '--audit-s3-prefix=/a',
    '--audit-s3-prefix=a/',
    '--audit-s3-endpoint=http://s3.example',
    '--audit-s3-endpoint=https://s3.example/?query',
    '--audit-files-days=-1',
  ];
  for (const option of wrong) assert.throws(() => settings(option), CommanderError, option);
});
