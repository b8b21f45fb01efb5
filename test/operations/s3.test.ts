/** The S3 API: a bucket of delivered files for each account, to be read and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  bucket,
  cloudTrail,
  elements,
  fakeArchive,
  modifiedMs,
  type S3Asking,
  s3,
  sendTo,
} from '#test/harness/archive.ts';
import { type Caller, type Kms, startKms } from '#test/harness/kms.ts';
import { presign, signRequest } from '#test/harness/sign.ts';

const day = 'AWSLogs/111122223333/CloudTrail/us-east-1/2026/01/02/';
const file = {
  key: `${day}one.json.gz`,
  content: '0123456789',
  metadata: { signature: 'ab12', 'signature-algorithm': 'SHA256withRSA' },
};

const started = () => startKms(undefined, { archive: fakeArchive([file]) });

async function userWith(kms: Kms, statements: readonly object[]): Promise<Caller> {
  await kms.did('CreateUser', { UserName: 'reader' });
  const policy = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  await kms.did('PutUserPolicy', { UserName: 'reader', PolicyName: 'read', PolicyDocument: policy });
  const { AccessKey } = await kms.did('CreateAccessKey', { UserName: 'reader' });
  return { accessKeyId: AccessKey.AccessKeyId, secretAccessKey: AccessKey.SecretAccessKey };
}

test('a file is read with its headers, and HEAD tells the same without it', async () => {
  await using kms = await started();
  for (const how of ['header', 'presigned'] as const) {
    for (const method of ['GET', 'HEAD']) {
      const answer = await s3(kms, `/${bucket}/${file.key}`, { how, method });
      assert.equal(answer.status, 200, answer.text);
      assert.equal(answer.text, method === 'GET' ? file.content : '');
      const { headers } = answer;
      assert.equal(headers['content-length'], '10');
      assert.equal(headers['etag'], '"781e5e245d69b566979b86e28d23f2c7"');
      assert.equal(headers['last-modified'], 'Fri, 02 Jan 2026 03:04:05 GMT');
      assert.equal(headers['accept-ranges'], 'bytes');
      assert.equal(headers['content-encoding'], 'gzip');
      assert.equal(headers['x-amz-meta-signature'], 'ab12');
      assert.equal(headers['x-amz-meta-signature-algorithm'], 'SHA256withRSA');
      assert.match(headers['x-amz-request-id'] ?? '', /^[0-9a-f-]{36}$/);
    }
  }
});

test('parts of a file are read by their range', async () => {
  await using kms = await started();
  const ranges: readonly (readonly [string, number, string, string | undefined])[] = [
    ['bytes=0-3', 206, '0123', 'bytes 0-3/10'],
    ['bytes=8-', 206, '89', 'bytes 8-9/10'],
    ['bytes=-3', 206, '789', 'bytes 7-9/10'],
    ['bytes=-99', 206, '0123456789', 'bytes 0-9/10'],
    ['bytes=5-99', 206, '56789', 'bytes 5-9/10'],
    ['bytes=0-1,3-4', 200, '0123456789', undefined],
    ['bytes=4-2', 200, '0123456789', undefined],
    ['lines=1-2', 200, '0123456789', undefined],
    ['bytes=-', 200, '0123456789', undefined],
  ];
  for (const [range, status, text, contentRange] of ranges) {
    const answer = await s3(kms, `/${bucket}/${file.key}`, { headers: { range } });
    assert.deepEqual(
      [answer.status, answer.text, answer.headers['content-range']],
      [status, text, contentRange],
      range,
    );
  }
  for (const [validator, status] of [
    ['"781e5e245d69b566979b86e28d23f2c7"', 206],
    ['"other"', 200],
    [new Date(modifiedMs).toUTCString(), 206],
    [new Date(modifiedMs + 1000).toUTCString(), 200],
  ] as const) {
    const headers = { range: 'bytes=0-3', 'if-range': validator };
    assert.equal((await s3(kms, `/${bucket}/${file.key}`, { headers })).status, status, validator);
  }
  for (const range of ['bytes=10-', 'bytes=-0', 'bytes=99-100']) {
    const answer = await s3(kms, `/${bucket}/${file.key}`, { headers: { range } });
    assert.deepEqual([answer.status, answer.code], [416, 'InvalidRange'], range);
  }
});

test('conditions on the entity tag and on the time decide whether a file is sent', async () => {
  await using kms = await started();
  const etag = '"781e5e245d69b566979b86e28d23f2c7"';
  const [then, before] = [new Date(modifiedMs).toUTCString(), new Date(modifiedMs - 5000).toUTCString()];
  const cases: readonly (readonly [Readonly<Record<string, string>>, number])[] = [
    [{ 'if-match': etag }, 200],
    [{ 'if-match': etag.slice(1, -1) }, 200],
    [{ 'if-match': '*' }, 200],
    [{ 'if-match': '"other"' }, 412],
    [{ 'if-none-match': etag }, 304],
    [{ 'if-none-match': `"other", ${etag}` }, 304],
    [{ 'if-none-match': '"other"' }, 200],
    [{ 'if-modified-since': then }, 304],
    [{ 'if-modified-since': before }, 200],
    [{ 'if-modified-since': 'nonsense' }, 200],
    [{ 'if-unmodified-since': then }, 200],
    [{ 'if-unmodified-since': before }, 412],
    [{ 'if-match': etag, 'if-unmodified-since': before }, 200],
    [{ 'if-none-match': '"other"', 'if-modified-since': then }, 200],
  ];
  for (const [headers, status] of cases) {
    const answer = await s3(kms, `/${bucket}/${file.key}`, { headers });
    assert.equal(answer.status, status, JSON.stringify(headers));
    if (status === 304) assert.deepEqual([answer.text, answer.headers['etag']], ['', etag]);
  }
});

test('a key is what the path says, byte for byte, and is never tidied up', async () => {
  const archive = fakeArchive([{ key: 'a b+c/é~', content: 'x' }]);
  await using kms = await startKms(undefined, { archive });
  assert.equal((await s3(kms, `/${bucket}/a%20b%2Bc/%C3%A9~`)).text, 'x');
  const literal: Readonly<Record<string, string>> = {
    [`/${bucket}/../../etc/passwd`]: '../../etc/passwd',
    [`/${bucket}//a`]: '/a',
    [`/${bucket}/a/./b/../c`]: 'a/./b/../c',
    [`/${bucket}/%2E%2E/%2e`]: '../.',
    [`/${bucket}/a%252F`]: 'a%2F',
  };
  for (const [path, key] of Object.entries(literal)) {
    // Clients sign what they have encoded themselves; each of these has one canonical form.
    const canonical = path.replaceAll('%2E', '.').replaceAll('%2e', '.');
    const answer = await s3(kms, canonical);
    assert.deepEqual([answer.status, answer.code], [404, 'NoSuchKey'], path);
    assert.equal(archive.asked.at(-1), key);
  }
  assert.equal((await s3(kms, `/${bucket}/${'k'.repeat(1025)}`)).code, 'KeyTooLongError');
  assert.equal((await s3(kms, `/${bucket}/%FF`)).code, 'InvalidURI');
});

test('one path cannot be read with the signature of another that is the same when tidied up', async () => {
  await using kms = await started();
  const { url } = kms;
  const headers = signRequest({
    method: 'GET',
    host: new URL(url).host,
    path: `/${bucket}/a/../${file.key}`,
    headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' },
    credentials: kms.root,
    region: 'us-east-1',
    service: 's3',
    date: new Date(kms.clock.now()),
  });
  assert.equal((await sendTo(kms, 'GET', `/${bucket}/${file.key}`, { headers })).code, 'SignatureDoesNotMatch');
  assert.equal((await sendTo(kms, 'GET', `/${bucket}/a/../${file.key}`, { headers })).code, 'NoSuchKey');
});

test('what stands for the body must be stated, and right where it is a hash', async () => {
  await using kms = await started();
  const path = `/${bucket}/${file.key}`;
  const code = async (asking: S3Asking) => (await s3(kms, path, asking)).code;
  assert.equal(await code({ headers: { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' } }), undefined);
  assert.equal(await code({ headers: { 'x-amz-content-sha256': '0'.repeat(64) } }), 'XAmzContentSHA256Mismatch');
  assert.equal(await code({ headers: { 'x-amz-content-sha256': 'nonsense' } }), 'XAmzContentSHA256Mismatch');
  const signing = {
    host: new URL(kms.url).host,
    credentials: kms.root,
    region: 'us-east-1',
    date: new Date(kms.clock.now()),
  };
  const headers = signRequest({ ...signing, method: 'GET', path, service: 's3' });
  assert.equal((await sendTo(kms, 'GET', path, { headers })).code, 'InvalidRequest');
});

test('only a right signature for S3 reads anything', async () => {
  await using kms = await started();
  const path = `/${bucket}/${file.key}`;
  const wrong = { ...kms.root, secretAccessKey: 'wrong' };
  const refusals: readonly (readonly [S3Asking, number, string])[] = [
    [{ how: 'unsigned' }, 403, 'AccessDenied'],
    [{ caller: wrong }, 403, 'SignatureDoesNotMatch'],
    [{ caller: wrong, how: 'presigned' }, 403, 'SignatureDoesNotMatch'],
    [{ region: 'nowhere-1' }, 403, 'SignatureDoesNotMatch'],
    [{ how: 'unsigned', headers: { authorization: 'AWS AKIA:c2ln' } }, 400, 'InvalidRequest'],
    [
      {
        how: 'unsigned',
        query: [
          ['AWSAccessKeyId', 'AKIA'],
          ['Signature', 's'],
          ['Expires', '1'],
        ],
      },
      400,
      'InvalidRequest',
    ],
  ];
  for (const [asking, status, code] of refusals) {
    const answer = await s3(kms, path, asking);
    assert.deepEqual([answer.status, answer.code], [status, code], JSON.stringify(asking));
    assert.equal(elements(answer.text, 'RequestId')[0], answer.headers['x-amz-request-id']);
  }
  const presigned = { how: 'presigned' } as const;
  kms.clock.advance(-61_000);
  const signing = {
    host: new URL(kms.url).host,
    credentials: kms.root,
    region: 'us-east-1',
    date: new Date(kms.clock.now()),
  };
  const target = presign({ ...signing, method: 'GET', path, service: 's3', expiresSeconds: 60 });
  kms.clock.advance(61_000);
  assert.equal((await sendTo(kms, 'GET', target)).status, 403);
  assert.equal((await s3(kms, path, presigned)).status, 200);
});

test('temporary credentials read with their session token alone', async () => {
  await using kms = await started();
  const { Credentials } = await kms.did(
    'GetSessionToken',
    {},
    { caller: await userWith(kms, [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }]) },
  );
  const caller = {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
  };
  const { sessionToken: _, ...incomplete } = caller;
  for (const how of ['header', 'presigned'] as const) {
    assert.equal((await s3(kms, `/${bucket}/${file.key}`, { caller, how })).text, file.content);
    assert.notEqual((await s3(kms, `/${bucket}/${file.key}`, { caller: incomplete, how })).status, 200);
  }
});

test('policies say who may read what', async () => {
  await using kms = await started();
  const caller = await userWith(kms, [
    { Effect: 'Allow', Action: 's3:GetObject', Resource: `arn:aws:s3:::${bucket}/${day}*` },
    {
      Effect: 'Allow',
      Action: 's3:ListBucket',
      Resource: `arn:aws:s3:::${bucket}`,
      Condition: { StringLike: { 's3:prefix': `${day}*` }, NumericLessThanEquals: { 's3:max-keys': '10' } },
    },
  ]);
  const ask = async (path: string, query: S3Asking['query'] = []) =>
    (await s3(kms, path, { caller, query })).code ?? 'done';
  assert.equal(await ask(`/${bucket}/${file.key}`), 'done');
  assert.equal(await ask(`/${bucket}/elsewhere`), 'AccessDenied');
  assert.equal(
    await ask(`/${bucket}`, [
      ['list-type', '2'],
      ['max-keys', '10'],
      ['prefix', day],
    ]),
    'done',
  );
  assert.equal(
    await ask(`/${bucket}`, [
      ['list-type', '2'],
      ['max-keys', '11'],
      ['prefix', day],
    ]),
    'AccessDenied',
  );
  assert.equal(await ask(`/${bucket}`, [['max-keys', '10']]), 'AccessDenied');
  assert.equal(await ask('/'), 'AccessDenied');
  assert.equal(await ask(`/${bucket}`, [['location', '']]), 'AccessDenied');
  // Whether a key is there, only those learn who may list the bucket without regard to what is in it.
  assert.equal(await ask(`/${bucket}/${day}missing`), 'AccessDenied');
  const denied = kms.records.filter(({ errorCode }) => errorCode === 'AccessDenied').at(-1);
  assert.equal(denied?.eventName, 'GetObject');
  assert.match(denied?.errorMessage ?? '', /not authorized to perform: s3:ListBucket/);
});

test('nothing is told of the buckets of other accounts, nor whether there are any', async () => {
  await using kms = await started();
  for (const path of ['', `/${file.key}`]) {
    for (const name of ['keywright-audit-444455556666', 'keywright-audit-999999999999']) {
      assert.deepEqual((await s3(kms, `/${name}${path}`)).code, 'AccessDenied');
    }
    assert.equal((await s3(kms, `/someones-bucket${path}`)).code, 'NoSuchBucket');
    assert.equal((await s3(kms, `/${bucket}${path}`, { caller: kms.other })).code, 'AccessDenied');
  }
});

test('nothing can be written, and what is not served says so', async () => {
  await using kms = await started();
  const path = `/${bucket}/${file.key}`;
  for (const method of ['PUT', 'POST', 'DELETE']) {
    for (const on of ['/', `/${bucket}`, path]) {
      const answer = await s3(kms, on, { method, body: 'x' });
      assert.deepEqual([answer.status, answer.code], [405, 'MethodNotAllowed'], `${method} ${on}`);
    }
  }
  const streamed = await s3(kms, path, {
    method: 'PUT',
    headers: { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' },
  });
  assert.equal(streamed.code, 'MethodNotAllowed');
  for (const [on, parameter] of [
    [`/${bucket}`, 'acl'],
    [`/${bucket}`, 'versioning'],
    [path, 'acl'],
    [path, 'versionId'],
  ] as const) {
    const answer = await s3(kms, on, { query: [[parameter, '']] });
    assert.deepEqual([answer.status, answer.code], [501, 'NotImplemented'], parameter);
  }
  const names = kms.records
    .filter(({ errorCode }) => errorCode === 'MethodNotAllowed')
    .map(({ eventName }) => eventName);
  assert.deepEqual(new Set(names), new Set(['Unknown', 'CreateBucket', 'PutObject', 'DeleteBucket', 'DeleteObject']));
});

test('a bucket that all accounts share by name shows each of them its own files alone', async () => {
  const archive = {
    ...fakeArchive([{ key: 'logs/a', content: 'x' }]),
    bucketOf: () => 'shared-logs',
    isBucketOf: (_: string, name: string) => name === 'shared-logs' || name === 'shared-before',
    keyPrefix: 'logs/',
  };
  await using kms = await startKms(undefined, { archive });
  const keys = async (asking: S3Asking) => elements((await s3(kms, '/shared-logs', asking)).text, 'Key');
  assert.deepEqual(await keys({}), ['logs/a']);
  assert.deepEqual(await keys({ caller: kms.other }), []);
  assert.equal((await s3(kms, '/shared-logs/logs/a', { caller: kms.other })).code, 'NoSuchKey');
  assert.equal((await s3(kms, '/shared-before/logs/a')).text, 'x');
  assert.equal((await s3(kms, `/${bucket}/logs/a`)).code, 'AccessDenied');
  const { body } = await cloudTrail(kms, 'GetTrail', { Name: 'keywright' });
  assert.deepEqual([body.Trail.S3BucketName, body.Trail.S3KeyPrefix], ['shared-logs', 'logs']);
});

test('buckets are listed, looked at and located', async () => {
  const archive = fakeArchive([file], 'eu-central-1');
  await using kms = await startKms(undefined, { archive, region: 'eu-central-1' });
  const region = 'eu-central-1';
  const listed = await s3(kms, '/', { region });
  assert.deepEqual(elements(listed.text, 'Name'), [bucket]);
  assert.deepEqual(elements((await s3(kms, '/', { region, caller: kms.other })).text, 'Name'), [
    'keywright-audit-444455556666',
  ]);
  const head = await s3(kms, `/${bucket}`, { region, method: 'HEAD' });
  assert.deepEqual([head.status, head.headers['x-amz-bucket-region']], [200, 'eu-central-1']);
  const located = await s3(kms, `/${bucket}`, { region, query: [['location', '']] });
  assert.match(located.text, /<LocationConstraint xmlns="[^"]+">eu-central-1<\/LocationConstraint>/);
});

test('every call leaves its record: those about objects as data events', async () => {
  await using kms = await started();
  await s3(kms, `/${bucket}/${file.key}`);
  await s3(kms, `/${bucket}`, {
    query: [
      ['list-type', '2'],
      ['prefix', day],
    ],
  });
  await s3(kms, '/');
  await s3(kms, `/${bucket}/${file.key}`, { how: 'unsigned' });
  const facts = kms.records.map(({ eventSource, eventName, eventCategory, userIdentity, errorCode }) => [
    ...[eventSource, eventName, eventCategory, userIdentity['type'], errorCode],
  ]);
  assert.deepEqual(facts, [
    ['s3.amazonaws.com', 'GetObject', 'Data', 'Root', undefined],
    ['s3.amazonaws.com', 'ListObjects', 'Data', 'Root', undefined],
    ['s3.amazonaws.com', 'ListBuckets', 'Management', 'Root', undefined],
    ['s3.amazonaws.com', 'GetObject', 'Data', 'Unknown', 'AccessDenied'],
  ]);
  assert.equal(kms.records[0]?.requestParameters?.['key'], file.key);
  assert.equal(kms.records[1]?.requestParameters?.['prefix'], day);
});

test('page by page, with a prefix and a delimiter, a listing is what it should be by the definition', async () => {
  const part = fc.constantFrom('a', 'b/', '/', 'é', '🔑', 'ab');
  const keyOf = fc.array(part, { minLength: 1, maxLength: 4 }).map((parts) => parts.join(''));
  await fc.assert(
    fc.asyncProperty(
      fc.uniqueArray(keyOf, { maxLength: 12 }),
      fc.array(part, { maxLength: 2 }).map((parts) => parts.join('')),
      fc.constantFrom('', '/', 'b/'),
      fc.integer({ min: 1, max: 4 }),
      async (keys, prefix, delimiter, size) => {
        const archive = fakeArchive(keys.map((key) => ({ key, content: key })));
        await using kms = await startKms(undefined, { archive });
        const expected = entriesByDefinition(keys, prefix, delimiter);
        assert.deepEqual(await allPages(kms, { prefix, delimiter, size }, nextV2), expected);
        assert.deepEqual(await allPages(kms, { prefix, delimiter, size }, nextV1), expected);
      },
    ),
    { numRuns: 25 },
  );
});

function entriesByDefinition(keys: readonly string[], prefix: string, delimiter: string): readonly string[] {
  const entries = keys
    .filter((key) => key.startsWith(prefix))
    .map((key) => {
      const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
      return end < 0 ? key : key.slice(0, end + delimiter.length);
    });
  return [...new Set(entries)].toSorted((a, b) => Buffer.from(a).compare(Buffer.from(b)));
}

type Parameters = readonly (readonly [string, string])[];
type Next = (xml: string, entries: readonly string[]) => Parameters;

const nextV2: Next = (xml) => [
  ['list-type', '2'],
  ...elements(xml, 'NextContinuationToken').map((token) => ['continuation-token', token] as const),
];

const nextV1: Next = (xml, entries) => {
  const marker = elements(xml, 'NextMarker').map(decodeURIComponent)[0] ?? entries.at(-1);
  return marker === undefined ? [] : [['marker', marker]];
};

async function allPages(
  kms: Kms,
  { prefix, delimiter, size }: { prefix: string; delimiter: string; size: number },
  next: Next,
) {
  const all: string[] = [];
  let parameters = next('', []);
  for (let pages = 0; pages < 20; pages++) {
    const query = [
      ['prefix', prefix],
      ['delimiter', delimiter],
      ['max-keys', String(size)],
      ['encoding-type', 'url'],
      ...parameters,
    ] as const;
    const { text, status } = await s3(kms, `/${bucket}`, { query });
    assert.equal(status, 200, text);
    const keys = elements(text, 'Key').map(decodeURIComponent);
    const prefixes = elements(text, 'CommonPrefixes')
      .flatMap((one) => elements(one, 'Prefix'))
      .map(decodeURIComponent);
    const entries = [...keys, ...prefixes].toSorted((a, b) => Buffer.from(a).compare(Buffer.from(b)));
    assert(entries.length <= size);
    all.push(...entries);
    if (elements(text, 'IsTruncated')[0] !== 'true') return all;
    parameters = next(text, entries);
  }
  return assert.fail('there is no end to the pages');
}

test('what is rolled up is not read file by file', async () => {
  const keys = Array.from(
    { length: 2000 },
    (_, index) => `${index < 1000 ? 'a' : 'b'}/${String(index).padStart(4, '0')}`,
  );
  const archive = fakeArchive(keys.map((key) => ({ key, content: '' })));
  await using kms = await startKms(undefined, { archive });
  const { text } = await s3(kms, `/${bucket}`, {
    query: [
      ['list-type', '2'],
      ['delimiter', '/'],
    ],
  });
  assert.deepEqual(elements(text, 'CommonPrefixes'), ['<Prefix>a/</Prefix>', '<Prefix>b/</Prefix>']);
  assert(archive.listed < 200, `${archive.listed} files were listed`);
});

test('parameters of a listing that make no sense are an InvalidArgument', async () => {
  await using kms = await started();
  const token = Buffer.from('other-bucket\nkey').toString('base64url');
  for (const parameter of [
    ['max-keys', '-1'],
    ['max-keys', 'x'],
    ['max-keys', '2147483648'],
    ['encoding-type', 'xml'],
    ['continuation-token', token],
    ['continuation-token', '!'],
  ] as const) {
    const answer = await s3(kms, `/${bucket}`, { query: [['list-type', '2'], parameter] });
    assert.deepEqual([answer.status, answer.code], [400, 'InvalidArgument'], parameter.join('='));
  }
  const twice = await s3(kms, `/${bucket}`, {
    query: [
      ['prefix', 'a'],
      ['prefix', 'b'],
    ],
  });
  assert.equal(twice.code, 'InvalidArgument');
  const none = await s3(kms, `/${bucket}`, {
    query: [
      ['list-type', '2'],
      ['max-keys', '0'],
    ],
  });
  assert.deepEqual([elements(none.text, 'Key'), elements(none.text, 'IsTruncated')], [[], ['false']]);
});
