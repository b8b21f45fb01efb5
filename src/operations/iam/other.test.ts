/** Tags, OpenID Connect providers, the account, and what there is none of. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openIam } from '#test/harness/iam.ts';
import { usersAndRolesOperations } from './users-and-roles-registry.ts';

const start = () => openIam(usersAndRolesOperations);
const trust = '{"Statement":{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}}';
const issuer = 'arn:aws:iam::111122223333:oidc-provider/issuer.example/a';

/** Everything that has tags, with what makes it. */
const taggables = [
  ['User', { UserName: 'Alice' }, { UserName: 'Alice' }],
  ['Role', { RoleName: 'App' }, { RoleName: 'App', AssumeRolePolicyDocument: trust }],
  ['OpenIDConnectProvider', { OpenIDConnectProviderArn: issuer }, { Url: 'https://issuer.example/a' }],
] as const;

for (const [noun, named, made] of taggables) {
  test(`tags of ${noun} are set, replaced whatever their case, and taken away`, async () => {
    const iam = await start();
    await iam.ok(`Create${noun}`, made);
    const tags = async () => {
      const { Tags } = await iam.ok(`List${noun}Tags`, named);
      return Tags.map(({ Key, Value }: { Key: string; Value: string }) => `${Key}=${Value}`).join(' ');
    };
    assert.equal(await tags(), '');
    const first = [
      { Key: 'Team', Value: 'a' },
      { Key: 'Größe', Value: 'ü' },
    ];
    await iam.ok(`Tag${noun}`, { ...named, Tags: first });
    await iam.ok(`Tag${noun}`, { ...named, Tags: [{ Key: 'team', Value: 'b' }] });
    assert.equal(await tags(), 'Größe=ü team=b');
    const [untagging] = await iam.asks(`Untag${noun}`, { ...named, TagKeys: ['TEAM'] });
    assert.deepEqual(untagging?.context?.get('aws:tagkeys'), ['TEAM']);
    assert.deepEqual(untagging?.context?.get('aws:resourcetag/team'), ['b']);
    await iam.ok(`Untag${noun}`, { ...named, TagKeys: ['TEAM', 'absent'] });
    assert.equal(await tags(), 'Größe=ü');
  });

  test(`tags of ${noun} that are reserved, twice there, or too many are refused`, async () => {
    const iam = await start();
    await iam.ok(`Create${noun}`, made);
    const refused = async (Tags: readonly object[]) => (await iam.refused(`Tag${noun}`, { ...named, Tags })).name;
    assert.equal(await refused([{ Key: 'AWS:x', Value: '' }]), 'InvalidInput');
    assert.equal(
      await refused([
        { Key: 'a', Value: '' },
        { Key: 'A', Value: '' },
      ]),
      'InvalidInput',
    );
    assert.equal(await refused([{ Key: 'a*', Value: '' }]), 'ValidationException');
    const many = Array.from({ length: 50 }, (_, n) => ({ Key: `${'long-'.repeat(24)}${n}`, Value: '' }));
    await iam.ok(`Tag${noun}`, { ...named, Tags: many });
    assert.equal(await refused([{ Key: 'one more', Value: '' }]), 'LimitExceeded');
    const page = await iam.ok(`List${noun}Tags`, { ...named, MaxItems: 30 });
    assert(page.Marker.length <= 320);
    const rest = await iam.ok(`List${noun}Tags`, { ...named, MaxItems: 30, Marker: page.Marker });
    assert.deepEqual([page.Tags.length, rest.Tags.length, rest.IsTruncated], [30, 20, false]);
  });
}

test('an OpenID Connect provider is made, shown, changed and deleted', async () => {
  const iam = await start();
  const Thumbprint = 'AB'.repeat(20);
  const made = await iam.ok('CreateOpenIDConnectProvider', {
    Url: 'https://issuer.example/a',
    ClientIDList: ['sts.amazonaws.com'],
    ThumbprintList: [Thumbprint],
    Tags: [{ Key: 'k', Value: 'v' }],
  });
  assert.deepEqual(made, { OpenIDConnectProviderArn: issuer, Tags: [{ Key: 'k', Value: 'v' }] });
  const named = { OpenIDConnectProviderArn: issuer };
  await iam.ok('AddClientIDToOpenIDConnectProvider', { ...named, ClientID: 'other' });
  await iam.ok('AddClientIDToOpenIDConnectProvider', { ...named, ClientID: 'other' });
  await iam.ok('RemoveClientIDFromOpenIDConnectProvider', { ...named, ClientID: 'sts.amazonaws.com' });
  await iam.ok('RemoveClientIDFromOpenIDConnectProvider', { ...named, ClientID: 'sts.amazonaws.com' });
  assert.deepEqual(await iam.ok('GetOpenIDConnectProvider', named), {
    Url: 'issuer.example/a',
    ClientIDList: ['other'],
    ThumbprintList: [Thumbprint.toLowerCase()],
    CreateDate: iam.clock.now() / 1000,
    Tags: [{ Key: 'k', Value: 'v' }],
  });
  await iam.ok('UpdateOpenIDConnectProviderThumbprint', { ...named, ThumbprintList: [] });
  assert.deepEqual((await iam.ok('GetOpenIDConnectProvider', named)).ThumbprintList, []);
  assert.deepEqual(await iam.ok('ListOpenIDConnectProviders'), { OpenIDConnectProviderList: [{ Arn: issuer }] });
  const again = await iam.refused('CreateOpenIDConnectProvider', { Url: 'https://issuer.example/a' });
  assert.equal(again.message, 'Provider with name https://issuer.example/a already exists.');
  await iam.ok('DeleteOpenIDConnectProvider', named);
  await iam.ok('DeleteOpenIDConnectProvider', named);
  assert.equal((await iam.refused('GetOpenIDConnectProvider', named)).name, 'NoSuchEntity');
});

