/**
 * A workload without static keys, as Kubernetes runs it: an issuer over HTTPS, a token, and the AWS SDK, which exchanges it for
 * temporary credentials. Then everything that may be wrong with a token.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as sts from '@aws-sdk/client-sts';
import { type CryptoKey, exportJWK, generateKeyPair, SignJWT, UnsecuredJWT } from 'jose';
import { makeCertificate } from '#test/harness/certificate.ts';
import { startServer } from '#test/harness/server-process.ts';

interface Issuer extends AsyncDisposable {
  readonly url: string;
  readonly certFile: string;
  readonly privateKey: CryptoKey;
  stop(): Promise<void>;
}

async function startIssuer(): Promise<Issuer> {
  const certificate = makeCertificate();
  const { publicKey, privateKey } = await generateKeyPair('RS256', { extractable: true });
  const keys = [{ ...(await exportJWK(publicKey)), kid: 'k1', alg: 'RS256', use: 'sig' }];
  const tls = { cert: readFileSync(certificate.certFile), key: readFileSync(certificate.keyFile) };
  let url = '';
  const server = createServer(tls, (request, response) => {
    const documents: Readonly<Record<string, unknown>> = {
      '/.well-known/openid-configuration': { issuer: url, jwks_uri: `${url}/keys` },
      '/keys': { keys },
    };
    const document = documents[request.url ?? ''];
    response.writeHead(document === undefined ? 404 : 200, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify(document ?? {}));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  url = `https://localhost:${(server.address() as AddressInfo).port}`; // listens on a port
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return {
    url,
    certFile: certificate.certFile,
    privateKey,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      certificate[Symbol.dispose]();
    },
  };
}

const account = '000000000000';
const subject = 'system:serviceaccount:apps:web';

function tokenOf({ url, privateKey }: Issuer, claims: Readonly<Record<string, unknown>> = {}, kid = 'k1') {
  const now = Math.floor(Date.now() / 1000);
  const usual = { iss: url, sub: subject, aud: 'sts.amazonaws.com', iat: now, exp: now + 600 };
  return new SignJWT({ ...usual, ...claims }).setProtectedHeader({ alg: 'RS256', kid }).sign(privateKey);
}

test('a workload with a token of a registered issuer needs no access key', async () => {
  await using issuer = await startIssuer();
  await using server = await startServer({ env: { NODE_EXTRA_CA_CERTS: issuer.certFile } });
  const settings = { endpoint: server.url, region: 'us-east-1', maxAttempts: 1 };
  const asRoot = { ...settings, credentials: { ...server.credentials } };
  const root = new iam.IAMClient(asRoot);
  const provider = issuer.url.slice('https://'.length);
  const { OpenIDConnectProviderArn } = await root.send(
    new iam.CreateOpenIDConnectProviderCommand({ Url: issuer.url, ClientIDList: ['sts.amazonaws.com'] }),
  );
  const trust = {
    Effect: 'Allow',
    Principal: { Federated: OpenIDConnectProviderArn },
    Action: 'sts:AssumeRoleWithWebIdentity',
    Condition: { StringEquals: { [`${provider}:sub`]: subject, [`${provider}:aud`]: 'sts.amazonaws.com' } },
  };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  await root.send(new iam.CreateRoleCommand({ RoleName: 'web', AssumeRolePolicyDocument }));
  const mayEncrypt = { Statement: [{ Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*' }] };
  const policy = { RoleName: 'web', PolicyName: 'p', PolicyDocument: JSON.stringify(mayEncrypt) };
  await root.send(new iam.PutRolePolicyCommand(policy));
  const { KeyMetadata } = await new kms.KMSClient(asRoot).send(new kms.CreateKeyCommand({}));

  const RoleArn = `arn:aws:iam::${account}:role/web`;
  const assume = (WebIdentityToken: string) => {
    const credentials = { accessKeyId: 'none', secretAccessKey: 'none' };
    const client = new sts.STSClient({ ...settings, endpoint: server.url, credentials });
    return client.send(new sts.AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'pod', WebIdentityToken }));
  };
  const answer = await assume(await tokenOf(issuer));
  assert.deepEqual(
    [answer.SubjectFromWebIdentityToken, answer.Audience, answer.Provider, answer.AssumedRoleUser?.Arn],
    [subject, 'sts.amazonaws.com', issuer.url, `arn:aws:sts::${account}:assumed-role/web/pod`],
  );
  const { AccessKeyId = '', SecretAccessKey = '', SessionToken = '' } = answer.Credentials ?? {};
  const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  const pod = new kms.KMSClient({ ...settings, credentials });
  const encrypt = new kms.EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from('x') });
  assert((await pod.send(encrypt)).CiphertextBlob !== undefined);

  const past = Math.floor(Date.now() / 1000) - 3600;
  const { privateKey: stranger } = await generateKeyPair('RS256');
  const unsigned = new UnsecuredJWT({ iss: issuer.url, sub: subject, aud: 'sts.amazonaws.com' });
  const bad: readonly (readonly [what: string, token: string, error: string])[] = [
    ['no algorithm', unsigned.setIssuedAt().setExpirationTime('10m').encode(), 'InvalidIdentityToken'],
    ['the wrong audience', await tokenOf(issuer, { aud: 'someone.else' }), 'InvalidIdentityToken'],
    [
      'an issuer that is not registered',
      await tokenOf(issuer, { iss: 'https://issuer.example' }),
      'InvalidIdentityToken',
    ],
    ['an unknown kid', await tokenOf(issuer, {}, 'k2'), 'InvalidIdentityToken'],
    ['another key', await tokenOf({ ...issuer, privateKey: stranger }), 'InvalidIdentityToken'],
    ['expired', await tokenOf(issuer, { iat: past, exp: past + 60 }), 'ExpiredTokenException'],
    ['not yet valid', await tokenOf(issuer, { nbf: past + 7200 }), 'InvalidIdentityToken'],
    ['another subject', await tokenOf(issuer, { sub: 'system:serviceaccount:apps:other' }), 'AccessDenied'],
    ['no token at all', 'a.b.c', 'InvalidIdentityToken'],
  ];
  for (const [what, token, error] of bad) {
    const refusal = await assume(token).then(
      () => 'none',
      (refused: Error) => refused.name,
    );
    assert.equal(refusal.replace(/Exception$/, ''), error.replace(/Exception$/, ''), what);
  }
  await issuer.stop();
  assert((await assume(await tokenOf(issuer))).Credentials !== undefined, 'its keys are remembered for some minutes');
  await server.stop();
  await server.start();
  await assert.rejects(
    assume(await tokenOf(issuer)),
    (error: Error) => /IDPCommunicationError/.test(error.name),
    'when the issuer is down, nobody is let in',
  );
});
