/** A busy hour of those who act in an account: what secrets they are given, and what the server says to their mistakes. */
import { randomUUID } from 'node:crypto';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as sts from '@aws-sdk/client-sts';
import type { ServerProcess } from '#test/harness/server-process.ts';

export interface Heard {
  /** A secret that somebody was given. */
  secret(name: string, text: string): void;
  /** What the server answered to a request that it refused. */
  refusal(text: string): void;
}

const account = '000000000000';

export async function liveAmongPeople(server: ServerProcess, { secret, refusal }: Heard): Promise<void> {
  const settings = { endpoint: server.url, region: server.region, maxAttempts: 1 };
  const asRoot = { ...settings, credentials: { ...server.credentials } };
  const rootIam = new iam.IAMClient(asRoot);
  const rootKms = new kms.KMSClient(asRoot);
  const attempt = async (request: Promise<unknown>) => {
    await request.catch((error: unknown) => refusal(String(error instanceof Error ? error.message : error)));
  };
  const UserName = `user-${randomUUID()}`;
  await rootIam.send(new iam.CreateUserCommand({ UserName }));
  const PolicyDocument = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 'sts:*', Resource: '*' }] });
  await rootIam.send(new iam.PutUserPolicyCommand({ UserName, PolicyName: 'sts', PolicyDocument }));
  const { AccessKey } = await rootIam.send(new iam.CreateAccessKeyCommand({ UserName }));
  const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
  secret("a user's secret access key", secretAccessKey);
  await rootIam.send(new iam.CreateAccessKeyCommand({ UserName })).then((more) => {
    secret("a user's other secret access key", more.AccessKey?.SecretAccessKey ?? '');
  });
  await attempt(rootIam.send(new iam.CreateAccessKeyCommand({ UserName })));

  const trust = { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' };
  const RoleName = `role-${randomUUID()}`;
  const AssumeRolePolicyDocument = JSON.stringify({ Statement: [trust] });
  await rootIam.send(new iam.CreateRoleCommand({ RoleName, AssumeRolePolicyDocument }));
  const asUser = { ...settings, credentials: { accessKeyId, secretAccessKey } };
  const userSts = new sts.STSClient(asUser);
  const RoleArn = `arn:aws:iam::${account}:role/${RoleName}`;
  for (const made of [
    await userSts.send(
      new sts.AssumeRoleCommand({ RoleArn, RoleSessionName: 'session', ExternalId: 'an-external-id' }),
    ),
    await userSts.send(new sts.GetSessionTokenCommand({})),
    await userSts.send(new sts.GetFederationTokenCommand({ Name: 'guest' })),
  ]) {
    const { Credentials } = made;
    secret('a temporary secret access key', Credentials?.SecretAccessKey ?? '');
    secret('a session token', Credentials?.SessionToken ?? '');
    const sessionToken = Credentials?.SessionToken ?? '';
    const temporary = {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
    };
    for (const credentials of [
      { ...temporary, sessionToken },
      { ...temporary, sessionToken: `${sessionToken}AAAA` },
      { ...temporary, secretAccessKey, sessionToken },
      { accessKeyId, secretAccessKey, sessionToken },
    ]) {
      await attempt(new kms.KMSClient({ ...settings, credentials }).send(new kms.ListKeysCommand({})));
      await attempt(new iam.IAMClient({ ...settings, credentials }).send(new iam.ListUsersCommand({})));
    }
  }
  await attempt(new iam.IAMClient(asUser).send(new iam.CreateAccessKeyCommand({ UserName })));
  const WebIdentityToken = `${randomUUID()}.${randomUUID()}.${randomUUID()}`;
  secret('a web identity token', WebIdentityToken);
  await attempt(
    userSts.send(new sts.AssumeRoleWithWebIdentityCommand({ RoleArn, RoleSessionName: 'web', WebIdentityToken })),
  );

  const { KeyMetadata } = await rootKms.send(new kms.CreateKeyCommand({}));
  const grant = { KeyId: KeyMetadata?.KeyId, GranteePrincipal: RoleArn, Operations: ['Decrypt' as const] };
  const { GrantToken = '' } = await rootKms.send(new kms.CreateGrantCommand(grant));
  secret('a grant token', GrantToken);
  await attempt(rootKms.send(new kms.RetireGrantCommand({ GrantToken: `${GrantToken}A` })));
  await attempt(
    rootKms.send(
      new kms.EncryptCommand({ KeyId: grant.KeyId, Plaintext: Buffer.from('x'), GrantTokens: [`A${GrantToken}`] }),
    ),
  );
}
