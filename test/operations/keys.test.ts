/** Keys from their creation to their end: identifiers, states, deletion, isolation, tags, policies, paging. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { dayMs } from '#base/clock.ts';
import { destroyDueKeys } from '#keys/deletion.ts';
import { type Kms, startKms } from '#test/harness/kms.ts';

async function newKey(kms: Kms, input: object = {}, options = {}): Promise<{ KeyId: string; Arn: string }> {
  return (await kms.ok('CreateKey', input, options)).KeyMetadata;
}

const stateOf = async (kms: Kms, KeyId: string) => (await kms.ok('DescribeKey', { KeyId })).KeyMetadata.KeyState;

test('a new key is described as AWS describes it', async () => {
  await using kms = await startKms();
  const created = await kms.ok('CreateKey', { Description: 'my key', Tags: [{ TagKey: 'a', TagValue: 'b' }] });
  const { KeyId, CurrentKeyMaterialId, ...rest } = created.KeyMetadata;
  assert.match(KeyId, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.match(CurrentKeyMaterialId, /^[0-9a-f]{64}$/);
  assert.deepEqual(rest, {
    AWSAccountId: '111122223333',
    Arn: `arn:aws:kms:us-east-1:111122223333:key/${KeyId}`,
    CreationDate: kms.clock.now() / 1000,
    Enabled: true,
    Description: 'my key',
    KeyUsage: 'ENCRYPT_DECRYPT',
    KeyState: 'Enabled',
    Origin: 'AWS_KMS',
    KeyManager: 'CUSTOMER',
    CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT',
    KeySpec: 'SYMMETRIC_DEFAULT',
    EncryptionAlgorithms: ['SYMMETRIC_DEFAULT'],
    MultiRegion: false,
  });
  assert.deepEqual(await kms.ok('DescribeKey', { KeyId }), created);
  const policy = await kms.ok('GetKeyPolicy', { KeyId });
  assert.equal(policy.PolicyName, 'default');
  assert.equal(JSON.parse(policy.Policy).Statement[0].Principal.AWS, 'arn:aws:iam::111122223333:root');
  assert.deepEqual(await kms.ok('GetKeyRotationStatus', { KeyId }), { KeyRotationEnabled: false, KeyId });
});

test('what CreateKey cannot make, it says', async () => {
  await using kms = await startKms();
  const cases: [object, string, RegExp][] = [
    [{ KeySpec: 'RSA_2048' }, 'ValidationException', /^You must specify a KeyUsage value/],
    [
      { KeySpec: 'RSA_2048', KeyUsage: 'KEY_AGREEMENT' },
      'ValidationException',
      /^KeyUsage KEY_AGREEMENT is not compatible with KeySpec RSA_2048$/,
    ],
    [{ KeySpec: 'SM2', KeyUsage: 'SIGN_VERIFY' }, 'UnsupportedOperationException', /SM2 is not supported in us-east-1/],
    [
      { KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY', Origin: 'EXTERNAL' },
      'UnsupportedOperationException',
      /ML_DSA_44 cannot be imported/,
    ],
    [
      { KeyUsage: 'SIGN_VERIFY' },
      'ValidationException',
      /^KeyUsage SIGN_VERIFY is not compatible with KeySpec SYMMETRIC_DEFAULT$/,
    ],
    [
      { KeySpec: 'SYMMETRIC_DEFAULT', CustomerMasterKeySpec: 'SYMMETRIC_DEFAULT' },
      'ValidationException',
      /in the same request/,
    ],
    [{ KeySpec: 'AES' }, 'ValidationException', /enum value set/],
    [{ Origin: 'EXTERNAL_KEY_STORE' }, 'UnsupportedOperationException', /Custom key stores/],
    [{ CustomKeyStoreId: 'cks-1' }, 'UnsupportedOperationException', /Custom key stores/],
    [{ Policy: '{' }, 'MalformedPolicyDocumentException', /JSON/],
    [{ Tags: [{ TagKey: 'aws:x', TagValue: '' }] }, 'TagException', /^Tags beginning with aws: are reserved$/],
    [
      {
        Tags: [
          { TagKey: 'a', TagValue: '' },
          { TagKey: 'a', TagValue: 'b' },
        ],
      },
      'TagException',
      /^Duplicate tag keys$/,
    ],
    [
      { Tags: Array.from({ length: 51 }, (_, i) => ({ TagKey: `k${i}`, TagValue: '' })) },
      'TagException',
      /^Too many tags$/,
    ],
    [{ Description: 'x'.repeat(8193) }, 'ValidationException', /length less than or equal to 8192/],
  ];
  for (const [input, type, message] of cases) {
    const { body } = await kms.send('CreateKey', input);
    assert.equal(body.__type, type, JSON.stringify(input));
    assert.match(body.message, message);
  }
  assert.deepEqual((await kms.ok('ListKeys')).Keys, []);
});

test('an identifier that names no key says how', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  const absent = '1234abcd-12ab-34cd-56ef-1234567890ab';
  const cases: [string, string, string, string][] = [
    [
      'DescribeKey',
      absent,
      'NotFoundException',
      `Key 'arn:aws:kms:us-east-1:111122223333:key/${absent}' does not exist`,
    ],
    ['DescribeKey', 'fake-key-id', 'NotFoundException', "Invalid keyId 'fake-key-id'"],
    ['DescribeKey', KeyId.replaceAll('-', ''), 'NotFoundException', `Invalid keyId '${KeyId.replaceAll('-', '')}'`],
    ['DescribeKey', 'mrk-fake', 'NotFoundException', "Invalid keyId 'mrk-fake'"],
    ['DescribeKey', Arn.replace('us-east-1', 'us-west-2'), 'NotFoundException', 'Invalid arn us-west-2'],
    [
      'DescribeKey',
      'alias/none',
      'NotFoundException',
      'Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found.',
    ],
    [
      'DescribeKey',
      'arn:aws:kms:us-east-1:111122223333:alias/none',
      'NotFoundException',
      'Alias arn:aws:kms:us-east-1:111122223333:alias/none is not found.',
    ],
    ['DescribeKey', 'arn:aws:s3:::bucket', 'InvalidArnException', 'Invalid arn arn:aws:s3:::bucket'],
    [
      'DescribeKey',
      'arn:aws:kms:us-east-1:111122223333:grant/x',
      'InvalidArnException',
      'Invalid arn arn:aws:kms:us-east-1:111122223333:grant/x',
    ],
    ['Encrypt', 'alias/é', 'NotFoundException', 'Alias arn:aws:kms:us-east-1:111122223333:alias/é is not found.'],
    [
      'DescribeKey',
      'alias/a\u001fb',
      'NotFoundException',
      'Alias arn:aws:kms:us-east-1:111122223333:alias/a\u001fb is not found.',
    ],
    [
      'DescribeKey',
      'arn:aws:kms:us-east-1:111122223333:alias/\n',
      'NotFoundException',
      'Alias arn:aws:kms:us-east-1:111122223333:alias/\n is not found.',
    ],
    ['DisableKey', 'alias/none', 'InvalidArnException', 'Key Aliases are not supported for this operation.'],
    [
      'GetKeyPolicy',
      'arn:aws:kms:us-east-1:111122223333:alias/none',
      'InvalidArnException',
      'Key Aliases are not supported for this operation.',
    ],
  ];
  for (const [operation, id, type, message] of cases) {
    const { status, body } = await kms.send(operation, { KeyId: id, Plaintext: 'eA==' });
    assert.deepEqual([status, body], [400, { __type: type, message }], `${operation} ${id}`);
  }
});

test('accounts and Regions are worlds of their own', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  await kms.ok('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId });
  const elsewhere = [{ caller: kms.other }, { region: 'eu-central-1' }];
  for (const options of elsewhere) {
    assert.deepEqual((await kms.ok('ListKeys', {}, options)).Keys, []);
    assert.deepEqual((await kms.ok('ListAliases', {}, options)).Aliases, []);
    assert.equal((await kms.send('DescribeKey', { KeyId }, options)).body.__type, 'NotFoundException');
    assert.equal((await kms.send('DescribeKey', { KeyId: 'alias/app' }, options)).body.__type, 'NotFoundException');
    const own = await newKey(kms, {}, options);
    await kms.ok('CreateAlias', { AliasName: 'alias/app', TargetKeyId: own.KeyId }, options);
    assert.equal((await kms.ok('DescribeKey', { KeyId: 'alias/app' }, options)).KeyMetadata.KeyId, own.KeyId);
  }
  // By ARN, another account's key is neither there nor not there.
  const foreign = await kms.send('DescribeKey', { KeyId: Arn }, { caller: kms.other });
  const absent = await kms.send('DescribeKey', { KeyId: Arn.replace(/.{12}$/, '000000000000') }, { caller: kms.other });
  assert.equal(foreign.text, absent.text);
  assert.equal(foreign.body.__type, 'AccessDeniedException');
  assert.match(
    foreign.body.Message,
    /^User: arn:aws:iam::444455556666:root is not authorized to perform: kms:DescribeKey on this resource because the resource does not exist in this Region/,
  );
  const aliasArn = 'arn:aws:kms:us-east-1:111122223333:alias/app';
  const viaAlias = await kms.send('Encrypt', { KeyId: aliasArn, Plaintext: 'eA==' }, { caller: kms.other });
  assert.equal(viaAlias.body.__type, 'AccessDeniedException');
  const china = await kms.send('CreateKey', {}, { region: 'cn-north-1' });
  assert.match(china.body.message, /^Credential should be scoped to a valid region/);
});

test('a disabled key does nothing with its material, and everything again when enabled', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext: 'eA==' });
  assert.equal(await kms.ok('DisableKey', { KeyId }), undefined); // an empty body
  assert.equal(await stateOf(kms, KeyId), 'Disabled');
  const uses: [string, object][] = [
    ['Encrypt', { KeyId, Plaintext: 'eA==' }],
    ['Decrypt', { CiphertextBlob }],
    ['ReEncrypt', { CiphertextBlob, DestinationKeyId: KeyId }],
    ['GenerateDataKey', { KeyId, KeySpec: 'AES_256' }],
    ['GenerateDataKeyWithoutPlaintext', { KeyId, KeySpec: 'AES_256' }],
  ];
  for (const [operation, input] of uses) {
    assert.deepEqual((await kms.send(operation, input)).body, {
      __type: 'DisabledException',
      message: `${Arn} is disabled.`,
    });
  }
  await kms.ok('UpdateKeyDescription', { KeyId, Description: 'still editable' });
  await kms.ok('DisableKey', { KeyId });
  await kms.ok('EnableKey', { KeyId });
  await kms.ok('EnableKey', { KeyId });
  for (const [operation, input] of uses) await kms.ok(operation, input);
});

test('a deletion is scheduled, refuses use, and is called off into Disabled', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await newKey(kms);
  const notPending = await kms.send('CancelKeyDeletion', { KeyId });
  assert.equal(notPending.body.message, `${Arn} is not pending deletion (or pending replica deletion).`);
  const DeletionDate = (kms.clock.now() + 7 * dayMs) / 1000;
  assert.deepEqual(await kms.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }), {
    KeyId: Arn,
    DeletionDate,
    KeyState: 'PendingDeletion',
    PendingWindowInDays: 7,
  });
  const { KeyMetadata } = await kms.ok('DescribeKey', { KeyId });
  assert.deepEqual(
    [KeyMetadata.KeyState, KeyMetadata.Enabled, KeyMetadata.DeletionDate],
    ['PendingDeletion', false, DeletionDate],
  );
  const refused: [string, object][] = [
    ['Encrypt', { Plaintext: 'eA==' }],
    ['GenerateDataKey', { KeySpec: 'AES_256' }],
    ['EnableKey', {}],
    ['DisableKey', {}],
    ['ScheduleKeyDeletion', {}],
    ['TagResource', { Tags: [] }],
    ['UntagResource', { TagKeys: [] }],
    ['UpdateKeyDescription', { Description: '' }],
  ];
  for (const [operation, input] of refused) {
    const { body } = await kms.send(operation, { KeyId, ...input });
    assert.deepEqual(body, { __type: 'KMSInvalidStateException', message: `${Arn} is pending deletion.` }, operation);
  }
  for (const operation of [
    'GetKeyPolicy',
    'ListResourceTags',
    'ListKeyPolicies',
    'GetKeyRotationStatus',
    'DescribeKey',
  ]) {
    await kms.ok(operation, { KeyId });
  }
  assert.deepEqual(await kms.ok('CancelKeyDeletion', { KeyId }), { KeyId: Arn });
  const after = (await kms.ok('DescribeKey', { KeyId })).KeyMetadata;
  assert.deepEqual([after.KeyState, after.DeletionDate], ['Disabled', undefined]);
});

test('the window of a deletion has 7 to 30 days, 30 unless said', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  for (const PendingWindowInDays of [1, 6, 31, 365, 0, 366]) {
    const { body } = await kms.send('ScheduleKeyDeletion', { KeyId, PendingWindowInDays });
    assert.equal(body.__type, 'ValidationException', String(PendingWindowInDays));
  }
  assert.equal(await stateOf(kms, KeyId), 'Enabled');
  assert.equal((await kms.ok('ScheduleKeyDeletion', { KeyId })).PendingWindowInDays, 30);
});

test('at the end of the window key, material, aliases and tags are gone, and a called-off one stays', async () => {
  await using kms = await startKms();
  const [doomed, saved] = [await newKey(kms), await newKey(kms)];
  await kms.ok('CreateAlias', { AliasName: 'alias/doomed', TargetKeyId: doomed.KeyId });
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId: doomed.KeyId, Plaintext: 'eA==' });
  for (const { KeyId } of [doomed, saved]) await kms.ok('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 });
  await kms.ok('CancelKeyDeletion', { KeyId: saved.KeyId });
  kms.clock.advance(7 * dayMs - 1);
  assert.deepEqual(await destroyDueKeys(kms.keyring), []);
  assert.equal(await stateOf(kms, doomed.KeyId), 'PendingDeletion');
  kms.clock.advance(1);
  assert.deepEqual(await destroyDueKeys(kms.keyring), [doomed.Arn]);
  assert.deepEqual(await destroyDueKeys(kms.keyring), []);
  assert.equal((await kms.send('DescribeKey', { KeyId: doomed.KeyId })).body.__type, 'NotFoundException');
  assert.equal((await kms.send('DescribeKey', { KeyId: 'alias/doomed' })).body.__type, 'NotFoundException');
  assert.equal((await kms.send('Decrypt', { CiphertextBlob })).body.__type, 'AccessDeniedException');
  assert.deepEqual(
    (await kms.ok('ListKeys')).Keys.map(({ KeyId }: { KeyId: string }) => KeyId),
    [saved.KeyId],
  );
  const left = [];
  for await (const { collection, key } of kms.vault.store.snapshot())
    if (key.includes(doomed.KeyId)) left.push(collection);
  assert.deepEqual(left, []);
  assert.equal(await stateOf(kms, saved.KeyId), 'Disabled');
});

test('of many changes at once on one key, each is made on what the one before it left', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  const tags = Array.from({ length: 40 }, (_, i) => ({ TagKey: `k${i}`, TagValue: String(i) }));
  await Promise.all(tags.map((tag) => kms.ok('TagResource', { KeyId, Tags: [tag] })));
  assert.equal((await kms.ok('ListResourceTags', { KeyId })).Tags.length, 40);
  const answers = await Promise.all(Array.from({ length: 10 }, () => kms.send('ScheduleKeyDeletion', { KeyId })));
  assert.equal(answers.filter(({ status }) => status === 200).length, 1);
});

test('once DisableKey has been acknowledged, nothing that starts afterwards uses the key', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  for (let round = 0; round < 20; round++) {
    const background = Array.from({ length: 8 }, () => kms.send('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }));
    await kms.ok('DisableKey', { KeyId });
    const after = await Promise.all(
      Array.from({ length: 8 }, () => kms.send('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })),
    );
    for (const { body } of after) assert.equal(body.__type, 'DisabledException');
    await Promise.all(background);
    await kms.ok('EnableKey', { KeyId });
    assert.equal((await kms.send('GenerateDataKey', { KeyId, KeySpec: 'AES_256' })).status, 200);
  }
});

test('tags are set, overwritten, listed in pages and removed', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms, { Tags: [{ TagKey: 'a', TagValue: '1' }] });
  await kms.ok('TagResource', {
    KeyId,
    Tags: [
      { TagKey: 'a', TagValue: '2' },
      { TagKey: 'A', TagValue: '' },
    ],
  });
  const first = await kms.ok('ListResourceTags', { KeyId, Limit: 1 });
  assert.deepEqual([first.Tags, first.Truncated], [[{ TagKey: 'A', TagValue: '' }], true]);
  const second = await kms.ok('ListResourceTags', { KeyId, Limit: 1, Marker: first.NextMarker });
  assert.deepEqual(second, { Tags: [{ TagKey: 'a', TagValue: '2' }], Truncated: false });
  await kms.ok('UntagResource', { KeyId, TagKeys: ['a', 'absent'] });
  assert.deepEqual((await kms.ok('ListResourceTags', { KeyId })).Tags, [{ TagKey: 'A', TagValue: '' }]);
  const many = Array.from({ length: 50 }, (_, i) => ({ TagKey: `k${i}`, TagValue: '' }));
  assert.equal((await kms.send('TagResource', { KeyId, Tags: many })).body.__type, 'TagException');
  assert.equal((await kms.ok('ListResourceTags', { KeyId })).Tags.length, 1);
});

test('lists come in pages, and a marker is good for its own list only', async () => {
  await using kms = await startKms();
  const ids = new Set<string>();
  for (let i = 0; i < 7; i++) ids.add((await newKey(kms)).KeyId);
  const seen: string[] = [];
  let Marker: string | undefined;
  do {
    const page = await kms.ok('ListKeys', { Limit: 3, Marker });
    assert(page.Keys.length <= 3);
    for (const { KeyId, KeyArn } of page.Keys) {
      assert.equal(KeyArn, `arn:aws:kms:us-east-1:111122223333:key/${KeyId}`);
      seen.push(KeyId);
    }
    assert.equal(page.Truncated, page.NextMarker !== undefined);
    Marker = page.NextMarker;
  } while (Marker !== undefined);
  assert.deepEqual(seen.sort(), [...ids].sort());
  const { NextMarker } = await kms.ok('ListKeys', { Limit: 1 });
  const altered = NextMarker.slice(0, -2) + (NextMarker.endsWith('AA') ? 'BB' : 'AA');
  const refusals = [
    await kms.send('ListKeys', { Marker: altered }),
    await kms.send('ListKeys', { Marker: 'x' }),
    await kms.send('ListAliases', { Marker: NextMarker }),
    await kms.send('ListKeys', { Marker: NextMarker }, { caller: kms.other }),
    await kms.send('ListKeys', { Marker: NextMarker }, { region: 'eu-west-1' }),
  ];
  for (const { body } of refusals) assert.equal(body.__type, 'InvalidMarkerException');
  assert(![...ids].some((id) => Buffer.from(NextMarker, 'base64url').includes(id)));
});

test('a key policy is stored as it was sent, if it has the form of one', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  const statement = { Effect: 'Allow', Principal: '*', Action: 'kms:*', Resource: '*' };
  const Policy = `  ${JSON.stringify({ Version: '2012-10-17', Statement: statement }, null, 2)}\n`;
  await kms.ok('PutKeyPolicy', { KeyId, Policy, PolicyName: 'default' });
  assert.equal((await kms.ok('GetKeyPolicy', { KeyId })).Policy, Policy);
  const malformed = [
    '{',
    '[]',
    '{}',
    '{"Statement":[]}',
    '{"Statement":[1]}',
    JSON.stringify({ Version: '2013-10-17', Statement: statement }),
    JSON.stringify({ Statement: { ...statement, Effect: 'allow' } }),
    JSON.stringify({ Statement: { ...statement, Principal: undefined } }),
    JSON.stringify({ Statement: { ...statement, NotPrincipal: '*' } }),
    JSON.stringify({ Statement: { ...statement, NotAction: 'kms:*' } }),
    JSON.stringify({ Statement: { ...statement, Extra: 1 } }),
    JSON.stringify({ Statement: { ...statement, Principal: { Group: 'x' } } }),
    JSON.stringify({ Statement: { ...statement, Action: 7 } }),
    JSON.stringify({ Statement: statement, Extra: 1 }),
    '{"Statement":{"Effect":"Allow","Effect":"Deny","Principal":"*","Action":"kms:*","Resource":"*"}}',
  ];
  for (const bad of malformed) {
    const { body } = await kms.send('PutKeyPolicy', { KeyId, Policy: bad });
    assert.equal(body.__type, 'MalformedPolicyDocumentException', bad);
  }
  const large = JSON.stringify({ Statement: { ...statement, Sid: 'x'.repeat(32_768) } });
  assert.equal((await kms.send('PutKeyPolicy', { KeyId, Policy: large })).body.__type, 'LimitExceededException');
  for (const operation of ['GetKeyPolicy', 'PutKeyPolicy']) {
    const { body } = await kms.send(operation, { KeyId, Policy, PolicyName: 'other' });
    assert.deepEqual(body, { __type: 'NotFoundException', message: 'No such policy exists' });
  }
  assert.equal((await kms.ok('GetKeyPolicy', { KeyId })).Policy, Policy);
  assert.deepEqual(await kms.ok('ListKeyPolicies', { KeyId }), { PolicyNames: ['default'], Truncated: false });
});