test('an OpenID Connect provider needs an https URL without user or query, and proper thumbprints', async () => {
  const iam = await start();
  for (const Url of [
    'http://issuer.example',
    'issuer.example',
    'https://issuer.example:port',
    'https://user@issuer.example',
    'https://issuer.example/?a',
    'https://issuer.example/#a',
    'https://',
    'https://issuer example',
  ]) {
    assert.equal((await iam.refused('CreateOpenIDConnectProvider', { Url })).name, 'InvalidInput', Url);
  }
  const Url = 'https://issuer.example/a';
  const badly = { Url, ThumbprintList: ['x'.repeat(40)] };
  assert.equal((await iam.refused('CreateOpenIDConnectProvider', badly)).name, 'InvalidInput');
  const ThumbprintList = Array.from({ length: 6 }, (_, n) => String(n).padStart(40, '0'));
  assert.equal((await iam.refused('CreateOpenIDConnectProvider', { Url, ThumbprintList })).name, 'LimitExceeded');
  const ClientIDList = Array.from({ length: 101 }, (_, n) => `client ${n}`);
  assert.equal((await iam.refused('CreateOpenIDConnectProvider', { Url, ClientIDList })).name, 'LimitExceeded');
  await iam.ok('CreateOpenIDConnectProvider', { Url });
  for (const [OpenIDConnectProviderArn, name] of [
    ['arn:aws:iam::111122223333:user/Alice', 'InvalidInput'],
    ['arn:aws:iam::444455556666:oidc-provider/issuer.example/a', 'NoSuchEntity'],
    ['arn:aws:iam::111122223333:oidc-provider/issuer.example', 'NoSuchEntity'],
  ] as const) {
    assert.equal((await iam.refused('GetOpenIDConnectProvider', { OpenIDConnectProviderArn })).name, name);
  }
  for (let n = 0; n < 99; n++) await iam.ok('CreateOpenIDConnectProvider', { Url: `https://issuer.example/n${n}` });
  const { name } = await iam.refused('CreateOpenIDConnectProvider', { Url: 'https://issuer.example/last' });
  assert.equal(name, 'LimitExceeded');
});

test('an account has one alias, which no other account can have', async () => {
  const iam = await start();
  const other = await iam.caller('root', '444455556666' as never);
  await iam.ok('CreateAccountAlias', { AccountAlias: 'first' });
  await iam.ok('CreateAccountAlias', { AccountAlias: 'second' });
  assert.deepEqual((await iam.ok('ListAccountAliases')).AccountAliases, ['second']);
  assert.equal(
    (await iam.refused('CreateAccountAlias', { AccountAlias: 'second' }, other)).name,
    'EntityAlreadyExists',
  );
  assert.equal((await iam.refused('DeleteAccountAlias', { AccountAlias: 'second' }, other)).name, 'NoSuchEntity');
  for (const AccountAlias of ['ab', 'Upper', 'two--dashes', 'ends-']) {
    assert.equal((await iam.refused('CreateAccountAlias', { AccountAlias })).name, 'ValidationException');
  }
  await iam.ok('DeleteAccountAlias', { AccountAlias: 'second' });
  assert.deepEqual(await iam.ok('ListAccountAliases'), { AccountAliases: [], IsTruncated: false });
});

test('the account summary counts what there is', async () => {
  const iam = await start();
  const before = (await iam.ok('GetAccountSummary')).SummaryMap;
  for (const [noun, , made] of taggables) await iam.ok(`Create${noun}`, made);
  await iam.ok('CreateGroup', { GroupName: 'Team' });
  const { SummaryMap } = await iam.ok('GetAccountSummary');
  const counted = { Users: 1, Groups: 1, Roles: 1, Providers: 1 };
  assert.deepEqual(SummaryMap, { ...before, ...counted });
  assert.deepEqual([before.Users, before.UsersQuota, before.AccountAccessKeysPresent], [0, 5000, 1]);
});

test('what there is none of is an empty list, of users and roles that exist', async () => {
  const iam = await start();
  for (const [noun, , made] of taggables) await iam.ok(`Create${noun}`, made);
  for (const [operation, member] of [
    ['ListMFADevices', 'MFADevices'],
    ['ListSSHPublicKeys', 'SSHPublicKeys'],
    ['ListSigningCertificates', 'Certificates'],
    ['ListServiceSpecificCredentials', 'ServiceSpecificCredentials'],
  ] as const) {
    assert.deepEqual(await iam.ok(operation, { UserName: 'Alice' }), { [member]: [], IsTruncated: false });
    assert.deepEqual(await iam.ok(operation), { [member]: [], IsTruncated: false });
    assert.equal((await iam.refused(operation, { UserName: 'Nobody' })).name, 'NoSuchEntity');
  }
  const none = { IsTruncated: false };
  assert.deepEqual(await iam.ok('ListInstanceProfilesForRole', { RoleName: 'App' }), { InstanceProfiles: [], ...none });
  assert.deepEqual(await iam.ok('ListInstanceProfiles'), { InstanceProfiles: [], ...none });
  assert.deepEqual(await iam.ok('ListVirtualMFADevices'), { VirtualMFADevices: [], ...none });
  assert.deepEqual(await iam.ok('ListServerCertificates'), { ServerCertificateMetadataList: [], ...none });
  assert.deepEqual(await iam.ok('ListSAMLProviders'), { SAMLProviderList: [] });
  for (const operation of ['GetLoginProfile', 'DeleteLoginProfile']) {
    const { name, message } = await iam.refused(operation, { UserName: 'Alice' });
    assert.equal(`${name}: ${message}`, 'NoSuchEntity: Login Profile for User Alice cannot be found.');
  }
});
