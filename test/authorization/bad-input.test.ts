/** What is not well formed gets AWS's error, and changes nothing. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, answerOf, type Kms, startKms } from '#test/harness/kms.ts';
import { signRequest } from '#test/harness/sign.ts';
import { A, allow, delegation, document, rootArn, to, userArn, World } from './scene.ts';

/** All that is in the store. */
async function storeOf({ vault }: Kms): Promise<string> {
  const entries: unknown[] = [];
  for await (const entry of vault.store.snapshot()) entries.push(entry);
  return JSON.stringify(entries);
}

/** Runs a request, and asserts that it left everything as it was. */
async function unchanged(kms: Kms, request: () => Promise<Answer>): Promise<Answer> {
  const before = await storeOf(kms);
  const answer = await request();
  assert.notEqual(answer.status, 200, answer.text);
  assert.equal(await storeOf(kms), before, answer.text);
  return answer;
}

const statement = (more: object) =>
  JSON.stringify({ Version: '2012-10-17', Statement: [delegation, { ...allow(to(A)), ...more }] });

/** What is wrong with a key policy: its text, and the error that AWS has for it. */
const badKeyPolicies: readonly (readonly [what: string, text: string, error: string])[] = [
  ['not JSON', '{"Version":', 'MalformedPolicyDocumentException'],
  ['not an object', '[]', 'MalformedPolicyDocumentException'],
  ['no statement', '{"Version":"2012-10-17"}', 'MalformedPolicyDocumentException'],
  ['an empty list of statements', '{"Version":"2012-10-17","Statement":[]}', 'MalformedPolicyDocumentException'],
  ['an unknown version', '{"Version":"2013-01-01","Statement":[]}', 'MalformedPolicyDocumentException'],
  [
    'a member twice',
    '{"Version":"2012-10-17","Version":"2012-10-17","Statement":[]}',
    'MalformedPolicyDocumentException',
  ],
  ['an unknown element', statement({ Actions: 'kms:*' }), 'MalformedPolicyDocumentException'],
  ['an effect in lower case', statement({ Effect: 'allow' }), 'MalformedPolicyDocumentException'],
  ['an action without a service', statement({ Action: 'Decrypt' }), 'MalformedPolicyDocumentException'],
  ['Action and NotAction', statement({ NotAction: 'kms:*' }), 'MalformedPolicyDocumentException'],
  [
    'an unknown operator',
    statement({ Condition: { StringSounds: { 'kms:ViaService': 'a' } } }),
    'MalformedPolicyDocumentException',
  ],
  ['no principal', statement({ Principal: undefined }), 'MalformedPolicyDocumentException'],
  ['no names in the principal', statement({ Principal: { AWS: [] } }), 'MalformedPolicyDocumentException'],
  ['Principal and NotPrincipal', statement({ NotPrincipal: { AWS: A } }), 'MalformedPolicyDocumentException'],
  ['a wildcard in a principal', statement(to(`arn:aws:iam::${A}:user/*`)), 'MalformedPolicyDocumentException'],
  ['a wildcard in an account', statement(to('arn:aws:iam::*:root')), 'MalformedPolicyDocumentException'],
  ['a user that is not there', statement(to(userArn('Nobody'))), 'MalformedPolicyDocumentException'],
  ['a role that is not there', statement(to(`arn:aws:iam::${A}:role/Nobody`)), 'MalformedPolicyDocumentException'],
  [
    'a session of no role',
    statement(to(`arn:aws:sts::${A}:assumed-role/Nobody/s`)),
    'MalformedPolicyDocumentException',
  ],
  ['a group', statement(to(`arn:aws:iam::${A}:group/admins`)), 'MalformedPolicyDocumentException'],
  ['an id that nobody has', statement(to('AIDAAAAAAAAAAAAAAAAAA')), 'MalformedPolicyDocumentException'],
  [
    'a user of another partition',
    statement(to(userArn('Alice').replace('arn:aws:', 'arn:aws-cn:'))),
    'MalformedPolicyDocumentException',
  ],
  ['more than 32 KiB', statement({ Sid: 'x'.repeat(33_000) }), 'LimitExceededException'],
  ['more than 131072 characters', statement({ Sid: 'x'.repeat(132_000) }), 'ValidationException'],
  ['characters beyond U+00FF', statement({ Sid: '✓' }), 'ValidationException'],
  [
    '10,000 statements',
    JSON.stringify({ Statement: Array.from({ length: 10_000 }, () => ({ Effect: 'Deny' })) }),
    'ValidationException',
  ],
];

test('a key policy that is not wholly understood is refused, by PutKeyPolicy and by CreateKey', async () => {
  await using world = await World.make();
  const { kms } = world;
  const key = await world.key();
  for (const [what, Policy, error] of badKeyPolicies) {
    const put = await unchanged(kms, () => world.send('PutKeyPolicy', { KeyId: key.id, Policy }, kms.root));
    assert.equal(put.body.__type, error, `${what}: ${put.text}`);
    const created = await unchanged(kms, () => world.send('CreateKey', { Policy }, kms.root));
    assert.equal(created.body.__type, error, `${what}: ${created.text}`);
    assert(put.text.length < 2500, `${what}: the answer does not repeat the document`);
  }
});

