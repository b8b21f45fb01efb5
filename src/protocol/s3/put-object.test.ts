import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { ManualClock } from '#base/clock.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import { startBucket } from '#test/harness/bucket.ts';
import { CredentialsFileError, readCredentialsFile } from './credentials-file.ts';
import { type NewObject, putObject } from './put-object.ts';

const clock = new ManualClock(Date.UTC(2026, 0, 2));
const signal = AbortSignal.timeout(10_000);
const object: NewObject = {
  bucket: 'of-the-operator',
  key: "kms/it's (one)!*/AWSLogs/a b~c.json.gz",
  bytes: Buffer.from('content'),
  sha256: createHash('sha256').update('content').digest(),
  metadata: { signature: 'abc', 'signature-algorithm': 'SHA256withRSA' },
};
const credentials = (secret = 'of the bucket') => ({
  accessKeyId: 'AKIDEXAMPLE',
  secret: new SecretBytes(Buffer.from(secret)),
  [Symbol.dispose]: () => undefined,
});
const settings = (endpoint: URL) => ({ endpoint, region: 'eu-west-1', clock, credentials: () => credentials() });

test('an object arrives as CloudTrail puts it, and its signature holds', async () => {
  await using bucket = await startBucket(clock, 'of the bucket');
  await putObject(object, settings(bucket.url), signal);
  const [put] = bucket.puts;
  assert.equal(put?.key, `of-the-operator/${object.key}`);
  assert.equal(Buffer.from(put?.bytes ?? []).toString(), 'content');
  assert.deepEqual(put?.metadata, object.metadata);
  assert.equal(put?.headers['content-type'], 'application/json');
  assert.equal(put?.headers['content-encoding'], 'gzip');
  assert.equal(put?.headers['x-amz-checksum-sha256'], object.sha256.toString('base64'));
});

test('an endpoint may have a path', async () => {
  await using bucket = await startBucket(clock, 'of the bucket');
  await putObject(object, settings(new URL('/s3/', bucket.url)), signal);
  assert.equal(bucket.puts[0]?.key, `s3/of-the-operator/${object.key}`);
});

test('a bucket that does not take it says why', async () => {
  await using bucket = await startBucket(clock, 'of the bucket');
  const wrong = { ...settings(bucket.url), credentials: () => credentials('wrong') };
  await assert.rejects(putObject(object, wrong, signal), /answered 403 \(SignatureDoesNotMatch\)/);
  bucket.answer = { status: 503, body: '<Error><Code>SlowDown</Code></Error>' };
  await assert.rejects(putObject(object, settings(bucket.url), signal), /answered 503 \(SlowDown\)/);
});

const folder = mkdtempSync(join(tmpdir(), 'keywright-test-'));
after(() => rmSync(folder, { recursive: true, force: true }));

function fileWith(text: string): string {
  const path = join(folder, 'credentials');
  writeFileSync(path, text);
  return path;
}

test('the default profile of a credentials file is read, whatever else is in it', () => {
  const profile = 'aws_access_key_id = AKID\r\naws_secret_access_key=a/b+c=\naws_session_token = tok=';
  using found = readCredentialsFile(
    fileWith(`# text\n[other]\naws_access_key_id = X\n[default]\n${profile}\n[last]\n`),
  );
  assert.equal(found.accessKeyId, 'AKID');
  assert.equal(Buffer.from(found.secret.reveal()).toString(), 'a/b+c=');
  assert.equal(found.sessionToken, 'tok=');
});

test('a credentials file without that profile is refused, and nothing of it is quoted', () => {
  for (const text of [
    '',
    '[default]\naws_access_key_id = A',
    '[other]\naws_access_key_id=A\naws_secret_access_key=quoted',
  ]) {
    assert.throws(
      () => readCredentialsFile(fileWith(text)),
      (error) => error instanceof CredentialsFileError && !error.message.includes('quoted'),
    );
  }
  assert.throws(() => readCredentialsFile(join(folder, 'missing')), CredentialsFileError);
});
