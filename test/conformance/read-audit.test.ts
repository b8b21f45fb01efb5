/** The AWS CLI and boto3, unchanged, read the archive of the trail with only the endpoint set. */
import assert from 'node:assert/strict';
import { createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gunzipSync, gzipSync } from 'node:zlib';
import { bucket, eventAt, type FakeArchive, fakeArchive } from '#test/harness/archive.ts';
import { isInstalled, runClient } from '#test/harness/clients.ts';
import { type Kms, startKms } from '#test/harness/kms.ts';

const account = '111122223333';
const region = 'eu-central-1';
const arn = `arn:aws:cloudtrail:${region}:${account}:trail/keywright`;
const hour = 3_600_000;

interface Scene extends AsyncDisposable {
  readonly kms: Kms;
  readonly archive: FakeArchive;
  /** A directory with the two files of AWS clients. */
  readonly data: string;
  aws(...args: readonly string[]): Promise<string>;
  json(...args: readonly string[]): Promise<ReturnType<typeof JSON.parse>>;
}

/** An archive with a day's log files and their digests, made here from CloudTrail's documentation. */
async function openScene(): Promise<Scene> {
  const archive = fakeArchive([], region);
  const kms = await startKms(undefined, { archive, region });
  const data = mkdtempSync(join(tmpdir(), 'keywright-audit-'));
  mkdirSync(join(data, 'aws'));
  writeFileSync(join(data, 'aws', 'config'), `[default]\nregion = ${region}\nendpoint_url = ${kms.url}\n`);
  const { accessKeyId, secretAccessKey } = kms.root;
  writeFileSync(
    join(data, 'aws', 'credentials'),
    `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`,
  );
  const aws = async (...args: readonly string[]) => {
    const ran = await runClient(data, 'aws', args);
    assert.equal(ran.code, 0, `${args.join(' ')}: ${ran.stderr}${ran.stdout}`);
    return ran.stdout;
  };
  return {
    kms,
    archive,
    data,
    aws,
    json: async (...args) => JSON.parse(await aws(...args, '--output', 'json')),
    async [Symbol.asyncDispose]() {
      rmSync(data, { recursive: true, force: true });
      await kms[Symbol.asyncDispose]();
    },
  };
}

