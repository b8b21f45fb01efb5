/** Multi-Region keys: replicas, the primary and its change, what is shared and what is each key's own. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayMs } from '#base/clock.ts';
import { parseKeyId, type Region } from '#model/arn.ts';
import { type Kms, type SendOptions, startKms, testPlace } from '#test/harness/kms.ts';

const [home, europe, asia] = ['us-east-1', 'eu-west-1', 'ap-south-1'] as const;
const arnOf = (KeyId: string, region: string) => `arn:aws:kms:${region}:111122223333:key/${KeyId}`;
const at = (region: string = home): SendOptions => ({ region });
const Plaintext = Buffer.from('hello').toString('base64');

async function newPrimary(kms: Kms, input: object = {}): Promise<string> {
  return (await kms.ok('CreateKey', { MultiRegion: true, ...input })).KeyMetadata.KeyId;
}

/** A primary in us-east-1 with replicas. */
async function newFamily(kms: Kms, ...replicas: string[]): Promise<string> {
  const KeyId = await newPrimary(kms);
  for (const ReplicaRegion of replicas) await kms.ok('ReplicateKey', { KeyId, ReplicaRegion });
  return KeyId;
}

const describe = async (kms: Kms, KeyId: string, region?: string) =>
  (await kms.ok('DescribeKey', { KeyId }, at(region))).KeyMetadata;

const typeOf = async (kms: Kms, KeyId: string, region?: string) =>
  (await describe(kms, KeyId, region)).MultiRegionConfiguration.MultiRegionKeyType;

/** All that is kept of keys, to show that a refusal left it alone. */
async function allKept({ vault: { store } }: Kms): Promise<string> {
  const kept: string[] = [];
  for await (const { collection, key, record } of store.snapshot())
    kept.push(JSON.stringify([collection, key, record]));
  return kept.join('\n');
}

type Refusal = readonly [operation: string, input: object, error: string, text: RegExp, options?: SendOptions];

/** Each is refused with its error, and changes nothing. */
async function assertRefused(kms: Kms, refusals: readonly Refusal[]): Promise<void> {
  const before = await allKept(kms);
  for (const [operation, input, error, text, options] of refusals) {
    const { body } = await kms.send(operation, input, options);
    assert.equal(body?.__type, error, `${operation} ${JSON.stringify(input)}: ${JSON.stringify(body)}`);
    assert.match(body.message ?? body.Message ?? '', text, `${operation} ${JSON.stringify(input)}`);
  }
  assert.equal(await allKept(kms), before);
}

test('a replica is answered as AWS does, and is there at once', async () => {
  await using kms = await startKms();
  const KeyId = await newPrimary(kms, { Description: 'the first', Tags: [{ TagKey: 'a', TagValue: 'b' }] });
  await kms.ok('CreateAlias', { AliasName: 'alias/x', TargetKeyId: KeyId });
  const { CurrentKeyMaterialId } = await describe(kms, KeyId);
  kms.clock.advance(dayMs);

  const answer = await kms.ok('ReplicateKey', { KeyId, ReplicaRegion: europe });
  const MultiRegionConfiguration = {
    MultiRegionKeyType: 'REPLICA',
    PrimaryKey: { Arn: arnOf(KeyId, 'us-east-1'), Region: 'us-east-1' },
    ReplicaKeys: [{ Arn: arnOf(KeyId, 'eu-west-1'), Region: 'eu-west-1' }],
  };
  const described = {
    AWSAccountId: '111122223333',
    KeyId,
    Arn: arnOf(KeyId, 'eu-west-1'),
    CreationDate: kms.clock.now() / 1000,
    Description: '',
    KeyUsage: 'ENCRYPT_DECRYPT',
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: true,
    MultiRegionConfiguration,
  };
  assert.deepEqual(answer.ReplicaKeyMetadata, { ...described, Enabled: false, KeyState: 'Creating' });
  assert.deepEqual(Object.keys(answer), ['ReplicaKeyMetadata', 'ReplicaPolicy']);
  const { Policy } = await kms.ok('GetKeyPolicy', { KeyId }, at(europe));
  assert.equal(answer.ReplicaPolicy, Policy);
  assert.equal(JSON.parse(Policy).Id, 'key-default-1');

  const made = await describe(kms, KeyId, europe);
  assert.deepEqual(made, { ...described, Enabled: true, KeyState: 'Enabled', CurrentKeyMaterialId });
  const primary = await describe(kms, KeyId);
  assert.deepEqual(primary.MultiRegionConfiguration, { ...MultiRegionConfiguration, MultiRegionKeyType: 'PRIMARY' });
  assert.deepEqual((await kms.ok('ListAliases', { KeyId }, at(europe))).Aliases, []);
  assert.deepEqual((await kms.ok('ListResourceTags', { KeyId }, at(europe))).Tags, []);
  assert.deepEqual((await kms.ok('ListKeys', {}, at(europe))).Keys, [{ KeyId, KeyArn: arnOf(KeyId, 'eu-west-1') }]);
});

