import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readOptions, UsageError } from './options.ts';

test('without options everything is measured and kept', () => {
  const options = readOptions([]);
  assert.equal(options?.operations.length, 10);
  assert.equal(options?.load.connections, 64);
  assert.ok(options?.resultsDirectory?.endsWith('/bench/results'));
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
    ['--peer', '127.0.0.1:5555'],
    ['--peer', 'https://127.0.0.1:5555'],
    ['--peer', 'http://kms.us-east-1.amazonaws.com'],
    ['--peer', 'http://127.0.0.1.example.org'],
  ]) {
    assert.throws(() => readOptions(args), UsageError, args.join(' '));
  }
});
