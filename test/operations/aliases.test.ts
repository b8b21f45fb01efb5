/** Aliases over the wire. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Kms, startKms } from '#test/harness/kms.ts';

async function newKey(kms: Kms): Promise<{ KeyId: string; Arn: string }> {
  return (await kms.ok('CreateKey')).KeyMetadata;
}

const targetOf = async (kms: Kms, alias: string) => (await kms.ok('DescribeKey', { KeyId: alias })).KeyMetadata.KeyId;

test('an alias stands for its key, is moved, and goes without the key', async () => {
  await using kms = await startKms();
  const [a, b] = [await newKey(kms), await newKey(kms)];
  await kms.ok('CreateAlias', { AliasName: 'alias/team/app_1', TargetKeyId: a.Arn });
  assert.equal(await targetOf(kms, 'alias/team/app_1'), a.KeyId);
  const [entry] = (await kms.ok('ListAliases')).Aliases;
  assert.deepEqual(entry, {
    AliasName: 'alias/team/app_1',
    AliasArn: 'arn:aws:kms:us-east-1:111122223333:alias/team/app_1',
    TargetKeyId: a.KeyId,
    CreationDate: kms.clock.now() / 1000,
    LastUpdatedDate: kms.clock.now() / 1000,
  });
  kms.clock.advance(5000);
  assert.equal(await kms.ok('UpdateAlias', { AliasName: 'alias/team/app_1', TargetKeyId: b.KeyId }), undefined);
  assert.equal(await targetOf(kms, 'alias/team/app_1'), b.KeyId);
  const [moved] = (await kms.ok('ListAliases')).Aliases;
  assert.deepEqual(
    [moved.TargetKeyId, moved.CreationDate, moved.LastUpdatedDate],
    [b.KeyId, entry.CreationDate, entry.LastUpdatedDate + 5],
  );
  await kms.ok('DeleteAlias', { AliasName: 'alias/team/app_1' });
  assert.deepEqual((await kms.ok('ListAliases')).Aliases, []);
  assert.equal((await kms.send('DescribeKey', { KeyId: 'alias/team/app_1' })).body.__type, 'NotFoundException');
  await kms.ok('DescribeKey', { KeyId: b.KeyId });
});

test('what cannot be an alias, or an alias of that, is refused in AWS’s words', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  await kms.ok('CreateAlias', { AliasName: 'alias/taken', TargetKeyId: KeyId });
  const absent = '1234abcd-12ab-34cd-56ef-1234567890ab';
  const cases: [string, object, string, RegExp][] = [
    [
      'CreateAlias',
      { AliasName: 'app', TargetKeyId: KeyId },
      'ValidationException',
      /^Alias must start with the prefix "alias\/"\./,
    ],
    [
      'CreateAlias',
      { AliasName: 'alias/a b', TargetKeyId: KeyId },
      'ValidationException',
      /regular expression pattern: \^\[a-zA-Z0-9:\/_-\]\+\$$/,
    ],
    [
      'CreateAlias',
      { AliasName: 'alias/a:b', TargetKeyId: KeyId },
      'InvalidAliasNameException',
      /^alias\/a:b contains invalid characters for an alias$/,
    ],
    ['CreateAlias', { AliasName: 'alias/', TargetKeyId: KeyId }, 'InvalidAliasNameException', /alias/],
    ['CreateAlias', { AliasName: 'alias/aws/s3', TargetKeyId: KeyId }, 'InvalidAliasNameException', /reserved/],
    [
      'CreateAlias',
      { AliasName: `alias/${'x'.repeat(251)}`, TargetKeyId: KeyId },
      'ValidationException',
      /less than or equal to 256/,
    ],
    [
      'CreateAlias',
      { AliasName: 'alias/taken', TargetKeyId: KeyId },
      'AlreadyExistsException',
      /^An alias with the name arn:aws:kms:us-east-1:111122223333:alias\/taken already exists$/,
    ],
    [
      'CreateAlias',
      { AliasName: 'alias/new', TargetKeyId: 'alias/taken' },
      'ValidationException',
      /^Aliases must refer to keys\. Not aliases$/,
    ],
    ['CreateAlias', { AliasName: 'alias/new', TargetKeyId: absent }, 'NotFoundException', /does not exist$/],
    [
      'UpdateAlias',
      { AliasName: 'alias/none', TargetKeyId: KeyId },
      'NotFoundException',
      /^Alias arn:aws:kms:us-east-1:111122223333:alias\/none is not found\.$/,
    ],
    ['DeleteAlias', { AliasName: 'alias/none' }, 'NotFoundException', /is not found\.$/],
    ['DeleteAlias', { AliasName: 'none' }, 'ValidationException', /^Alias must start/],
    ['ListAliases', { KeyId: 'alias/taken' }, 'InvalidArnException', /^Key Aliases are not supported/],
  ];
  for (const [operation, input, type, message] of cases) {
    const { body } = await kms.send(operation, input);
    assert.equal(body.__type, type, `${operation} ${JSON.stringify(input)}`);
    assert.match(body.message, message);
  }
  assert.equal((await kms.ok('ListAliases')).Aliases.length, 1);
});

test('names differ by case, and one is taken by one request only', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  await kms.ok('CreateAlias', { AliasName: 'alias/App', TargetKeyId: KeyId });
  await kms.ok('CreateAlias', { AliasName: 'alias/app', TargetKeyId: KeyId });
  const attempts = Array.from({ length: 10 }, () =>
    kms.send('CreateAlias', { AliasName: 'alias/race', TargetKeyId: KeyId }),
  );
  assert.equal((await Promise.all(attempts)).filter(({ status }) => status === 200).length, 1);
});

test('a key has at most fifty aliases', async () => {
  await using kms = await startKms();
  const [a, b] = [await newKey(kms), await newKey(kms)];
  for (let i = 0; i < 50; i++) await kms.ok('CreateAlias', { AliasName: `alias/n${i}`, TargetKeyId: a.KeyId });
  const full = await kms.send('CreateAlias', { AliasName: 'alias/more', TargetKeyId: a.KeyId });
  assert.equal(full.body.__type, 'LimitExceededException');
  await kms.ok('CreateAlias', { AliasName: 'alias/more', TargetKeyId: b.KeyId });
  const moved = await kms.send('UpdateAlias', { AliasName: 'alias/more', TargetKeyId: a.KeyId });
  assert.equal(moved.body.__type, 'LimitExceededException');
  await kms.ok('UpdateAlias', { AliasName: 'alias/n0', TargetKeyId: a.KeyId }); // to the key that it has
  await kms.ok('DeleteAlias', { AliasName: 'alias/n0' });
  await kms.ok('UpdateAlias', { AliasName: 'alias/more', TargetKeyId: a.KeyId });
  const first = await kms.ok('ListAliases', { KeyId: a.KeyId, Limit: 30 });
  const rest = await kms.ok('ListAliases', { KeyId: a.KeyId, Marker: first.NextMarker });
  assert.deepEqual([first.Aliases.length, rest.Aliases.length, rest.Truncated], [30, 20, false]);
  assert.deepEqual((await kms.ok('ListAliases', { KeyId: b.KeyId })).Aliases, []);
  const elsewhere = await kms.send('ListAliases', { KeyId: b.KeyId, Marker: first.NextMarker });
  assert.equal(elsewhere.body.__type, 'InvalidMarkerException');
});

test('disabled keys take aliases; keys pending deletion keep theirs but take none', async () => {
  await using kms = await startKms();
  const [a, b] = [await newKey(kms), await newKey(kms)];
  await kms.ok('DisableKey', { KeyId: a.KeyId });
  await kms.ok('CreateAlias', { AliasName: 'alias/x', TargetKeyId: a.KeyId });
  await kms.ok('CreateAlias', { AliasName: 'alias/y', TargetKeyId: a.KeyId });
  await kms.ok('ScheduleKeyDeletion', { KeyId: a.KeyId });
  for (const [operation, AliasName] of [
    ['CreateAlias', 'alias/z'],
    ['UpdateAlias', 'alias/x'],
  ] as const) {
    const { body } = await kms.send(operation, { AliasName, TargetKeyId: a.KeyId });
    assert.deepEqual(body, { __type: 'KMSInvalidStateException', message: `${a.Arn} is pending deletion.` });
  }
  await kms.ok('UpdateAlias', { AliasName: 'alias/x', TargetKeyId: b.KeyId }); // away from a dying key
  await kms.ok('DeleteAlias', { AliasName: 'alias/y' });
});

test('an alias is not moved between symmetric, asymmetric and HMAC keys, nor between usages', async () => {
  await using kms = await startKms();
  const make = async (input: object) => (await kms.ok('CreateKey', input)).KeyMetadata.KeyId;
  const symmetric = await make({});
  const rsa = await make({ KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
  const signing = await make({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' });
  const otherSigning = await make({ KeySpec: 'ML_DSA_44', KeyUsage: 'SIGN_VERIFY' });
  await kms.ok('CreateAlias', { AliasName: 'alias/app', TargetKeyId: symmetric });
  await kms.ok('CreateAlias', { AliasName: 'alias/signer', TargetKeyId: signing });
  for (const [AliasName, TargetKeyId, text] of [
    ['alias/app', rsa, /spec SYMMETRIC_DEFAULT to a key of spec RSA_2048/],
    ['alias/app', signing, /key usage ENCRYPT_DECRYPT to a CMK with key usage SIGN_VERIFY/],
    ['alias/signer', rsa, /key usage SIGN_VERIFY to a CMK with key usage ENCRYPT_DECRYPT/],
  ] as const) {
    const { body } = await kms.send('UpdateAlias', { AliasName, TargetKeyId });
    assert.equal(body.__type, 'ValidationException');
    assert.match(body.message, text);
  }
  await kms.ok('UpdateAlias', { AliasName: 'alias/signer', TargetKeyId: otherSigning });
});