test('policy, description and tags of a replica are the ones that it is made with', async () => {
  await using kms = await startKms();
  const KeyId = await newPrimary(kms);
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { AWS: '111122223333' }, Action: 'kms:*', Resource: '*' }],
  });
  const Tags = [{ TagKey: 'team', TagValue: 'blue' }];
  const own = { Description: 'in Europe', Policy, Tags };
  const answer = await kms.ok('ReplicateKey', { KeyId: arnOf(KeyId, 'us-east-1'), ReplicaRegion: europe, ...own });
  assert.equal(answer.ReplicaPolicy, Policy);
  assert.deepEqual(answer.ReplicaTags, Tags);
  assert.equal((await describe(kms, KeyId, europe)).Description, 'in Europe');
  assert.deepEqual((await kms.ok('ListResourceTags', { KeyId }, at(europe))).Tags, Tags);
  assert.equal((await kms.ok('GetKeyPolicy', { KeyId }, at(europe))).Policy, Policy);
  assert.equal((await describe(kms, KeyId)).Description, '');
  assert.deepEqual((await kms.ok('ListResourceTags', { KeyId })).Tags, []);
});

test('what ReplicateKey cannot make, it says, and makes nothing', async () => {
  await using kms = await startKms(undefined, { regions: [home, europe, asia] });
  const { KeyId: single } = (await kms.ok('CreateKey')).KeyMetadata;
  const KeyId = await newFamily(kms, europe);
  const disabled = await newPrimary(kms);
  await kms.ok('DisableKey', { KeyId: disabled });
  const ending = await newPrimary(kms);
  await kms.ok('ScheduleKeyDeletion', { KeyId: ending });
  const imported = await newPrimary(kms, { Origin: 'EXTERNAL' });
  const doomed = await newFamily(kms, asia);
  await kms.ok('ScheduleKeyDeletion', { KeyId: doomed }, at(asia));
  await kms.ok('CreateAlias', { AliasName: 'alias/x', TargetKeyId: KeyId });
  const lockout = JSON.stringify({
    Statement: [{ Effect: 'Allow', Principal: { AWS: '444455556666' }, Action: 'kms:*', Resource: '*' }],
  });
  const asiaToo = { KeyId, ReplicaRegion: asia };
  const unsupported = 'UnsupportedOperationException';
  await assertRefused(kms, [
    ['ReplicateKey', { ...asiaToo, KeyId: single }, unsupported, /key\/\S+ is not a multi-region primary key\.$/],
    ['ReplicateKey', asiaToo, unsupported, /^arn:aws:kms:eu-west-1:\S+ is not a multi-region primary key/, at(europe)],
    ['ReplicateKey', { KeyId, ReplicaRegion: home }, 'ValidationException', /us-east-1 itself/],
    ['ReplicateKey', { KeyId, ReplicaRegion: 'Europe' }, 'ValidationException', /at 'replicaRegion'/],
    ['ReplicateKey', { KeyId }, 'ValidationException', /'replicaRegion'.* must not be null/],
    ['ReplicateKey', { KeyId, ReplicaRegion: 'cn-north-1' }, unsupported, /cannot be replicated to cn-north-1/],
    ['ReplicateKey', { KeyId, ReplicaRegion: 'eu-west-2' }, unsupported, /cannot be replicated to eu-west-2/],
    ['ReplicateKey', { KeyId, ReplicaRegion: europe }, 'AlreadyExistsException', /eu-west-1:\d+:key\/mrk-\S+ already/],
    ['ReplicateKey', { KeyId: doomed, ReplicaRegion: asia }, 'AlreadyExistsException', /ap-south-1/],
    ['ReplicateKey', { ...asiaToo, KeyId: disabled }, 'DisabledException', /is disabled\.$/],
    ['ReplicateKey', { ...asiaToo, KeyId: ending }, 'KMSInvalidStateException', /is pending deletion\.$/],
    ['ReplicateKey', { ...asiaToo, KeyId: imported }, 'KMSInvalidStateException', /is pending import\.$/],
    ['ReplicateKey', { ...asiaToo, KeyId: 'alias/x' }, 'InvalidArnException', /Aliases are not supported/],
    ['ReplicateKey', { ...asiaToo, KeyId: arnOf(KeyId, 'eu-west-1') }, 'NotFoundException', /^Invalid arn eu-west-1$/],
    ['ReplicateKey', { ...asiaToo, KeyId: `mrk-${'0'.repeat(32)}` }, 'NotFoundException', /does not exist$/],
    ['ReplicateKey', { ...asiaToo, Tags: [{ TagKey: 'aws:a', TagValue: '' }] }, 'TagException', /reserved/],
    ['ReplicateKey', { ...asiaToo, Policy: '{}' }, 'MalformedPolicyDocumentException', /./],
    ['ReplicateKey', { ...asiaToo, Policy: lockout }, 'MalformedPolicyDocumentException', /in the future\.$/],
  ]);
  await kms.ok('ReplicateKey', { ...asiaToo, Policy: lockout, BypassPolicyLockoutSafetyCheck: true });
});