const stamp = (atMs: number) => `${new Date(atMs).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
const day = (atMs: number) => new Date(atMs).toISOString().slice(0, 10).replaceAll('-', '/');
const instant = (atMs: number) => `${new Date(atMs).toISOString().slice(0, 19)}Z`;

/** Source: AWS CloudTrail User Guide, CloudTrail digest file structure; Custom implementations of log file integrity validation. */
function deliverHours(archive: FakeArchive, fromMs: number, hours: number): void {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const der = publicKey.export({ type: 'pkcs1', format: 'der' });
  const fingerprint = createHash('md5').update(der).digest('hex');
  archive.keys.push({ fingerprint, publicKey: der, validFromMs: fromMs - hour, validToMs: fromMs + 1000 * hour });
  let previous: { readonly signature: string; readonly key: string } | undefined;
  for (let startMs = fromMs; startMs < fromMs + hours * hour; startMs += hour) {
    const endMs = startMs + hour;
    const records = Buffer.from(JSON.stringify({ Records: [eventAt(startMs)] }));
    const logKey = `AWSLogs/${account}/CloudTrail/${region}/${day(startMs)}/${account}_CloudTrail_${region}_${stamp(startMs)}_x.json.gz`;
    archive.held.set(logKey, { key: logKey, content: gzipSync(records) });
    const key = `AWSLogs/${account}/CloudTrail-Digest/${region}/${day(endMs)}/${account}_CloudTrail-Digest_${region}_keywright_${region}_${stamp(endMs)}.json.gz`;
    const digest = Buffer.from(
      JSON.stringify({
        awsAccountId: account,
        digestStartTime: instant(startMs),
        digestEndTime: instant(endMs),
        digestS3Bucket: bucket,
        digestS3Object: key,
        digestPublicKeyFingerprint: fingerprint,
        digestSignatureAlgorithm: 'SHA256withRSA',
        newestEventTime: instant(startMs),
        oldestEventTime: instant(startMs),
        previousDigestS3Bucket: previous && bucket,
        previousDigestS3Object: previous?.key,
        previousDigestSignature: previous?.signature ?? null,
        logFiles: [
          {
            s3Bucket: bucket,
            s3Object: logKey,
            hashValue: createHash('sha256').update(records).digest('hex'),
            hashAlgorithm: 'SHA-256',
          },
        ],
      }),
    );
    const hash = createHash('sha256').update(digest).digest('hex');
    const signed = [instant(endMs), `${bucket}/${key}`, hash, previous?.signature ?? 'null'].join('\n');
    const signature = sign('sha256', Buffer.from(signed), privateKey).toString('hex');
    const metadata = { signature, 'signature-algorithm': 'SHA256withRSA' };
    archive.held.set(key, { key, content: gzipSync(digest), metadata });
    previous = { signature, key };
  }
}

const thisHour = Math.floor(Date.now() / hour) * hour;

test('the AWS CLI finds its way through the trail and its bucket', async () => {
  if (!(await isInstalled('aws', ['--version']))) return;
  await using scene = await openScene();
  const { archive, aws, json, data } = scene;
  deliverHours(archive, thisHour - 4 * hour, 3);
  const keyArn = `arn:aws:kms:${region}:${account}:key/11111111-2222-3333-4444-555555555555`;
  for (let index = 0; index < 60; index++) {
    const resources = [{ accountId: account, type: 'AWS::KMS::Key', ARN: keyArn }];
    archive.events.push(eventAt(Date.now() - 60_000 + index, { eventName: 'Decrypt', awsRegion: region, resources }));
  }

  assert.equal((await json('cloudtrail', 'describe-trails')).trailList[0].TrailARN, arn);
  assert.equal((await json('cloudtrail', 'get-trail', '--name', 'keywright')).Trail.S3BucketName, bucket);
  assert.equal((await json('cloudtrail', 'get-trail-status', '--name', arn)).IsLogging, true);
  assert.equal((await json('cloudtrail', 'list-trails')).Trails[0].HomeRegion, region);
  assert.equal((await json('cloudtrail', 'get-event-selectors', '--trail-name', 'keywright')).TrailARN, arn);
  const { PublicKeyList } = await json('cloudtrail', 'list-public-keys');
  assert.equal(PublicKeyList[0].Fingerprint, archive.keys[0]?.fingerprint);
  const attribute = ['--lookup-attributes', 'AttributeKey=EventName,AttributeValue=Decrypt'];
  const { Events } = await json('cloudtrail', 'lookup-events', ...attribute);
  assert.equal(Events.length, 60);
  assert.equal(Events[0].Resources[0].ResourceName, keyArn);
  const few = await json('cloudtrail', 'lookup-events', ...attribute, '--max-items', '5', '--page-size', '2');
  assert.equal(few.Events.length, 5);

  assert.match(await aws('s3', 'ls'), new RegExp(bucket));
  assert.match(await aws('s3', 'ls', `s3://${bucket}`), /PRE AWSLogs\//);
  assert.match(
    await aws('s3', 'ls', `s3://${bucket}/AWSLogs/${account}/`),
    /PRE CloudTrail-Digest\/\n.*PRE CloudTrail\//,
  );
  const listed = await aws('s3', 'ls', `s3://${bucket}`, '--recursive');
  assert.equal(listed.trim().split('\n').length, 6);

  assert.equal((await json('s3api', 'list-buckets')).Buckets[0].Name, bucket);
  assert.equal((await json('s3api', 'get-bucket-location', '--bucket', bucket)).LocationConstraint, region);
  await aws('s3api', 'head-bucket', '--bucket', bucket);
  assert.equal((await json('s3api', 'list-objects-v2', '--bucket', bucket, '--page-size', '2')).Contents.length, 6);
  assert.equal((await json('s3api', 'list-objects', '--bucket', bucket, '--page-size', '2')).Contents.length, 6);
  const [digest] = [...archive.held.values()].filter(({ metadata }) => metadata !== undefined);
  assert(digest !== undefined);
  const head = await json('s3api', 'head-object', '--bucket', bucket, '--key', digest.key);
  assert.deepEqual(head.Metadata, digest.metadata);
  const copy = join(data, 'copy');
  await aws('s3api', 'get-object', '--bucket', bucket, '--key', digest.key, copy);
  assert.deepEqual(readFileSync(copy), digest.content);
  await aws('s3api', 'get-object', '--bucket', bucket, '--key', digest.key, '--range', 'bytes=0-9', copy);
  assert.deepEqual(readFileSync(copy), Buffer.from(digest.content).subarray(0, 10));

  const large = { key: 'large.bin', content: randomBytes(20 * 2 ** 20) };
  archive.held.set(large.key, large);
  await aws('s3', 'cp', `s3://${bucket}/large.bin`, copy, '--no-progress');
  assert(readFileSync(copy).equals(large.content));
  await aws('s3', 'cp', `s3://${bucket}/`, join(data, 'all'), '--recursive', '--no-progress');
  await aws('s3', 'sync', `s3://${bucket}/AWSLogs`, join(data, 'synced'), '--no-progress');
  assert.equal(filesIn(join(data, 'all')).length, 7);
  assert.equal(filesIn(join(data, 'synced')).length, 6);
  assert.equal(await aws('s3', 'sync', `s3://${bucket}/AWSLogs`, join(data, 'synced'), '--no-progress'), '');

  writeFileSync(
    join(data, 'aws', 'config'),
    `${readFileSync(join(data, 'aws', 'config'))}s3 =\n  signature_version = s3v4\n`,
  );
  const url = (await aws('s3', 'presign', `s3://${bucket}/${digest.key}`)).trim();
  // fetch unpacks what says that it is compressed.
  const fetched = Buffer.from(await (await fetch(url)).arrayBuffer());
  assert.deepEqual(fetched, gunzipSync(digest.content));
  for (const [command, code] of [
    [['s3', 'cp', copy, `s3://${bucket}/new`, '--no-progress'], 'MethodNotAllowed'],
    [['s3', 'rm', `s3://${bucket}/${digest.key}`], 'MethodNotAllowed'],
    [['s3', 'ls', 's3://keywright-audit-444455556666'], 'AccessDenied'],
    [['s3', 'ls', 's3://someones-bucket'], 'NoSuchBucket'],
    [['cloudtrail', 'stop-logging', '--name', 'keywright'], 'UnsupportedOperationException'],
    [['cloudtrail', 'get-trail', '--name', 'another'], 'TrailNotFoundException'],
  ] as const) {
    assert.match((await runClient(data, 'aws', command)).stderr, new RegExp(code), command.join(' '));
  }
});

