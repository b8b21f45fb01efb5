/** Tokens of a real issuer on a loopback port, and tokens of forgers. */
import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { exportSPKI, generateKeyPair, type JWTPayload, SignJWT } from 'jose';
import type { Identities } from '#identity/identities.ts';
import { changeAccount } from '#identity/identities.ts';
import { makeCertificate } from '#test/harness/certificate.ts';
import { type Issuer, issuer, issuerUrl, startIssuer } from '#test/harness/issuer.ts';
import { A, B, refusal, stsWorld } from '#test/harness/sts.ts';
import { verifyWebIdentity } from './web-identity.ts';

async function startWorld(running: Issuer) {
  const world = await stsWorld(running.fetch);
  await register(world.identities);
  const verify = (token: string) => verifyWebIdentity(world.identities, { partition: 'aws', accountId: A }, token);
  const claims = (more: JWTPayload = {}): JWTPayload => {
    const iat = Math.floor(world.clock.now() / 1000);
    return { iss: issuer, sub: 'alice', aud: 'client', iat, exp: iat + 600, ...more };
  };
  return { ...world, verify, claims };
}

async function register({ vault }: Identities, url = issuerUrl) {
  await vault.store.write(async (transaction) => {
    const record = {
      accountId: A,
      url,
      clientIds: ['client', 'other-client'],
      thumbprints: [],
      createdAtMs: 0,
      tags: [],
    };
    transaction.put('openIdProviders', [A, url], record);
  });
}

