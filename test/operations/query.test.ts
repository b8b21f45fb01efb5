/** IAM and STS as clients reach them: presigned, by GET and by POST, beside KMS on one port. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Caller, type Kms, startKms } from '#test/harness/kms.ts';
import { presign, signRequest } from '#test/harness/sign.ts';

const identity = [
  ['Action', 'GetCallerIdentity'],
  ['Version', '2011-06-15'],
] as const;

interface Presigned {
  readonly caller?: Caller;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly after?: string;
}

/** Presigns GetCallerIdentity and sends it; `after` is added to the URL that was signed. */
async function sendPresigned(
  kms: Kms,
  { caller = kms.root, method = 'GET', headers = {}, body, after = '' }: Presigned = {},
) {
  const host = new URL(kms.url).host;
  const date = new Date(kms.clock.now());
  const to = { method, host, query: identity, headers, region: 'us-east-1', service: 'sts', date };
  const target = presign({ ...to, credentials: caller, expiresSeconds: 60 });
  const request = { method, headers, ...(body === undefined ? {} : { body }) };
  const response = await fetch(`${kms.url}${target}${after}`, request);
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() };
}

test('GetCallerIdentity can be presigned, with a header of its own, by GET and by POST', async () => {
  await using kms = await startKms();
  for (const presigned of [{}, { method: 'POST' }, { headers: { 'x-k8s-aws-id': 'my-cluster' } }]) {
    const { status, type, text } = await sendPresigned(kms, presigned);
    assert.equal(status, 200, text);
    assert.equal(type, 'text/xml');
    assert.match(
      text,
      /^<GetCallerIdentityResponse xmlns="https:\/\/sts.amazonaws.com\/doc\/2011-06-15\/"><GetCallerIdentityResult>/,
    );
    assert.match(text, /<Arn>arn:aws:iam::111122223333:root<\/Arn>/);
  }
});

test('a presigned request with something added to it, or to its body, is refused', async () => {
  await using kms = await startKms();
  assert.match((await sendPresigned(kms, { after: '&Extra=1' })).text, /<Code>SignatureDoesNotMatch<\/Code>/);
  assert.match(
    (await sendPresigned(kms, { method: 'POST', body: 'Action=GetSessionToken' })).text,
    /<Code>MalformedQueryString<\/Code>/,
  );
  kms.clock.advance(61_000);
  assert.equal((await sendPresigned(kms)).status, 200, 'it was signed now');
});

test('a presigned request of a session carries its token', async () => {
  await using kms = await startKms();
  const { Credentials } = await kms.did('GetSessionToken');
  const caller = {
    accessKeyId: Credentials.AccessKeyId,
    secretAccessKey: Credentials.SecretAccessKey,
    sessionToken: Credentials.SessionToken,
  };
  assert.equal((await sendPresigned(kms, { caller })).status, 200);
  const { sessionToken: _, ...without } = caller;
  assert.match((await sendPresigned(kms, { caller: without })).text, /<Code>InvalidClientTokenId<\/Code>/);
});

test('a signature for one service is none for another', async () => {
  await using kms = await startKms();
  const wrong = await kms.query('ListUsers', {}, { service: 'sts' });
  assert.match(wrong.body.Message, /Could not find operation ListUsers for version 2011-06-15/);
  const body = 'Action=ListUsers&Version=2010-05-08';
  const host = new URL(kms.url).host;
  const headers = signRequest({
    method: 'POST',
    host,
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body,
    credentials: kms.root,
    region: 'us-east-1',
    service: 'kms',
    date: new Date(kms.clock.now()),
  });
  const { host: _, ...sent } = headers;
  const text = await (await fetch(kms.url, { method: 'POST', headers: sent, body })).text();
  assert.match(
    text,
    /<Code>SignatureDoesNotMatch<\/Code><Message>Credential should be scoped to correct service: &apos;iam&apos;/,
  );
});

test('an unsigned request is told to sign, but for the one that needs no signature', async () => {
  await using kms = await startKms();
  const unsigned = await kms.query('ListUsers', {}, { isUnsigned: true });
  assert.deepEqual([unsigned.status, unsigned.body.Code], [403, 'MissingAuthenticationToken']);
  const role = {
    RoleArn: 'arn:aws:iam::111122223333:role/App',
    RoleSessionName: 'pod',
    WebIdentityToken: 'no.jwt.here',
  };
  const web = await kms.query('AssumeRoleWithWebIdentity', role, { isUnsigned: true });
  assert.deepEqual([web.status, web.body.Code], [400, 'InvalidIdentityToken']);
});
