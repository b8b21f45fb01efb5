import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions, UsageError } from './options.ts';

test('without options everything is measured and kept', () => {
  const options = readOptions([]);
  assert.equal(options?.operations.length, 10);
  assert.equal(options?.load.connections, 64);
  assert.ok(options?.resultsDirectory?.endsWith('/bench/results'));
});

const chosen = (...args: string[]) => {
  const options = readOptions(args);
  const names = (operations: readonly { name: string }[] | undefined) => operations?.map(({ name }) => name);
  return { operations: names(options?.operations), slow: names(options?.slowOperations) };
};

test('an operation is named as the API names it, for all of its kind, or more exactly', () => {
  const signing = ['Sign-RSA_2048', 'Sign-ECC_NIST_P256', 'Sign-ML_DSA_65'];
  assert.deepEqual(chosen('--operations', 'Sign'), { operations: signing, slow: [] });
  const { operations } = chosen('--operations', 'Verify-ECC_NIST_P256, GenerateMac');
  assert.deepEqual(operations, ['Verify-ECC_NIST_P256', 'GenerateMac']);
});

test('interference is measured with everything, or with what it is asked for', () => {
  assert.deepEqual(chosen().slow, ['Sign-RSA_4096']);
  const slow = ['Decrypt-RSA_4096', 'GenerateMac'];
  assert.deepEqual(chosen('--interference', slow.join()), { operations: [], slow });
  const both = chosen('--interference', slow.join(), '--operations', 'Encrypt');
  assert.deepEqual(both, { operations: ['Encrypt'], slow });
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
    ['--operations', 'Sign-RSA_4096'],
    ['--interference', 'Nothing'],
    ['--peer', '127.0.0.1:5555'],
    ['--peer', 'https://127.0.0.1:5555'],
    ['--peer', 'http://kms.us-east-1.amazonaws.com'],
    ['--peer', 'http://127.0.0.1.example.org'],
  ]) {
    assert.throws(() => readOptions(args), UsageError, args.join(' '));
  }
});
