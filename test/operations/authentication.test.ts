/** Who is let in: properly signed requests, and nobody else. The finer points are in src/protocol/sigv4. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Answer, answerOf, type Kms, startKms } from '#test/harness/kms.ts';
import { presign, signRequest, type ToSign } from '#test/harness/sign.ts';

const wrong =
  'The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.';

function request(kms: Kms, changes: Partial<ToSign> = {}): ToSign {
  return {
    method: 'POST',
    host: new URL(kms.url).host,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.ListKeys' },
    body: '{}',
    credentials: kms.root,
    region: 'us-east-1',
    service: 'kms',
    date: new Date(kms.clock.now()),
    ...changes,
  };
}

async function sendSigned(kms: Kms, headers: Record<string, string>, body = '{}', path = '/'): Promise<Answer> {
  const { host: _, ...rest } = headers;
  return answerOf(await fetch(`${kms.url}${path}`, { method: 'POST', headers: rest, body }));
}

const refused = ({ status, body }: Answer) => [status, body.__type, body.message];

test('a request without a signature is refused', async () => {
  await using kms = await startKms();
  const { authorization: _, ...headers } = signRequest(request(kms));
  const answer = await sendSigned(kms, headers);
  assert.deepEqual(refused(answer), [400, 'MissingAuthenticationTokenException', 'Missing Authentication Token']);
});

test('one altered header, body byte, date, Region, service or secret is refused', async () => {
  await using kms = await startKms();
  const signed = signRequest(request(kms));
  assert.equal((await sendSigned(kms, signed)).status, 200);
  const { secretAccessKey, accessKeyId } = kms.root;
  const flipped = (secretAccessKey[0] === 'A' ? 'B' : 'A') + secretAccessKey.slice(1);
  const altered: Record<string, Answer> = {
    target: await sendSigned(kms, { ...signed, 'x-amz-target': 'TrentService.ListAliases' }),
    'content type': await sendSigned(kms, { ...signed, 'content-type': 'application/x-amz-json-1.1; a=b' }),
    body: await sendSigned(kms, signed, '{ }'),
    date: await sendSigned(kms, {
      ...signed,
      'x-amz-date': `${signed['x-amz-date']?.slice(0, -2)}${signed['x-amz-date']?.endsWith('1Z') ? '2Z' : '1Z'}`,
    }),
    region: await sendSigned(kms, {
      ...signed,
      authorization: String(signed['authorization']).replace('us-east-1', 'us-west-2'),
    }),
    secret: await sendSigned(
      kms,
      signRequest(request(kms, { credentials: { accessKeyId, secretAccessKey: flipped } })),
    ),
    path: await sendSigned(kms, signed, '{}', '/?a=b'),
  };
  for (const [what, answer] of Object.entries(altered)) {
    assert.deepEqual(refused(answer), [400, 'InvalidSignatureException', wrong], what);
  }
  const otherService = await sendSigned(kms, signRequest(request(kms, { service: 's3' })));
  assert.equal(otherService.body.message, "Credential should be scoped to correct service: 'kms'.");
});

test('an unknown access key gets the answer of a wrong secret', async () => {
  await using kms = await startKms();
  const unknown = { accessKeyId: 'AKIAUNKNOWNUNKNOWN22', secretAccessKey: kms.root.secretAccessKey };
  const known = { accessKeyId: kms.root.accessKeyId, secretAccessKey: 'x'.repeat(40) };
  const [a, b] = [
    await sendSigned(kms, signRequest(request(kms, { credentials: unknown }))),
    await sendSigned(kms, signRequest(request(kms, { credentials: known }))),
  ];
  assert.equal(a.text, b.text);
  assert.deepEqual(refused(a), [400, 'InvalidSignatureException', wrong]);
});

test('a client whose clock is more than five minutes off is told so', async () => {
  await using kms = await startKms();
  const at = (seconds: number) =>
    sendSigned(kms, signRequest(request(kms, { date: new Date(kms.clock.now() + seconds * 1000) })));
  assert.equal((await at(-299)).status, 200);
  assert.equal((await at(299)).status, 200);
  assert.match((await at(-301)).body.message, /^Signature expired: \w+ is now earlier than \w+ \(\w+ - 5 min\.\)$/);
  assert.match(
    (await at(301)).body.message,
    /^Signature not yet current: \w+ is still later than \w+ \(\w+ \+ 5 min\.\)$/,
  );
});

test('a presigned request is served until it expires', async () => {
  await using kms = await startKms();
  const presigned = (changes: Partial<ToSign> = {}) => presign({ ...request(kms, changes), expiresSeconds: 60 });
  const headers = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'TrentService.ListKeys' };
  assert.equal((await sendSigned(kms, headers, '{}', presigned())).status, 200);
  assert.equal((await sendSigned(kms, headers, '{ }', presigned())).status, 400);
  const old = presigned({ date: new Date(kms.clock.now() - 61_000) });
  assert.equal((await sendSigned(kms, headers, '{}', old)).body.__type, 'InvalidSignatureException');
});

test('a session token that belongs to no session is refused, but only to the holder of the secret', async () => {
  await using kms = await startKms();
  const withToken = { ...kms.root, sessionToken: 'forged' };
  const answer = await sendSigned(kms, signRequest(request(kms, { credentials: withToken })));
  assert.deepEqual(refused(answer), [
    400,
    'UnrecognizedClientException',
    'The security token included in the request is invalid.',
  ]);
});

test('no error text repeats a signature or a secret', async () => {
  await using kms = await startKms();
  const signed = signRequest(request(kms));
  const signature = String(signed['authorization']).slice(-64);
  for (const authorization of [
    `${signed['authorization']}0`,
    `AWS4-HMAC-SHA256 ${signature}`,
    signature,
    `Bearer ${signature}`,
  ]) {
    const answer = await sendSigned(kms, { ...signed, authorization });
    assert.equal(answer.status, 400);
    assert(!answer.text.includes(signature.slice(0, 20)), answer.text);
  }
});

test('a keep-alive connection carries requests of different callers', async () => {
  await using kms = await startKms();
  for (const caller of [kms.root, kms.other, kms.root])
    assert.equal((await kms.send('ListKeys', {}, { caller })).status, 200);
});
