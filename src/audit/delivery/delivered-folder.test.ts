import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, test } from 'node:test';
import fc from 'fast-check';
import { testPlace } from '#test/harness/kms.ts';
import { DeliveredFolder } from './delivered-folder.ts';

const directory = mkdtempSync(join(tmpdir(), 'keywright-test-'));
after(() => rmSync(directory, { recursive: true, force: true }));
const { accountId } = testPlace();
const files = new DeliveredFolder(directory);

function write(path: string, content = path): void {
  mkdirSync(dirname(join(directory, path)), { recursive: true });
  writeFileSync(join(directory, path), content);
}

const days = [
  'AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/02',
  'AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/03',
];
const keys = [
  ...days.flatMap((day) => ['b', 'a', 'c_1'].map((name) => `${day}/${name}.json.gz`)),
  'AWSLogs/111122223333/CloudTrail/us-east-1.json.gz',
  'AWSLogs/111122223333/CloudTrail-Digest/us-east-1/2026/01/02/d.json.gz',
  'AWSLogs/111122223333/CloudTrail/us-east-10/2026/01/02/e.json.gz',
].sort();
const digestKey = keys.find((key) => key.includes('Digest')) ?? '';

for (const key of keys) write(`${accountId}/${key}`);
write(`${accountId}/${digestKey}.meta`, '{"signature":"ab","signature-algorithm":"SHA256withRSA"}');
write(`${accountId}/${days[0]}/a.json.gz.new`);
write(`${accountId}/${days[0]}/.json.gz/x.json.gz`);
write('444455556666/AWSLogs/f.json.gz');
write('state.json');
write('outside.json.gz');
symlinkSync(join(directory, 'outside.json.gz'), join(directory, accountId, 'AWSLogs/link.json.gz'));
symlinkSync(directory, join(directory, accountId, 'AWSLogs/folder'));
const listed = [...keys, `${days[0]}/.json.gz/x.json.gz`].sort();

test('keys are listed in order, whatever the prefix, the place and the limit', async () => {
  const cut = fc.tuple(fc.constantFrom('', 'Z', ...listed), fc.nat(80)).map(([key, length]) => key.slice(0, length));
  await fc.assert(
    fc.asyncProperty(cut, cut, fc.integer({ min: 1, max: 12 }), async (prefix, after, limit) => {
      const found = await files.list(accountId, { prefix, after, limit });
      const wanted = listed.filter((key) => key.startsWith(prefix) && key > after).slice(0, limit);
      assert.deepEqual(
        found.map(({ key }) => key),
        wanted,
      );
    }),
  );
});

test('a file is found with its size, its metadata and an ETag that is no MD5', async () => {
  const found = await files.find(accountId, digestKey);
  assert.equal(found?.bytes, `${accountId}/${digestKey}`.length);
  assert.deepEqual(found?.metadata, { signature: 'ab', 'signature-algorithm': 'SHA256withRSA' });
  assert.match(found?.etag ?? '', /^[\da-f]{32}-1$/);
  assert.deepEqual((await files.find(accountId, keys.at(-1) ?? ''))?.metadata, {});
});

test('a file that has been altered has another ETag, and is read as it is', async () => {
  const key = keys.at(-1) ?? '';
  const before = await files.find(accountId, key);
  writeFileSync(join(directory, accountId, key), 'altered by hand');
  assert.notEqual((await files.find(accountId, key))?.etag, before?.etag);
  assert.equal(
    Buffer.from((await files.read(accountId, key, { from: 0, to: 999 })) ?? []).toString(),
    'altered by hand',
  );
  assert.equal(Buffer.from((await files.read(accountId, key, { from: 8, to: 9 })) ?? []).toString(), 'by');
  assert.equal((await files.read(accountId, key, { from: 99, to: 100 }))?.length, 0);
});

test('nothing is reachable but the files of the account', async () => {
  const others = [
    '',
    '/',
    '../outside.json.gz',
    'AWSLogs/../../outside.json.gz',
    '../444455556666/AWSLogs/f.json.gz',
    'AWSLogs/link.json.gz',
    'AWSLogs/folder/outside.json.gz',
    `${digestKey}.meta`,
    `${days[0]}/a.json.gz.new`,
    `${days[0]}//a.json.gz`,
    `/${keys[0]}`,
    `${keys[0]}\0.json.gz`,
    `./${keys[0]}`,
    `${'x'.repeat(300)}.json.gz`,
    `${keys[0]}/x.json.gz`,
    'AWSLogs\\..\\..\\outside.json.gz',
    join(directory, 'outside.json.gz'),
    `${days[0]}/.json.gz`,
  ];
  for (const key of others) {
    assert.equal(await files.find(accountId, key), undefined, key);
    assert.equal(await files.read(accountId, key, { from: 0, to: 9 }), undefined, key);
  }
});
