/** Those who act in the account of a golden set, each let in to the key by another means. */
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import type { ServerProcess } from '#test/harness/server-process.ts';

export interface GoldenPerson {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly arn: string;
  readonly userId: string;
  readonly mayEncrypt: boolean;
}

const mayEncrypt = JSON.stringify({ Statement: [{ Effect: 'Allow', Action: 'kms:Encrypt', Resource: '*' }] });

/** Users by an inline policy, a managed one, a group and a grant; one who may nothing; and a role. */
export async function makePeople(server: ServerProcess, KeyId: string) {
  const settings = { endpoint: server.url, region: server.region, credentials: { ...server.credentials } };
  const client = new iam.IAMClient(settings);
  const people: GoldenPerson[] = [];
  const make = async (UserName: string, isAllowed: boolean) => {
    const { User } = await client.send(
      new iam.CreateUserCommand({ UserName, Path: '/golden/', Tags: [{ Key: 'a', Value: 'b' }] }),
    );
    const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand({ UserName }));
    const { AccessKeyId: accessKeyId = '', SecretAccessKey: secretAccessKey = '' } = AccessKey ?? {};
    people.push({
      accessKeyId,
      secretAccessKey,
      arn: User?.Arn ?? '',
      userId: User?.UserId ?? '',
      mayEncrypt: isAllowed,
    });
    return User?.Arn ?? '';
  };
  await make('nothing', false);
  await make('inline', true);
  await client.send(new iam.PutUserPolicyCommand({ UserName: 'inline', PolicyName: 'p', PolicyDocument: mayEncrypt }));
  await make('managed', true);
  const { Policy } = await client.send(
    new iam.CreatePolicyCommand({ PolicyName: 'golden', PolicyDocument: mayEncrypt }),
  );
  await client.send(new iam.AttachUserPolicyCommand({ UserName: 'managed', PolicyArn: Policy?.Arn }));
  await make('member', true);
  await client.send(new iam.CreateGroupCommand({ GroupName: 'golden' }));
  await client.send(
    new iam.PutGroupPolicyCommand({ GroupName: 'golden', PolicyName: 'p', PolicyDocument: mayEncrypt }),
  );
  await client.send(new iam.AddUserToGroupCommand({ GroupName: 'golden', UserName: 'member' }));
  const GranteePrincipal = await make('grantee', true);
  const grant = { KeyId, GranteePrincipal, Operations: ['Encrypt' as const] };
  await new kms.KMSClient(settings).send(new kms.CreateGrantCommand(grant));
  const trust = { Effect: 'Allow', Principal: { AWS: GranteePrincipal }, Action: 'sts:AssumeRole' };
  const AssumeRolePolicyDocument = JSON.stringify({ Version: '2012-10-17', Statement: [trust] });
  const { Role } = await client.send(new iam.CreateRoleCommand({ RoleName: 'golden', AssumeRolePolicyDocument }));
  return { people, roles: { [Role?.Arn ?? '']: AssumeRolePolicyDocument } };
}