function filesIn(directory: string): readonly string[] {
  return readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);
}

test('aws cloudtrail validate-logs says of right files that they are, and of wrong ones that they are not', async () => {
  if (!(await isInstalled('aws', ['--version']))) return;
  await using scene = await openScene();
  const { archive, aws, data } = scene;
  const fromMs = thisHour - 6 * hour;
  deliverHours(archive, fromMs, 4);
  const command = ['cloudtrail', 'validate-logs', '--trail-arn', arn, '--start-time', instant(fromMs), '--verbose'];
  const said = await aws(...command);
  assert.match(said, /^4\/4 digest files valid$/m);
  assert.match(said, /^4\/4 log files valid$/m);
  const logs = [...archive.held.values()].filter(({ metadata }) => metadata === undefined);
  const [altered, deleted] = logs;
  assert(altered !== undefined && deleted !== undefined);
  archive.held.set(altered.key, { ...altered, content: gzipSync('{"Records":[]}') });
  archive.held.delete(deleted.key);
  const { code, stdout, stderr } = await runClient(data, 'aws', command);
  assert.equal(code, 1);
  assert.match(stdout, /^2\/4 log files valid, 2\/4 log files INVALID$/m);
  assert.match(stderr, /INVALID: hash value doesn't match/);
  assert.match(stderr, /INVALID: not found/);
});

test('boto3 reads the trail and its bucket', async () => {
  if (!(await isInstalled('python3', ['-c', 'import boto3']))) return;
  await using scene = await openScene();
  const { archive, data } = scene;
  deliverHours(archive, thisHour - 4 * hour, 3);
  for (let index = 0; index < 60; index++) {
    archive.events.push(eventAt(Date.now() - 60_000 + index, { eventName: 'Decrypt', awsRegion: region }));
  }
  const [digest] = [...archive.held.values()].filter(({ metadata }) => metadata !== undefined);
  assert(digest !== undefined);
  const prefix = `AWSLogs/${account}/CloudTrail/`;
  const program = join(import.meta.dirname, 'read-audit.py');
  const ran = await runClient(data, 'python3', [program, bucket, prefix, digest.key]);
  assert.equal(ran.code, 0, ran.stderr);
  const logs = [...archive.held.keys()].filter((key) => key.startsWith(prefix)).sort();
  assert.deepEqual(JSON.parse(ran.stdout), {
    trails: [arn],
    names: ['keywright'],
    isLogging: true,
    keys: [[archive.keys[0]?.fingerprint, archive.keys[0]?.publicKey.length]],
    events: 60,
    same: true,
    v2: logs,
    v1: logs,
    bytes: digest.content.length,
    metadata: digest.metadata,
    bucketRegion: region,
    missing: 'NoSuchKey',
    notModified: 304,
    refused: ['MethodNotAllowed', 'MethodNotAllowed'],
    presigned: digest.content.length,
  });
});