const noKey = refusal('InvalidIdentityToken', /^Couldn't retrieve verification key from your identity provider, /);
const down = refusal('IDPCommunicationError');
const badSignature = refusal('InvalidIdentityToken', /signature/);
const minutes = (count: number) => count * 60_000;

test('a good token tells who it is', async () => {
  await using running = await startIssuer();
  const { verify, claims } = await startWorld(running);
  const token = await running.sign(
    claims({
      aud: ['else', 'client'],
      azp: 'party',
      amr: ['pwd', 'otp'],
      'https://aws.amazon.com/tags': {
        principal_tags: { Team: ['Blue'], Stage: ['x'] },
        transitive_tag_keys: ['Team'],
      },
      'https://aws.amazon.com/source_identity': 'alice@example',
    }),
  );
  assert.deepEqual(await verify(token), {
    issuer,
    providerArn: `arn:aws:iam::${A}:oidc-provider/${issuerUrl}`,
    subject: 'alice',
    audience: 'client',
    claims: [
      [`${issuerUrl}:aud`, 'else'],
      [`${issuerUrl}:aud`, 'client'],
      [`${issuerUrl}:sub`, 'alice'],
      [`${issuerUrl}:azp`, 'party'],
      [`${issuerUrl}:amr`, 'pwd'],
      [`${issuerUrl}:amr`, 'otp'],
    ],
    passed: {
      tags: [
        ['Team', 'Blue'],
        ['Stage', 'x'],
      ],
      transitiveTagKeys: ['Team'],
    },
    sourceIdentity: 'alice@example',
  });
  assert.equal(
    (await verify(await running.sign(claims({ aud: 'else', azp: 'other-client' })))).audience,
    'other-client',
  );
});

test('signatures of all public-key algorithms are taken', async () => {
  await using running = await startIssuer();
  const { verify, claims, clock } = await startWorld(running);
  for (const algorithm of ['RS256', 'RS512', 'PS384', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519']) {
    await running.rotate(algorithm, algorithm);
    clock.advance(minutes(1));
    assert.equal((await verify(await running.sign(claims()))).subject, 'alice', algorithm);
  }
});

test('what is no JWT, or not signed by the issuer, is no token', async () => {
  await using running = await startIssuer();
  const { verify, claims } = await startWorld(running);
  const notJwt = refusal('InvalidIdentityToken', /^The ID Token provided is not a valid JWT\. /);
  for (const text of ['none', 'a.b.c', '..', 'e30.e30', `${'x.'.repeat(4)}x`, 'e30.W10.', 'e30.bnVsbA.x']) {
    await assert.rejects(verify(text), notJwt, text);
  }
  const good = await running.sign(claims());
  const [header = '', payload = '', signature = ''] = good.split('.');
  const encode = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
  const forger = await generateKeyPair('ES256', { extractable: true });
  const spki = await exportSPKI(forger.publicKey);
  const hmac = (input: string) => createHmac('sha256', spki).update(input).digest('base64url');
  const hs256 = `${encode({ alg: 'HS256', kid: 'first' })}.${payload}`;
  const forged = (more: object) =>
    new SignJWT(claims()).setProtectedHeader({ alg: 'ES256', kid: 'first', ...more }).sign(forger.privateKey);
  const forgeries: readonly string[] = [
    `${header}.${encode(claims({ sub: 'root' }))}.${signature}`,
    `${header}.${payload}.`,
    `${header}.${payload}.${signature.slice(0, -4)}AAAA`,
    `${encode({ alg: 'none' })}.${payload}.`,
    `${encode({ alg: 'none', kid: 'first' })}.${payload}.${signature}`,
    `${hs256}.${hmac(hs256)}`,
    `${encode({ alg: 'ES256', kid: 'first', b64: false, crit: ['b64'] })}.${payload}.${signature}`,
    `${encode({ kid: 'first' })}.${payload}.${signature}`,
    await forged({}),
    await forged({ jwk: { kty: 'EC' }, jku: 'https://forger.example/keys', x5u: 'https://forger.example/' }),
  ];
  for (const forgery of forgeries) await assert.rejects(verify(forgery), badSignature, forgery);
  assert(running.requests.every((path) => path.startsWith('/tenant/')));
  await verify(good);
});

test('issuers other than the registered ones vouch for nobody', async () => {
  await using running = await startIssuer();
  const { verify, claims, identities } = await startWorld(running);
  for (const iss of [
    `${issuer}/`,
    issuer.toUpperCase(),
    issuer.replace('https', 'http'),
    'https://issuer.test',
    issuerUrl,
  ]) {
    await assert.rejects(
      verify(await running.sign(claims({ iss }))),
      refusal('InvalidIdentityToken', `No OpenIDConnect provider found in your account for ${iss}`),
    );
  }
  const long = await running.sign(claims({ iss: `https://${'x'.repeat(5000)}` }));
  await assert.rejects(verify(long), (error: Error) => error.message.length < 400);
  await assert.rejects(
    verify(await running.sign(claims({ iss: 'https://issuer.test/\u001f' }))),
    refusal('InvalidIdentityToken'),
  );
  const { iss: _, ...rest } = claims();
  await assert.rejects(verify(await running.sign(rest)), refusal('InvalidIdentityToken', /claim iss/));
  await assert.rejects(
    verifyWebIdentity(identities, { partition: 'aws', accountId: B }, await running.sign(claims())),
    refusal('InvalidIdentityToken', /^No OpenIDConnect provider/),
  );
  assert.deepEqual(running.requests, []);
  await changeAccount(identities, A, async (transaction) => transaction.delete('openIdProviders', [A, issuerUrl]));
  await assert.rejects(
    verify(await running.sign(claims())),
    refusal('InvalidIdentityToken', /^No OpenIDConnect provider/),
  );
});

test('a token is good from when it says until it expires', async () => {
  await using running = await startIssuer();
  const { verify, claims, clock } = await startWorld(running);
  const now = Math.floor(clock.now() / 1000);
  for (const ago of [0, 1, 59, 61, 10_000]) {
    await assert.rejects(
      verify(await running.sign(claims({ exp: now - ago }))),
      refusal(
        'ExpiredTokenException',
        `Token expired: current date/time ${now} must be before the expiration date/time ${now - ago}`,
      ),
    );
  }
  await verify(await running.sign(claims({ exp: now + 1, nbf: now + 30, iat: now + 30 })));
  const wrong: readonly object[] = [{ nbf: now + 90 }, { iat: now + 90 }, { exp: undefined }, { iat: undefined }];
  for (const more of wrong) {
    await assert.rejects(
      verify(await sign(running, { ...claims(), ...more })),
      refusal('InvalidIdentityToken', /^The claim /),
    );
  }
});

test('a token for another client, or with claims that are not of their type, is refused', async () => {
  await using running = await startIssuer();
  const { verify, claims } = await startWorld(running);
  const audience = refusal('InvalidIdentityToken', 'Incorrect token audience');
  for (const more of [{ aud: 'else' }, { aud: ['else', 'Client'] }, { aud: 'else', azp: 'else' }]) {
    await assert.rejects(verify(await running.sign(claims(more))), audience);
  }
  const tags = (value: unknown) => ({ 'https://aws.amazon.com/tags': value });
  const wrong: readonly object[] = [
    { sub: undefined },
    { sub: '' },
    { sub: 7 },
    { sub: 'x'.repeat(256) },
    { aud: undefined },
    { aud: [] },
    { aud: ['client', 7] },
    { azp: 7 },
    { exp: 'later' },
    { iat: 'now' },
    { amr: 7 },
    { 'https://aws.amazon.com/source_identity': 'x' },
    { 'https://aws.amazon.com/source_identity': ['alice'] },
    tags('x'),
    tags([]),
    tags({ principal_tags: [] }),
    tags({ principal_tags: { Team: [] } }),
    tags({ principal_tags: { Team: ['a', 'b'] } }),
    tags({ principal_tags: { 'Te*m': ['a'] } }),
    tags({ principal_tags: { Team: ['a\n'] } }),
    tags({ principal_tags: {}, transitive_tag_keys: [7] }),
  ];
  for (const more of wrong) {
    await assert.rejects(
      async () => verify(await sign(running, { ...claims(), ...more })),
      refusal('InvalidIdentityToken', /^The claim /),
      JSON.stringify(more),
    );
  }
});

/** Signs what SignJWT would not. */
function sign(running: Issuer, payload: object): Promise<string> {
  return running.sign(JSON.parse(JSON.stringify(payload)));
}

test('keys are asked for once, and again for an unknown key once a minute', async () => {
  await using running = await startIssuer();
  const { verify, claims, clock } = await startWorld(running);
  const old = await running.sign(claims({ exp: Math.floor(clock.now() / 1000) + 6000 }));
  await Promise.all(Array.from({ length: 20 }, () => verify(old)));
  assert.equal(running.requests.length, 2);
  await running.rotate('second');
  const renewed = await running.sign(claims());
  await assert.rejects(verify(renewed), noKey);
  assert.equal(running.requests.length, 2);
  clock.advance(minutes(1));
  assert.equal((await verify(renewed)).subject, 'alice');
  assert.equal(running.requests.length, 4);
  await assert.rejects(verify(old), noKey);
  assert.equal(running.requests.length, 4);
});

test('an issuer that is down vouches for nobody once its keys are old', async () => {
  await using running = await startIssuer();
  const { verify, claims, clock } = await startWorld(running);
  const token = await running.sign(claims({ exp: Math.floor(clock.now() / 1000) + 6000 }));
  await verify(token);
  running.answer = (response) => response.socket?.destroy();
  clock.advance(minutes(1));
  await assert.rejects(verify(await running.sign(claims(), { kid: 'unknown' })), down);
  await verify(token); // that somebody made us ask in vain is no reason to forget fresh keys
  clock.advance(minutes(5));
  await assert.rejects(verify(token), down);
  const asked = running.requests.length;
  await assert.rejects(verify(token), down);
  assert.equal(running.requests.length, asked);
  running.answer = undefined;
  clock.advance(10_000);
  await verify(token);
});

test('whatever an issuer answers, it is bounded, and no key unless it is one', async () => {
  const garbage = 'x'.repeat(65_536);
  const answers: readonly (readonly [title: string, expected: object, answer: NonNullable<Issuer['answer']>])[] = [
    ['a refused connection', down, (response) => response.socket?.destroy()],
    ['a server error', down, (response) => response.writeHead(503).end('{}')],
    ['no answer', down, () => undefined],
    ['an answer that stops', down, (response) => void response.writeHead(200).write('{')],
    ['a redirection', down, (response) => response.writeHead(302, { location: '/tenant/keys' }).end()],
    ['no such page', noKey, (response) => response.writeHead(404).end('{}')],
    ['no JSON', noKey, (response) => response.end('<html>')],
    ['null', noKey, (response) => response.end('null')],
    ['a list', noKey, (response) => response.end('[]')],
    [
      'an endless answer',
      noKey,
      (response) => {
        const more = () => {
          while (!response.destroyed && response.write(garbage));
        };
        response.on('drain', more);
        more();
      },
    ],
  ];
  for (const [title, expected, answer] of answers) {
    await using running = await startIssuer();
    const { verify, claims } = await startWorld(running);
    running.answer = answer;
    await assert.rejects(verify(await running.sign(claims())), expected, title);
  }
});

test('discovery has to be of the issuer, and lead to keys over HTTPS', async () => {
  const documents: readonly object[] = [
    { issuer: 'https://else.test' },
    { issuer: `${issuer}/` },
    { jwks_uri: undefined },
    { jwks_uri: 7 },
    { jwks_uri: 'http://issuer.test/tenant/keys' },
    { jwks_uri: 'file:///etc/passwd' },
    { jwks_uri: 'https://user:password@issuer.test/tenant/keys' },
    { jwks_uri: `${issuer}/.well-known/openid-configuration` },
  ];
  for (const discovery of documents) {
    await using running = await startIssuer();
    const { verify, claims } = await startWorld(running);
    running.discovery = discovery;
    await assert.rejects(verify(await running.sign(claims())), noKey, JSON.stringify(discovery));
  }
});

test('keys that are no public keys of the right kind verify nothing', async () => {
  for (const keys of [
    [],
    [{}],
    ['x'],
    [{ kty: 'oct', k: 'AAAA', kid: 'first' }],
    [{ kty: 'EC', crv: 'P-256', x: 'AA', y: 'AA', kid: 'first', alg: 'ES256' }],
    [{ kty: 'RSA', n: 'AA', e: 'AQAB', kid: 'first' }],
  ]) {
    await using running = await startIssuer();
    const { verify, claims } = await startWorld(running);
    running.answer = (response, path) =>
      response.end(JSON.stringify(path.endsWith('keys') ? { keys } : { issuer, jwks_uri: `${issuer}/keys` }));
    await assert.rejects(verify(await running.sign(claims())), refusal('InvalidIdentityToken'), JSON.stringify(keys));
  }
});

test('over TLS, an issuer is believed only with a certificate that Node trusts', async () => {
  using certificate = makeCertificate();
  const files = { cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile) };
  const requests: string[] = [];
  const server = createServer(files, ({ url = '' }, response) => {
    requests.push(url);
    response.end('{}');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on TCP
  await using running = await startIssuer();
  const { identities } = await stsWorld(); // with the fetcher of production
  await register(identities, `localhost:${port}`);
  const iat = Math.floor(identities.vault.clock.now() / 1000);
  const token = await running.sign({ iss: `https://localhost:${port}`, sub: 'a', aud: 'client', iat, exp: iat + 600 });
  await assert.rejects(verifyWebIdentity(identities, { partition: 'aws', accountId: A }, token), down);
  assert.deepEqual(requests, []);
  await new Promise((resolve) => server.close(resolve));
});
