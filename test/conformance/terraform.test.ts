/**
 * The calls that Terraform's AWS provider makes for keys, aliases, grants, roles and users: on create, refresh, update and
 * destroy. What it reads back is what it wrote, so that a plan shows no changes. The order of the calls follows the
 * provider's resources; the requests are made by the AWS SDK.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as iam from '@aws-sdk/client-iam';
import * as kms from '@aws-sdk/client-kms';
import * as sts from '@aws-sdk/client-sts';
import { startServer } from '#test/harness/server-process.ts';

const account = '000000000000';

async function startAll() {
  const server = await startServer();
  const { url: endpoint, credentials } = server;
  const settings = { endpoint, region: 'eu-central-1', credentials: { ...credentials }, maxAttempts: 1 };
  return {
    kms: new kms.KMSClient(settings),
    iam: new iam.IAMClient(settings),
    sts: new sts.STSClient(settings),
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}

type All = Awaited<ReturnType<typeof startAll>>;

const documentIn = (text: string | undefined) => JSON.parse(decodeURIComponent(text ?? ''));

async function refusalOf(call: Promise<unknown>): Promise<string> {
  try {
    await call;
  } catch (error) {
    return error instanceof Error ? error.name : 'no error';
  }
  return 'no refusal';
}

test('the provider starts by asking who it is', async () => {
  await using all = await startAll();
  const identity = await all.sts.send(new sts.GetCallerIdentityCommand({}));
  assert.deepEqual(
    [identity.Account, identity.Arn, identity.UserId],
    [account, `arn:aws:iam::${account}:root`, account],
  );
});

interface KeyState {
  readonly description: string;
  readonly policy: object;
  readonly tags: Readonly<Record<string, string>>;
  readonly isEnabled: boolean;
}

const keyPolicy = (more: readonly object[]) => ({
  Version: '2012-10-17',
  Statement: [
    { Sid: 'account', Effect: 'Allow', Principal: { AWS: account }, Action: 'kms:*', Resource: '*' },
    ...more,
  ],
});

/** What aws_kms_key reads on every refresh. */
async function readKey({ kms: client }: All, KeyId: string): Promise<KeyState> {
  const { KeyMetadata } = await client.send(new kms.DescribeKeyCommand({ KeyId }));
  const { Policy } = await client.send(new kms.GetKeyPolicyCommand({ KeyId, PolicyName: 'default' }));
  const { KeyRotationEnabled } = await client.send(new kms.GetKeyRotationStatusCommand({ KeyId }));
  const { Tags = [] } = await client.send(new kms.ListResourceTagsCommand({ KeyId, Limit: 50 }));
  assert.equal(KeyRotationEnabled, false);
  return {
    description: KeyMetadata?.Description ?? '',
    policy: JSON.parse(Policy ?? ''),
    tags: Object.fromEntries(Tags.map(({ TagKey = '', TagValue = '' }) => [TagKey, TagValue])),
    isEnabled: KeyMetadata?.Enabled ?? false,
  };
}

test('aws_kms_key and aws_kms_alias: create, refresh, update, destroy', async () => {
  await using all = await startAll();
  const { kms: client } = all;
  const { Role } = await all.iam.send(new iam.CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: trust }));
  const roleArn = Role?.Arn ?? '';
  const wanted: KeyState = {
    description: 'terraform',
    policy: keyPolicy([{ Effect: 'Allow', Principal: { AWS: roleArn }, Action: ['kms:Decrypt'], Resource: '*' }]),
    tags: { Name: 'terraform', Environment: 'test' },
    isEnabled: true,
  };
  const created = await client.send(
    new kms.CreateKeyCommand({
      Description: wanted.description,
      Policy: JSON.stringify(wanted.policy),
      Tags: Object.entries(wanted.tags).map(([TagKey, TagValue]) => ({ TagKey, TagValue })),
      BypassPolicyLockoutSafetyCheck: false,
      KeySpec: 'SYMMETRIC_DEFAULT',
      KeyUsage: 'ENCRYPT_DECRYPT',
    }),
  );
  const KeyId = created.KeyMetadata?.KeyId ?? '';
  assert.deepEqual(await readKey(all, KeyId), wanted);

  const AliasName = 'alias/terraform';
  await client.send(new kms.CreateAliasCommand({ AliasName, TargetKeyId: KeyId }));
  const findAlias = async () =>
    (await client.send(new kms.ListAliasesCommand({}))).Aliases?.find((alias) => alias.AliasName === AliasName);
  assert.equal((await findAlias())?.TargetKeyId, KeyId);

  const next: KeyState = {
    ...wanted,
    description: 'changed',
    policy: keyPolicy([]),
    tags: { Name: 'n' },
    isEnabled: false,
  };
  await client.send(new kms.UpdateKeyDescriptionCommand({ KeyId, Description: next.description }));
  await client.send(new kms.PutKeyPolicyCommand({ KeyId, PolicyName: 'default', Policy: JSON.stringify(next.policy) }));
  await client.send(new kms.UntagResourceCommand({ KeyId, TagKeys: ['Environment'] }));
  await client.send(new kms.TagResourceCommand({ KeyId, Tags: [{ TagKey: 'Name', TagValue: 'n' }] }));
  await client.send(new kms.DisableKeyCommand({ KeyId }));
  assert.deepEqual(await readKey(all, KeyId), next);

  await client.send(new kms.DeleteAliasCommand({ AliasName }));
  assert.equal(await findAlias(), undefined);
  await client.send(new kms.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  const { KeyMetadata } = await client.send(new kms.DescribeKeyCommand({ KeyId }));
  assert.equal(KeyMetadata?.KeyState, 'PendingDeletion');
  const again = client.send(new kms.ScheduleKeyDeletionCommand({ KeyId, PendingWindowInDays: 7 }));
  await assert.rejects(again, { name: 'KMSInvalidStateException', message: / is pending deletion/ });
});