test('a spec that the Region does not have cannot be replicated to it', async () => {
  await using kms = await startKms();
  const chinese = { KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY', MultiRegion: true };
  await using everywhere = await startKms(undefined, { hasSm2Everywhere: true });
  const { KeyId } = (await everywhere.ok('CreateKey', chinese)).KeyMetadata;
  await everywhere.ok('ReplicateKey', { KeyId, ReplicaRegion: europe });
  // The same data, served without the setting.
  const { vault, keyring, identities } = everywhere;
  const strict = { vault, identities, keyring: { ...keyring, settings: kms.keyring.settings } };
  await using served = await startKms({ opened: strict, caller: everywhere.root });
  const refused = await served.send('ReplicateKey', { KeyId, ReplicaRegion: asia });
  assert.equal(refused.body.__type, 'UnsupportedOperationException');
});

test('a ciphertext of one Region is opened by the related keys and nowhere else', async () => {
  await using kms = await startKms();
  const KeyId = await newFamily(kms, europe, asia);
  const EncryptionContext = { a: 'b' };
  for (const from of [home, europe, asia]) {
    const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext, EncryptionContext }, at(from));
    for (const to of [home, europe, asia]) {
      for (const named of [undefined, KeyId, arnOf(KeyId, to)]) {
        const opened = await kms.ok('Decrypt', { CiphertextBlob, EncryptionContext, KeyId: named }, at(to));
        assert.deepEqual([opened.Plaintext, opened.KeyId], [Plaintext, arnOf(KeyId, to)]);
      }
      const foreign = arnOf(KeyId, to === home ? 'eu-west-1' : 'us-east-1');
      const { body } = await kms.send('Decrypt', { CiphertextBlob, EncryptionContext, KeyId: foreign }, at(to));
      assert.deepEqual([body.__type, body.message], ['NotFoundException', `Invalid arn ${foreign.split(':')[3]}`]);
    }
    const elsewhere = await kms.send('Decrypt', { CiphertextBlob, EncryptionContext }, at('sa-east-1'));
    assert.equal(elsewhere.body.__type, 'AccessDeniedException');
    assert.match(
      elsewhere.body.Message,
      /kms:Decrypt on the resource associated with this ciphertext because the resour/,
    );
    const moved = { CiphertextBlob, SourceEncryptionContext: EncryptionContext, DestinationKeyId: KeyId };
    assert.equal((await kms.ok('ReEncrypt', moved, at(asia))).SourceKeyId, arnOf(KeyId, 'ap-south-1'));
  }
});

test('keys of every form are replicated with all of their material', { timeout: 120_000 }, async () => {
  await using kms = await startKms();
  const place = (region: string) => ({ ...testPlace(), region: region as Region });
  for (const [KeySpec, KeyUsage] of [
    ['SYMMETRIC_DEFAULT', 'ENCRYPT_DECRYPT'],
    ['HMAC_384', 'GENERATE_VERIFY_MAC'],
    ['RSA_2048', 'SIGN_VERIFY'],
    ['ECC_NIST_P256', 'KEY_AGREEMENT'],
    ['ECC_NIST_EDWARDS25519', 'SIGN_VERIFY'],
    ['ML_DSA_44', 'SIGN_VERIFY'],
    ['ML_KEM_512', 'ENCAPSULATE_DECAPSULATE'],
  ] as const) {
    const KeyId = parseKeyId(await newPrimary(kms, { KeySpec, KeyUsage }));
    await kms.ok('ReplicateKey', { KeyId, ReplicaRegion: europe });
    assert(KeyId !== undefined);
    const primary = await kms.keyring.snapshots.key(place(home), KeyId);
    const replica = await kms.keyring.snapshots.key(place(europe), KeyId);
    assert(primary !== undefined && replica !== undefined);
    assert.equal(replica.record.publicKey, primary.record.publicKey, KeySpec);
    assert.deepEqual(replica.record.materials, primary.record.materials);
    assert.deepEqual([...replica.materials.keys()], [...primary.materials.keys()]);
    assert.equal(replica.materials.size, 1);
  }
});

