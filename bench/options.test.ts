import assert from 'node:assert/strict';
import { availableParallelism } from 'node:os';
import { test } from 'node:test';
import { readOptions, UsageError } from './options.ts';
import { operations, representatives } from './workload.ts';

const names = (operations: readonly { name: string }[] | undefined) => operations?.map(({ name }) => name);

test('without options one operation of each class is measured, in all ways, and kept', () => {
  const options = readOptions([]);
  assert.equal(options?.operations.length, representatives.length);
  assert.deepEqual(names(options?.sweep), ['GenerateDataKey', 'Encrypt', 'Decrypt']);
  assert.deepEqual(options?.sweepConnections, [1, 4, 16, 64, 256]);
  assert.equal(options?.load.connections, 64);
  assert.ok(options?.resultsDirectory?.endsWith('/bench/results'));
});

test('every operation has a name of its own', () => {
  assert.equal(new Set(names(operations)).size, operations.length);
});

test('servers are run with each number of workers and each transport', () => {
  const cores = availableParallelism();
  assert.deepEqual(readOptions(['--workers', '3, auto', '--transports', 'tls,plain'])?.setups, [
    { workers: 3, isTls: true },
    ...(cores === 3 ? [] : [{ workers: cores, isTls: true }]),
    { workers: 3, isTls: false },
    ...(cores === 3 ? [] : [{ workers: cores, isTls: false }]),
  ]);
});

const chosen = (...args: string[]) => {
  const options = readOptions(args);
  return { operations: names(options?.operations), slow: names(options?.interference) };
};

test('an operation is named as the API names it, for the usual ones of its kind, or more exactly', () => {
  const signing = ['Sign-RSA_2048', 'Sign-ECC_NIST_P256', 'Sign-ML_DSA_65'];
  assert.deepEqual(chosen('--operations', 'Sign'), { operations: signing, slow: [] });
  const { operations } = chosen('--operations', 'Verify-ECC_NIST_P256, GenerateMac, Sign-RSA_4096');
  assert.deepEqual(operations, ['Verify-ECC_NIST_P256', 'GenerateMac', 'Sign-RSA_4096']);
});

test('what is named is measured, and nothing else', () => {
  assert.deepEqual(chosen().slow, ['Sign-RSA_4096']);
  const slow = ['Decrypt-RSA_4096', 'GenerateMac'];
  assert.deepEqual(chosen('--interference', slow.join()), { operations: [], slow });
  const both = chosen('--interference', slow.join(), '--operations', 'Encrypt');
  assert.deepEqual(both, { operations: ['Encrypt'], slow });
  const { sweep, latency, scaling } = readOptions(['--latency', 'Decrypt', '--sweep', 'Encrypt']) ?? {};
  assert.deepEqual([sweep, latency, scaling].map(names), [['Encrypt'], ['Decrypt'], []]);
});

test('a smoke run is kept only where it is told to', () => {
  assert.equal(readOptions(['--smoke'])?.resultsDirectory, undefined);
  assert.equal(readOptions(['--smoke', '--out', '/tmp/x'])?.resultsDirectory, '/tmp/x');
  assert.equal(readOptions(['--no-save', '--out', '/tmp/x'])?.resultsDirectory, undefined);
});

test('peers are servers on this machine, with credentials of their own', () => {
  const urls = ['http://127.0.0.1:5555', 'http://localhost:4566/', 'http://[::1]:8080'];
  const options = readOptions([...urls.flatMap((url) => ['--peer', url]), '--peer-secret', 's']);
  assert.deepEqual(
    options?.peers.map(({ host, port }) => [host, port]),
    [
      ['127.0.0.1', 5555],
      ['localhost', 4566],
      ['::1', 8080],
    ],
  );
  assert.deepEqual(options?.peers[0]?.credentials, { accessKeyId: 'test', secretAccessKey: 's' });
});

test('help wants nothing else', () => {
  assert.equal(readOptions(['--help']), undefined);
});

test('what cannot be meant is refused', () => {
  for (const args of [
    ['--nope'],
    ['Encrypt'],
    ['--seconds'],
    ['--seconds', '0'],
    ['--seconds', ''],
    ['--seconds', 'two'],
    ['--rounds', '1.5'],
    ['--connections', '100000'],
    ['--operations', 'Signature'],
    ['--sweep', ''],
    ['--sweep-connections', '1,,4'],
    ['--workers', 'all'],
    ['--workers', '0'],
    ['--transports', 'udp'],
    ['--data-template', '/nonexistent'],
    ['--quick', '--smoke'],
    ['--starts', '-1'],
    ['--interference', 'Nothing'],
    ['--peer', '127.0.0.1:5555'],
    ['--peer', 'https://127.0.0.1:5555'],
    ['--peer', 'http://kms.us-east-1.amazonaws.com'],
    ['--peer', 'http://127.0.0.1.example.org'],
  ]) {
    assert.throws(() => readOptions(args), UsageError, args.join(' '));
  }
});