test('bytes that are not UTF-8 are refused', async () => {
  await using kms = await startKms();
  const { KeyId } = (await kms.ok('CreateKey')).KeyMetadata;
  const body = Buffer.concat([
    Buffer.from(`{"KeyId":"${KeyId}","Policy":"{\\"Id\\":\\"`),
    Buffer.of(0xff, 0xc3, 0x28),
    Buffer.from('\\"}"}'),
  ]);
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.PutKeyPolicy' };
  const answer = await unchanged(kms, () => sendBytes(kms, { body, headers, service: 'kms' }));
  assert.equal(answer.body.__type, 'SerializationException');
});

interface Bytes {
  readonly body: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
  readonly service: string;
}

async function sendBytes(kms: Kms, { body, headers, service }: Bytes): Promise<Answer> {
  const date = new Date(kms.clock.now());
  const signing = { method: 'POST', host: new URL(kms.url).host, region: 'us-east-1', service, date };
  const { host: _, ...signed } = signRequest({ ...signing, headers, body, credentials: kms.root });
  const response = await fetch(kms.url, { method: 'POST', headers: signed, body: Buffer.from(body) });
  if (service === 'kms') return answerOf(response);
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: undefined };
}

test('patterns that are made to explode are matched as quickly as any other', async () => {
  await using world = await World.make();
  const stars = '*a'.repeat(400);
  const conditions = Array.from({ length: 5 }, (_, index) => ({
    ...allow(to(userArn('Alice'))),
    Sid: `s${index}`,
    Condition: { StringLike: { 'kms:EncryptionContext:t': `${stars}*b${index}` } },
  }));
  const key = await world.key([delegation, ...conditions]);
  const context = { t: 'a'.repeat(4000) };
  const CiphertextBlob = await key.encrypt(context);
  const started = performance.now();
  const { status } = await world.send(
    'Decrypt',
    { CiphertextBlob, EncryptionContext: context },
    await world.caller('alice'),
  );
  assert.equal(status, 400);
  assert(performance.now() - started < 10_000, 'backtracking would take for ever');
});

test('an IAM policy that is not wholly understood is refused', async () => {
  await using world = await World.make();
  const { kms } = world;
  const bad: readonly (readonly [what: string, text: string, code: string])[] = [
    ['not JSON', 'no', 'MalformedPolicyDocument'],
    ['a principal', document([delegation]), 'MalformedPolicyDocument'],
    ['an Id', JSON.stringify({ Id: 'x', Statement: allow() }), 'MalformedPolicyDocument'],
    ['no resource', document([{ Effect: 'Allow', Action: 'kms:*' }]), 'MalformedPolicyDocument'],
    [
      'a bare key id as resource',
      document([allow({ Resource: '1234abcd-12ab-34cd-56ef-1234567890ab' })]),
      'MalformedPolicyDocument',
    ],
    ['an unknown operator', document([allow({ Condition: { Sounds: { a: 'b' } } })]), 'MalformedPolicyDocument'],
    ['a Sid with a space', document([allow({ Sid: 'a b' })]), 'MalformedPolicyDocument'],
    [
      'more than a user may have',
      document([
        allow({ Resource: Array.from({ length: 50 }, (_, i) => `arn:aws:kms:*:*:key/${'x'.repeat(40)}${i}`) }),
      ]),
      'LimitExceeded',
    ],
    ['nothing', '', 'ValidationError'],
  ];
  for (const [what, PolicyDocument, code] of bad) {
    const parameters = { UserName: 'Alice', PolicyName: 'p', PolicyDocument };
    const { body, text } = await unchanged(kms, () => kms.query('PutUserPolicy', parameters));
    assert.equal(body.Code, code, `${what}: ${text}`);
  }
  const trust: readonly (readonly [what: string, text: string])[] = [
    ['no principal', document([{ Effect: 'Allow', Action: 'sts:AssumeRole' }])],
    ['a resource', document([{ Effect: 'Allow', Principal: { AWS: A }, Action: 'sts:AssumeRole', Resource: '*' }])],
    [
      'a user that is not there',
      document([{ Effect: 'Allow', Principal: { AWS: userArn('Nobody') }, Action: 'sts:AssumeRole' }]),
    ],
    [
      'an action of another service',
      document([{ Effect: 'Allow', Principal: { AWS: rootArn() }, Action: 'kms:Decrypt' }]),
    ],
  ];
  for (const [what, AssumeRolePolicyDocument] of trust) {
    const role = { RoleName: 'New', AssumeRolePolicyDocument };
    const { body, text } = await unchanged(kms, () => kms.query('CreateRole', role));
    assert.equal(body.Code, 'MalformedPolicyDocument', `${what}: ${text}`);
  }
});