test('a MAC of one Region is verified by the related keys', async () => {
  await using kms = await startKms();
  const KeyId = await newPrimary(kms, { KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' });
  await kms.ok('ReplicateKey', { KeyId, ReplicaRegion: europe });
  const MacAlgorithm = 'HMAC_SHA_256';
  const { Mac } = await kms.ok('GenerateMac', { KeyId, Message: Plaintext, MacAlgorithm }, at(europe));
  const verified = await kms.ok('VerifyMac', { KeyId, Message: Plaintext, MacAlgorithm, Mac });
  assert.deepEqual([verified.MacValid, verified.KeyId], [true, arnOf(KeyId, home)]);
});

test('a replica counts where it is, and each key’s last use is its own', async () => {
  await using kms = await startKms();
  const fill = (count: number) =>
    kms.vault.store.write(async (transaction) => transaction.put('keyCounts', ['111122223333', europe], { count }));
  const KeyId = await newPrimary(kms);
  await fill(100_000);
  await assertRefused(kms, [
    ['ReplicateKey', { KeyId, ReplicaRegion: europe }, 'LimitExceededException', /as many keys in eu-west-1/],
  ]);
  await fill(99_999);
  await kms.ok('ReplicateKey', { KeyId, ReplicaRegion: europe });
  const counted = await kms.vault.store.get('keyCounts', ['111122223333', europe]);
  assert.equal(counted?.count, 100_000);
  await kms.ok('Encrypt', { KeyId, Plaintext });
  const used = async (region: string) => (await kms.ok('GetKeyLastUsage', { KeyId }, at(region))).KeyLastUsage;
  assert.notDeepEqual(await used(home), await used(europe));
});

test('policy, aliases, tags, description, grants and state are each key’s own', async () => {
  await using kms = await startKms();
  const KeyId = await newFamily(kms, europe);
  const GranteePrincipal = 'arn:aws:iam::111122223333:root';
  await kms.ok('CreateGrant', { KeyId, GranteePrincipal, Operations: ['Decrypt'] }, at(europe));
  await kms.ok('CreateAlias', { AliasName: 'alias/x', TargetKeyId: KeyId }, at(europe));
  await kms.ok('TagResource', { KeyId, Tags: [{ TagKey: 'a', TagValue: '' }] }, at(europe));
  await kms.ok('UpdateKeyDescription', { KeyId, Description: 'europe' }, at(europe));
  const Policy = JSON.stringify({
    Statement: { Effect: 'Allow', Principal: { AWS: '*' }, Action: 'kms:*', Resource: '*' },
  });
  await kms.ok('PutKeyPolicy', { KeyId, Policy }, at(europe));
  await kms.ok('DisableKey', { KeyId }, at(europe));

  assert.deepEqual((await kms.ok('ListGrants', { KeyId })).Grants, []);
  assert.deepEqual((await kms.ok('ListAliases', { KeyId })).Aliases, []);
  assert.deepEqual((await kms.ok('ListResourceTags', { KeyId })).Tags, []);
  assert.notEqual((await kms.ok('GetKeyPolicy', { KeyId })).Policy, Policy);
  const { Description, KeyState } = await describe(kms, KeyId);
  assert.deepEqual([Description, KeyState], ['', 'Enabled']);
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext });
  assert.equal((await kms.send('Decrypt', { CiphertextBlob }, at(europe))).body.__type, 'DisabledException');
  assert.equal((await kms.ok('Decrypt', { CiphertextBlob })).Plaintext, Plaintext);
});