test('a key policy that names a role which is about to exist is refused as the provider retries it', async () => {
  await using all = await startAll();
  const Policy = JSON.stringify(
    keyPolicy([
      { Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:role/soon` }, Action: 'kms:*', Resource: '*' },
    ]),
  );
  const create = () => all.kms.send(new kms.CreateKeyCommand({ Policy }));
  assert.equal(await refusalOf(create()), 'MalformedPolicyDocumentException');
  await all.iam.send(new iam.CreateRoleCommand({ RoleName: 'soon', AssumeRolePolicyDocument: trust }));
  assert.equal(await refusalOf(create()), 'no refusal');
});

test('aws_kms_grant: create, refresh, destroy', async () => {
  await using all = await startAll();
  const { kms: client } = all;
  const KeyId = (await client.send(new kms.CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '';
  const { Role } = await all.iam.send(new iam.CreateRoleCommand({ RoleName: 'app', AssumeRolePolicyDocument: trust }));
  const wanted = {
    Name: 'terraform',
    GranteePrincipal: Role?.Arn ?? '',
    Operations: ['Encrypt', 'Decrypt', 'GenerateDataKey'] as kms.GrantOperation[],
    Constraints: { EncryptionContextEquals: { Department: 'Finance' } },
  };
  const { GrantId } = await client.send(new kms.CreateGrantCommand({ KeyId, ...wanted }));
  const find = async () => {
    const { Grants = [] } = await client.send(new kms.ListGrantsCommand({ KeyId, Limit: 100 }));
    return Grants.find((grant) => grant.GrantId === GrantId);
  };
  const found = await find();
  assert(found !== undefined);
  const { Name, GranteePrincipal, Operations, Constraints } = found;
  assert.deepEqual({ Name, GranteePrincipal, Operations, Constraints }, wanted);
  await client.send(new kms.RevokeGrantCommand({ KeyId, GrantId }));
  assert.equal(await find(), undefined);
});

const trustDocument = {
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' }],
};
const trust = JSON.stringify(trustDocument);

test('aws_iam_role: create, refresh, update, destroy', async () => {
  await using all = await startAll();
  const { iam: client } = all;
  const RoleName = 'terraform';
  const Tags = [{ Key: 'Name', Value: 'terraform' }];
  const settings = { RoleName, Path: '/team/', Description: 'made by code', MaxSessionDuration: 7200 };
  await client.send(new iam.CreateRoleCommand({ ...settings, Tags, AssumeRolePolicyDocument: trust }));
  const read = async () => {
    const { Role } = await client.send(new iam.GetRoleCommand({ RoleName }));
    const inline = await client.send(new iam.ListRolePoliciesCommand({ RoleName }));
    const attached = await client.send(new iam.ListAttachedRolePoliciesCommand({ RoleName }));
    return { Role, inline: inline.PolicyNames, attached: attached.AttachedPolicies };
  };
  const { Role, inline, attached } = await read();
  assert.equal(Role?.Arn, `arn:aws:iam::${account}:role/team/${RoleName}`);
  assert.deepEqual(documentIn(Role.AssumeRolePolicyDocument), trustDocument);
  const { Path, Description, MaxSessionDuration } = Role;
  assert.deepEqual({ RoleName: Role.RoleName, Path, Description, MaxSessionDuration }, settings);
  assert.deepEqual([Role.Tags, inline, attached], [Tags, [], []]);

  const { Policy } = await client.send(new iam.CreatePolicyCommand({ PolicyName: 'use', PolicyDocument: allowAll }));
  const PolicyArn = Policy?.Arn ?? '';
  await client.send(new iam.PutRolePolicyCommand({ RoleName, PolicyName: 'own', PolicyDocument: allowAll }));
  await client.send(new iam.AttachRolePolicyCommand({ RoleName, PolicyArn }));
  await client.send(new iam.UpdateRoleCommand({ RoleName, Description: 'changed', MaxSessionDuration: 3600 }));
  const own = await client.send(new iam.GetRolePolicyCommand({ RoleName, PolicyName: 'own' }));
  assert.deepEqual(documentIn(own.PolicyDocument), JSON.parse(allowAll));
  const version = await client.send(new iam.GetPolicyVersionCommand({ PolicyArn, VersionId: 'v1' }));
  assert.deepEqual(documentIn(version.PolicyVersion?.Document), JSON.parse(allowAll));
  const after = await read();
  assert.deepEqual([after.inline, after.attached], [['own'], [{ PolicyName: 'use', PolicyArn }]]);
  assert.equal(after.Role?.Description, 'changed');

  assert.equal(await refusalOf(client.send(new iam.DeleteRoleCommand({ RoleName }))), 'DeleteConflictException');
  assert.deepEqual((await client.send(new iam.ListInstanceProfilesForRoleCommand({ RoleName }))).InstanceProfiles, []);
  await client.send(new iam.DetachRolePolicyCommand({ RoleName, PolicyArn }));
  await client.send(new iam.DeleteRolePolicyCommand({ RoleName, PolicyName: 'own' }));
  await client.send(new iam.DeleteRoleCommand({ RoleName }));
  assert.equal(await refusalOf(client.send(new iam.GetRoleCommand({ RoleName }))), 'NoSuchEntityException');
  await client.send(new iam.DeletePolicyCommand({ PolicyArn }));
});

const allowAll = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Action: 'kms:*', Resource: '*' }],
});

test('aws_iam_user: create, refresh, update, destroy with everything that hangs on it', async () => {
  await using all = await startAll();
  const { iam: client } = all;
  const UserName = 'terraform';
  const Tags = [{ Key: 'Name', Value: 'a + b = c/d' }];
  await client.send(new iam.CreateUserCommand({ UserName, Path: '/system/', Tags }));
  const { User } = await client.send(new iam.GetUserCommand({ UserName }));
  assert.equal(User?.Arn, `arn:aws:iam::${account}:user/system/${UserName}`);
  assert.deepEqual(User.Tags, Tags);
  const renamed = 'terraformed';
  await client.send(new iam.UpdateUserCommand({ UserName, NewUserName: renamed, NewPath: '/' }));
  const after = await client.send(new iam.GetUserCommand({ UserName: renamed }));
  assert.deepEqual([after.User?.UserId, after.User?.Path], [User.UserId, '/']);

  const at = { UserName: renamed };
  await client.send(new iam.CreateGroupCommand({ GroupName: 'team' }));
  await client.send(new iam.AddUserToGroupCommand({ ...at, GroupName: 'team' }));
  const { AccessKey } = await client.send(new iam.CreateAccessKeyCommand(at));
  await client.send(new iam.PutUserPolicyCommand({ ...at, PolicyName: 'own', PolicyDocument: allowAll }));
  assert.equal(await refusalOf(client.send(new iam.DeleteUserCommand(at))), 'DeleteConflictException');

  const { Groups = [] } = await client.send(new iam.ListGroupsForUserCommand(at));
  for (const { GroupName } of Groups) await client.send(new iam.RemoveUserFromGroupCommand({ ...at, GroupName }));
  const { AccessKeyMetadata = [] } = await client.send(new iam.ListAccessKeysCommand(at));
  assert.deepEqual(
    AccessKeyMetadata.map(({ AccessKeyId }) => AccessKeyId),
    [AccessKey?.AccessKeyId],
  );
  for (const { AccessKeyId } of AccessKeyMetadata)
    await client.send(new iam.DeleteAccessKeyCommand({ ...at, AccessKeyId }));
  assert.deepEqual((await client.send(new iam.ListSSHPublicKeysCommand(at))).SSHPublicKeys, []);
  assert.deepEqual((await client.send(new iam.ListVirtualMFADevicesCommand({}))).VirtualMFADevices, []);
  assert.deepEqual((await client.send(new iam.ListMFADevicesCommand(at))).MFADevices, []);
  assert.equal(await refusalOf(client.send(new iam.DeleteLoginProfileCommand(at))), 'NoSuchEntityException');
  assert.deepEqual((await client.send(new iam.ListSigningCertificatesCommand(at))).Certificates, []);
  assert.deepEqual(
    (await client.send(new iam.ListServiceSpecificCredentialsCommand(at))).ServiceSpecificCredentials,
    [],
  );
  await client.send(new iam.DeleteUserPolicyCommand({ ...at, PolicyName: 'own' }));
  await client.send(new iam.DeleteUserCommand(at));
  assert.equal(await refusalOf(client.send(new iam.GetUserCommand(at))), 'NoSuchEntityException');
});