test('a body that is no form is refused', async () => {
  await using kms = await startKms();
  const headers = { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' };
  const version = '&Version=2010-05-08';
  for (const [body, code] of [
    [`Action=CreateUser${version}&UserName=%zz`, 'MalformedQueryString'],
    [`Action=CreateUser${version}&UserName=a&UserName=b`, 'MalformedQueryString'],
    [`Action=CreateUser${version}&UserName.x=a`, 'MalformedInput'],
    [`Action=CreateUser${version}&UserName=a&Tags.member.1=a`, 'MalformedInput'],
    [`Action=ListUsers${version}&MaxItems=ten`, 'MalformedInput'],
    [`Action=ListUsers${version}&MaxItems=0`, 'ValidationError'],
    [`Action=CreateUser${version}`, 'ValidationError'],
    [`Action=Nothing${version}`, 'InvalidAction'],
    ['Action=ListUsers', 'InvalidAction'],
    ['Action=ListUsers&Version=1999-01-01', 'InvalidAction'],
    [`Action.x=ListUsers${version}`, 'InvalidAction'],
    ['', 'InvalidAction'],
    [`Action=ListUsers${version}${'&a=b'.repeat(3000)}`, 'MalformedQueryString'],
  ] as const) {
    const sent = { body: Buffer.from(body), headers, service: 'iam' };
    const { text } = await unchanged(kms, () => sendBytes(kms, sent));
    assert.match(text, new RegExp(`<Code>${code}</Code>`), body.slice(0, 80));
    assert.match(text, /<Type>Sender<\/Type>.*<RequestId>[0-9a-f-]{36}<\/RequestId>/);
  }
  const notUtf8 = { body: Buffer.from('Action=CreateUser&UserName=\xff', 'latin1'), headers, service: 'iam' };
  assert.match((await unchanged(kms, () => sendBytes(kms, notUtf8))).text, /<Code>MalformedQueryString<\/Code>/);
});

test('temporary credentials that were forged, belong to another access key, or have expired', async () => {
  await using world = await World.make();
  const session = await world.caller('session s1');
  const other = await world.caller('session s2');
  const { sessionToken = '' } = session;
  const flipped = `${sessionToken.slice(0, 40)}${sessionToken[40] === 'A' ? 'B' : 'A'}${sessionToken.slice(41)}`;
  for (const [what, forged] of [
    ['one character is another', { ...session, sessionToken: flipped }],
    ['cut short', { ...session, sessionToken: sessionToken.slice(0, -4) }],
    ['longer', { ...session, sessionToken: `${sessionToken}AAAA` }],
    ['made up', { ...session, sessionToken: 'A'.repeat(500) }],
    ['of another session', { ...session, sessionToken: other.sessionToken ?? '' }],
    ['none', { accessKeyId: session.accessKeyId, secretAccessKey: session.secretAccessKey }],
    ['with a long-term access key', { ...world.kms.root, sessionToken }],
  ] as const) {
    const answer = await world.send('ListKeys', {}, forged);
    assert.equal(answer.body.__type, 'UnrecognizedClientException', `${what}: ${answer.text}`);
    const identity = await world.kms.query('GetCallerIdentity', {}, { caller: forged });
    assert.deepEqual([identity.status, identity.body.Code], [403, 'InvalidClientTokenId'], what);
  }
  const wrongSecret = await world.send('ListKeys', {}, { ...session, secretAccessKey: other.secretAccessKey });
  assert.equal(wrongSecret.body.__type, 'InvalidSignatureException');
  assert.equal((await world.kms.query('GetCallerIdentity', {}, { caller: session })).status, 200);
  world.kms.clock.advance(3_600_000);
  const expired = await world.send('ListKeys', {}, session);
  assert.deepEqual(expired.body, {
    __type: 'ExpiredTokenException',
    message: 'The security token included in the request is expired',
  });
  const { status, body } = await world.kms.query('GetCallerIdentity', {}, { caller: session });
  assert.deepEqual([status, body.Code], [403, 'ExpiredToken']);
});

test('an access key that was switched off or deleted is nobody at once', async () => {
  await using world = await World.make();
  const alice = await world.caller('alice');
  const key = { UserName: 'Alice', AccessKeyId: alice.accessKeyId };
  const who = () => world.kms.query('GetCallerIdentity', {}, { caller: alice });
  assert.equal((await who()).status, 200);
  await world.kms.did('UpdateAccessKey', { ...key, Status: 'Inactive' });
  assert.equal((await who()).body.Code, 'SignatureDoesNotMatch');
  await world.kms.did('UpdateAccessKey', { ...key, Status: 'Active' });
  assert.equal((await who()).status, 200);
  await world.kms.did('DeleteAccessKey', key);
  assert.equal((await who()).body.Code, 'SignatureDoesNotMatch');
});