test('the primary is changed: the new one can be replicated, the old one is a replica', async () => {
  await using kms = await startKms();
  const KeyId = await newFamily(kms, europe, asia);
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext });
  const { status, text } = await kms.send('UpdatePrimaryRegion', { KeyId, PrimaryRegion: europe });
  assert.deepEqual([status, text], [200, '']);
  for (const region of [home, europe, asia]) {
    const { KeyState, MultiRegionConfiguration: family } = await describe(kms, KeyId, region);
    assert.equal(KeyState, 'Enabled');
    assert.equal(family.MultiRegionKeyType, region === europe ? 'PRIMARY' : 'REPLICA');
    assert.deepEqual(family.PrimaryKey, { Arn: arnOf(KeyId, 'eu-west-1'), Region: 'eu-west-1' });
    assert.deepEqual(
      family.ReplicaKeys.map(({ Arn, Region }: { Arn: string; Region: string }) => [Arn, Region]),
      [home, asia].map((one) => [arnOf(KeyId, one), one]),
    );
    assert.equal((await kms.ok('Decrypt', { CiphertextBlob }, at(region))).Plaintext, Plaintext);
  }
  const fourth = { KeyId, ReplicaRegion: 'sa-east-1' };
  assert.equal((await kms.send('ReplicateKey', fourth)).body.__type, 'UnsupportedOperationException');
  await kms.ok('ReplicateKey', fourth, at(europe));
  await kms.ok('UpdatePrimaryRegion', { KeyId, PrimaryRegion: home }, at(europe));
  assert.equal(await typeOf(kms, KeyId), 'PRIMARY');
});

test('where the primary cannot be moved, nothing is', async () => {
  await using kms = await startKms(undefined, { regions: [home, europe, asia] });
  const { KeyId: single } = (await kms.ok('CreateKey')).KeyMetadata;
  const KeyId = await newFamily(kms, europe);
  const toEurope = { KeyId, PrimaryRegion: europe };
  const update = 'UpdatePrimaryRegion';
  const notPrimary = /is not a multi-region primary key\.$/;
  await assertRefused(kms, [
    [update, { ...toEurope, KeyId: single }, 'UnsupportedOperationException', notPrimary],
    [update, { KeyId, PrimaryRegion: home }, 'UnsupportedOperationException', notPrimary, at(europe)],
    [update, toEurope, 'UnsupportedOperationException', notPrimary, at(europe)],
    [update, { KeyId, PrimaryRegion: home }, 'ValidationException', /us-east-1 itself/],
    [update, { KeyId, PrimaryRegion: asia }, 'NotFoundException', /^Key 'arn:aws:kms:ap-south-1:\S+' does not exist$/],
    [update, { KeyId, PrimaryRegion: 'eu-west-2' }, 'UnsupportedOperationException', /eu-west-2/],
    [update, { KeyId: 'alias/x', PrimaryRegion: asia }, 'InvalidArnException', /Aliases are not supported/],
  ]);
  await kms.ok('DisableKey', { KeyId });
  await assertRefused(kms, [[update, toEurope, 'DisabledException', /^arn:aws:kms:us-east-1:\S+ is disabled/]]);
  await kms.ok('DisableKey', { KeyId }, at(europe));
  await assertRefused(kms, [[update, toEurope, 'DisabledException', /^arn:aws:kms:us-east-1:\S+ is disabled/]]);
  await kms.ok('EnableKey', { KeyId });
  await assertRefused(kms, [[update, toEurope, 'DisabledException', /^arn:aws:kms:eu-west-1:\S+ is disabled/]]);
  await kms.ok('ScheduleKeyDeletion', { KeyId }, at(europe));
  const pending = /^arn:aws:kms:eu-west-1:\S+ is pending deletion\.$/;
  await assertRefused(kms, [[update, toEurope, 'KMSInvalidStateException', pending]]);
  await kms.ok('ScheduleKeyDeletion', { KeyId });
  const pendingReplica = /^arn:aws:kms:us-east-1:\S+ is pending deletion \(or pending replica deletion\)\.$/;
  await assertRefused(kms, [[update, toEurope, 'KMSInvalidStateException', pendingReplica]]);
});

test('of requests that exclude each other, one is done', async () => {
  await using kms = await startKms();
  const KeyId = await newFamily(kms, europe, asia);
  const outcomes = async (requests: readonly (readonly [string, object])[]) =>
    (await Promise.all(requests.map(([operation, input]) => kms.send(operation, input))))
      .map(({ status, body }) => (status === 200 ? 'done' : body.__type))
      .sort();
  const replicate = ['ReplicateKey', { KeyId, ReplicaRegion: 'sa-east-1' }] as const;
  assert.deepEqual(await outcomes([replicate, replicate, replicate]), [
    'AlreadyExistsException',
    'AlreadyExistsException',
    'done',
  ]);
  const moves = [europe, asia].map((PrimaryRegion) => ['UpdatePrimaryRegion', { KeyId, PrimaryRegion }] as const);
  assert.deepEqual(await outcomes(moves), ['UnsupportedOperationException', 'done']);
  const types = await Promise.all([home, europe, asia, 'sa-east-1'].map((region) => typeOf(kms, KeyId, region)));
  assert.deepEqual(types.toSorted(), ['PRIMARY', 'REPLICA', 'REPLICA', 'REPLICA']);
});

test('a replica is there for whoever was already asking for it', async () => {
  await using kms = await startKms();
  const KeyId = await newPrimary(kms);
  for (let i = 0; i < 20; i++) {
    const ReplicaRegion = `eu-west-${i + 1}`;
    const asking = Array.from({ length: 4 }, () => kms.send('DescribeKey', { KeyId }, at(ReplicaRegion)));
    await kms.ok('ReplicateKey', { KeyId, ReplicaRegion });
    assert.equal((await describe(kms, KeyId, ReplicaRegion)).KeyState, 'Enabled');
    await Promise.all(asking);
  }
});

test('the date of the next rotation goes with the primary', async () => {
  await using kms = await startKms();
  const { store } = kms.vault;
  const KeyId = await newFamily(kms, europe);
  const nextAtMs = kms.clock.now() + 90 * dayMs;
  const date = String(nextAtMs).padStart(15, '0');
  await store.write(async (transaction) => {
    for (const region of ['us-east-1', 'eu-west-1']) {
      const path = ['111122223333', region, KeyId];
      const record = await transaction.get('keys', path);
      assert(record !== undefined);
      transaction.put('keys', path, { ...record, rotation: { periodDays: 90, nextAtMs } });
    }
    const name = { accountId: '111122223333', region: 'us-east-1', keyId: KeyId };
    transaction.put('rotations', [date, ...Object.values(name)], name);
  });
  await kms.ok('UpdatePrimaryRegion', { KeyId, PrimaryRegion: europe });
  const entries = await store.list('rotations', { within: [], limit: 9 });
  const path = ['111122223333', 'eu-west-1', KeyId];
  assert.deepEqual(entries, [
    { key: [date, ...path], record: { accountId: '111122223333', region: 'eu-west-1', keyId: KeyId } },
  ]);
  assert.deepEqual((await store.get('keys', path))?.rotation, { periodDays: 90, nextAtMs });
  await kms.ok('ReplicateKey', { KeyId, ReplicaRegion: asia }, at(europe));
  assert.deepEqual((await store.get('keys', ['111122223333', 'ap-south-1', KeyId]))?.rotation, {
    periodDays: 90,
    nextAtMs,
  });
});

test('a replica of a key with imported material begins without any', async () => {
  await using kms = await startKms();
  const { store } = kms.vault;
  const KeyId = parseKeyId(await newPrimary(kms, { Origin: 'EXTERNAL' }));
  assert(KeyId !== undefined);
  const materialId = 'a'.repeat(64);
  const facts = { materialId, createdAtMs: 1 };
  const imported = { isPresent: true, validToMs: kms.clock.now() + dayMs, description: 'from the safe' };
  const path = ['111122223333', 'us-east-1', KeyId];
  await store.write(async (transaction) => {
    const record = await transaction.get('keys', path);
    assert(record !== undefined);
    const state = { name: 'Enabled' } as const;
    const materials = [{ ...facts, imported }];
    transaction.put('keys', path, { ...record, state, currentMaterialId: materialId, materials });
  });
  kms.keyring.snapshots.dropKey(testPlace(), KeyId);
  await kms.ok('ReplicateKey', { KeyId, ReplicaRegion: europe });
  const replica = await describe(kms, KeyId, europe);
  assert.deepEqual([replica.KeyState, replica.Origin, replica.ValidTo], ['PendingImport', 'EXTERNAL', undefined]);
  const record = await store.get('keys', ['111122223333', 'eu-west-1', KeyId]);
  assert.deepEqual(record?.materials, [{ ...facts, imported: { isPresent: false, description: 'from the safe' } }]);
  assert.equal(record?.currentMaterialId, materialId);
  const used = await kms.send('Encrypt', { KeyId, Plaintext }, at(europe));
  assert.match(used.body.message, /is pending import\.$/);
});
