/** Key policies in force, for the root users of several accounts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Kms, type SendOptions, startKms } from '#test/harness/kms.ts';

const mine = 'arn:aws:iam::111122223333:root';
const theirs = 'arn:aws:iam::444455556666:root';

interface Statement {
  readonly Effect?: string;
  readonly Principal?: unknown;
  readonly Action?: unknown;
  readonly Resource?: unknown;
  readonly Condition?: unknown;
}

const policyOf = (...statements: Statement[]) =>
  JSON.stringify({
    Version: '2012-10-17',
    Statement: statements.map((statement) => ({
      Effect: 'Allow',
      Principal: { AWS: mine },
      Action: 'kms:*',
      Resource: '*',
      ...statement,
    })),
  });

/** Enough to manage the key and change its policy, and nothing else. */
const managing: Statement = { Action: ['kms:*Policy', 'kms:DescribeKey', 'kms:ScheduleKeyDeletion', 'kms:ReEncrypt*'] };

async function keyWith(kms: Kms, ...statements: Statement[]): Promise<{ KeyId: string; Arn: string }> {
  return (await kms.ok('CreateKey', { Policy: policyOf(...statements) })).KeyMetadata;
}

const outcome = async (kms: Kms, operation: string, input: object, options?: SendOptions) => {
  const { status, body } = await kms.send(operation, input, options);
  return status === 200 ? 'allowed' : body.__type;
};

test('a policy without the account keeps out even its root user, and says so', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await keyWith(kms, managing);
  const { status, body } = await kms.send('Encrypt', { KeyId, Plaintext: 'eA==' });
  assert.deepEqual(
    [status, body],
    [
      400,
      {
        __type: 'AccessDeniedException',
        Message: `User: ${mine} is not authorized to perform: kms:Encrypt on resource: ${Arn} because no resource-based policy allows the kms:Encrypt action`,
      },
    ],
  );
  for (const [operation, input] of [
    ['DisableKey', {}],
    ['TagResource', { Tags: [] }],
    ['CreateAlias', { AliasName: 'alias/a', TargetKeyId: KeyId }],
  ] as const) {
    assert.equal(
      await outcome(kms, operation, operation === 'CreateAlias' ? input : { KeyId, ...input }),
      'AccessDeniedException',
      operation,
    );
  }
  assert.equal(await outcome(kms, 'DescribeKey', { KeyId }), 'allowed');
  assert.equal(await outcome(kms, 'ListAliases', { KeyId }), 'allowed'); // an answer about the account, not the key
});

test('a deny wins over every allow', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await keyWith(kms, {}, { Effect: 'Deny', Principal: '*', Action: 'kms:Decrypt' });
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext: 'eA==' });
  const { body } = await kms.send('Decrypt', { CiphertextBlob, KeyId });
  assert.equal(
    body.Message,
    `User: ${mine} is not authorized to perform: kms:Decrypt on resource: ${Arn} with an explicit deny in a resource-based policy`,
  );
  const unnamed = await kms.send('Decrypt', { CiphertextBlob });
  assert.match(
    unnamed.body.Message,
    / kms:Decrypt on the resource associated with this ciphertext because the resource does not exist in this Region/,
  );
});

test('a new policy is in force for every request that starts after it was acknowledged', async () => {
  await using kms = await startKms();
  const { KeyId } = await keyWith(kms, {});
  for (let round = 0; round < 20; round++) {
    const background = Array.from({ length: 5 }, () => kms.send('GenerateDataKey', { KeyId, KeySpec: 'AES_256' }));
    await kms.ok('PutKeyPolicy', { KeyId, Policy: policyOf(managing) });
    const after = await Promise.all(
      Array.from({ length: 5 }, () => outcome(kms, 'GenerateDataKey', { KeyId, KeySpec: 'AES_256' })),
    );
    assert.deepEqual(new Set(after), new Set(['AccessDeniedException']));
    await Promise.all(background);
    await kms.ok('PutKeyPolicy', { KeyId, Policy: policyOf({}) });
    assert.equal(await outcome(kms, 'GenerateDataKey', { KeyId, KeySpec: 'AES_256' }), 'allowed');
  }
});

test('nobody locks the account out by mistake, and who insists is left with a key that nobody manages', async () => {
  await using kms = await startKms();
  const lockout = policyOf({ Action: 'kms:Decrypt' });
  const message = 'The new key policy will not allow you to update the key policy in the future.';
  const refused = { __type: 'MalformedPolicyDocumentException', message };
  assert.deepEqual((await kms.send('CreateKey', { Policy: lockout })).body, refused);
  const { KeyId } = await keyWith(kms, {});
  assert.deepEqual((await kms.send('PutKeyPolicy', { KeyId, Policy: lockout })).body, refused);
  assert.equal(await outcome(kms, 'Encrypt', { KeyId, Plaintext: 'eA==' }), 'allowed');
  await kms.ok('PutKeyPolicy', { KeyId, Policy: lockout, BypassPolicyLockoutSafetyCheck: true });
  assert.equal(await outcome(kms, 'PutKeyPolicy', { KeyId, Policy: policyOf({}) }), 'AccessDeniedException');
});

test('principals that do not exist are refused in the words that clients know', async () => {
  await using kms = await startKms();
  const { KeyId } = await keyWith(kms, {});
  for (const AWS of [
    'arn:aws:iam::111122223333:user/nobody',
    'arn:aws:iam::111122223333:role/*',
    'AIDA1234567890123456',
    'bob',
    '1234',
  ]) {
    const { body } = await kms.send('PutKeyPolicy', { KeyId, Policy: policyOf({}, { Principal: { AWS } }) });
    assert.deepEqual(
      body,
      {
        __type: 'MalformedPolicyDocumentException',
        message: 'Policy contains a statement with one or more invalid principals.',
      },
      AWS,
    );
  }
  for (const AWS of ['111122223333', '999999999999', theirs, '*']) {
    assert.equal(
      await outcome(kms, 'PutKeyPolicy', { KeyId, Policy: policyOf({}, { Principal: { AWS } }) }),
      'allowed',
      AWS,
    );
  }
});

test('another account uses a key as far as its policy lets it, and no further', async () => {
  await using kms = await startKms();
  const other = { caller: kms.other };
  const { KeyId, Arn } = await keyWith(
    kms,
    {},
    { Principal: { AWS: theirs }, Action: ['kms:Encrypt', 'kms:DescribeKey', 'kms:*Tag*', 'kms:*Policy'] },
  );
  await kms.ok('CreateAlias', { AliasName: 'alias/shared', TargetKeyId: KeyId });
  const context = { EncryptionContext: { a: 'b' } };
  const aliasArn = 'arn:aws:kms:us-east-1:111122223333:alias/shared';
  for (const KeyId of [Arn, aliasArn]) {
    const made = await kms.ok('Encrypt', { KeyId, Plaintext: 'eA==', ...context }, other);
    assert.equal(made.KeyId, Arn);
    const denied = await kms.send('Decrypt', { CiphertextBlob: made.CiphertextBlob, ...context }, other);
    assert.equal(denied.body.__type, 'AccessDeniedException');
    assert.equal((await kms.ok('Decrypt', { CiphertextBlob: made.CiphertextBlob, ...context })).Plaintext, 'eA==');
  }
  assert.equal(await outcome(kms, 'DescribeKey', { KeyId: Arn }, other), 'allowed');
  for (const [operation, input] of [
    ['TagResource', { Tags: [] }],
    ['ListResourceTags', {}],
    ['GetKeyPolicy', {}],
    ['PutKeyPolicy', { Policy: policyOf({}) }],
    ['ScheduleKeyDeletion', {}],
    ['DisableKey', {}],
  ] as const) {
    assert.equal(await outcome(kms, operation, { KeyId: Arn, ...input }, other), 'AccessDeniedException', operation);
  }
  assert.equal(await outcome(kms, 'Encrypt', { KeyId, Plaintext: 'eA==' }, other), 'NotFoundException'); // a bare id is one's own
  const stranger = await kms.send('GenerateDataKey', { KeyId: Arn, KeySpec: 'AES_256' }, other);
  const absent = await kms.send(
    'GenerateDataKey',
    { KeyId: Arn.replace(/.{12}$/, '000000000000'), KeySpec: 'AES_256' },
    other,
  );
  assert.equal(stranger.text, absent.text);
});

test('ReEncrypt needs leave to take from the one key and to give to the other', async () => {
  await using kms = await startKms();
  const [from, to] = [await keyWith(kms, {}), await keyWith(kms, {})];
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId: from.KeyId, Plaintext: 'eA==' });
  const move = { CiphertextBlob, SourceKeyId: from.KeyId, DestinationKeyId: to.KeyId };
  assert.equal(await outcome(kms, 'ReEncrypt', move), 'allowed');
  await kms.ok('PutKeyPolicy', { KeyId: to.KeyId, Policy: policyOf({ Action: ['kms:ReEncryptFrom', 'kms:*Policy'] }) });
  assert.match(
    (await kms.send('ReEncrypt', move)).body.Message,
    /kms:ReEncryptTo on resource: .*no resource-based policy allows the kms:ReEncryptTo action/,
  );
  const same = { Condition: { Bool: { 'kms:ReEncryptOnSameKey': 'true' } } };
  await kms.ok('PutKeyPolicy', {
    KeyId: to.KeyId,
    Policy: policyOf(
      { Action: 'kms:*Policy' },
      { Action: ['kms:ReEncrypt*', 'kms:Encrypt'], ...same },
      { Action: 'kms:Encrypt' },
    ),
  });
  assert.equal(await outcome(kms, 'ReEncrypt', move), 'AccessDeniedException');
  const own = await kms.ok('Encrypt', { KeyId: to.KeyId, Plaintext: 'eA==' });
  assert.equal(
    await outcome(kms, 'ReEncrypt', {
      CiphertextBlob: own.CiphertextBlob,
      SourceKeyId: to.KeyId,
      DestinationKeyId: to.KeyId,
    }),
    'allowed',
  );
});

test('conditions look at the request as it is', async () => {
  await using kms = await startKms();
  const encrypt = { Plaintext: 'eA==' };
  const withContext = { ...encrypt, EncryptionContext: { AppName: 'Ex', Dept: 'IT' } };
  const cases: [object, string, object, 'allowed' | 'AccessDeniedException'][] = [
    [{ StringEquals: { 'kms:EncryptionContext:appname': 'Ex' } }, 'Encrypt', withContext, 'allowed'],
    [{ StringEquals: { 'kms:EncryptionContext:AppName': 'ex' } }, 'Encrypt', withContext, 'AccessDeniedException'],
    [{ StringEquals: { 'kms:EncryptionContext:AppName': 'Ex' } }, 'Encrypt', encrypt, 'AccessDeniedException'],
    [
      { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['AppName', 'Dept'] } },
      'Encrypt',
      withContext,
      'allowed',
    ],
    [
      { 'ForAllValues:StringEquals': { 'kms:EncryptionContextKeys': ['AppName'] } },
      'Encrypt',
      withContext,
      'AccessDeniedException',
    ],
    [{ Null: { 'kms:EncryptionContextKeys': 'true' } }, 'Encrypt', encrypt, 'allowed'],
    [{ StringEquals: { 'kms:EncryptionAlgorithm': 'SYMMETRIC_DEFAULT' } }, 'Encrypt', encrypt, 'allowed'],
    [{ StringEquals: { 'kms:CallerAccount': '111122223333' } }, 'Encrypt', encrypt, 'allowed'],
    [{ StringEquals: { 'kms:CallerAccount': '444455556666' } }, 'Encrypt', encrypt, 'AccessDeniedException'],
    [
      {
        StringEquals: {
          'kms:KeySpec': 'SYMMETRIC_DEFAULT',
          'kms:KeyOrigin': 'AWS_KMS',
          'kms:KeyUsage': 'ENCRYPT_DECRYPT',
        },
      },
      'Encrypt',
      encrypt,
      'allowed',
    ],
    [{ Bool: { 'kms:MultiRegion': 'false' } }, 'Encrypt', encrypt, 'allowed'],
    [{ StringEquals: { 'kms:ViaService': 's3.us-east-1.amazonaws.com' } }, 'Encrypt', encrypt, 'AccessDeniedException'],
    [{ StringEquals: { 'kms:RequestAlias': 'alias/x' } }, 'Encrypt', encrypt, 'AccessDeniedException'],
    [{ Bool: { 'aws:SecureTransport': 'true' } }, 'Encrypt', encrypt, 'AccessDeniedException'],
    [{ IpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }, 'Encrypt', encrypt, 'allowed'],
    [{ NotIpAddress: { 'aws:SourceIp': '127.0.0.0/8' } }, 'Encrypt', encrypt, 'AccessDeniedException'],
    [{ StringEquals: { 'aws:RequestedRegion': 'us-east-1' } }, 'Encrypt', encrypt, 'allowed'],
    [{ ArnEquals: { 'aws:PrincipalArn': mine } }, 'Encrypt', encrypt, 'allowed'],
    [{ DateGreaterThan: { 'aws:CurrentTime': '2020-01-01T00:00:00Z' } }, 'Encrypt', encrypt, 'allowed'],
    [{ DateGreaterThan: { 'aws:EpochTime': '4102444800' } }, 'Encrypt', encrypt, 'AccessDeniedException'],
    [
      { NumericGreaterThanEquals: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '30' } },
      'ScheduleKeyDeletion',
      {},
      'allowed',
    ],
    [
      { NumericGreaterThanEquals: { 'kms:ScheduleKeyDeletionPendingWindowInDays': '30' } },
      'ScheduleKeyDeletion',
      { PendingWindowInDays: 7 },
      'AccessDeniedException',
    ],
    [
      { StringEquals: { 'aws:RequestTag/team': 'a' } },
      'TagResource',
      { Tags: [{ TagKey: 'team', TagValue: 'a' }] },
      'allowed',
    ],
    [
      { StringEquals: { 'aws:RequestTag/team': 'a' } },
      'TagResource',
      { Tags: [{ TagKey: 'team', TagValue: 'b' }] },
      'AccessDeniedException',
    ],
    [{ 'ForAnyValue:StringEquals': { 'aws:TagKeys': 'team' } }, 'UntagResource', { TagKeys: ['team'] }, 'allowed'],
  ];
  for (const [Condition, operation, input, expected] of cases) {
    const { KeyId } = await keyWith(kms, { Action: ['kms:*Policy'] }, { Action: `kms:${operation}`, Condition });
    assert.equal(
      await outcome(kms, operation, { KeyId, ...input }),
      expected,
      `${JSON.stringify(Condition)} ${operation}`,
    );
  }
});

test('a condition on the alias of the request looks at the name, not at how the key was named', async () => {
  await using kms = await startKms();
  const { KeyId, Arn } = await keyWith(
    kms,
    { Action: ['kms:*Policy', 'kms:*Alias'] },
    { Action: 'kms:Encrypt', Condition: { StringEquals: { 'kms:RequestAlias': 'alias/fin' } } },
  );
  await kms.ok('CreateAlias', { AliasName: 'alias/fin', TargetKeyId: KeyId });
  const encrypt = (named: string) => outcome(kms, 'Encrypt', { KeyId: named, Plaintext: 'eA==' });
  assert.equal(await encrypt('alias/fin'), 'allowed');
  assert.equal(await encrypt('arn:aws:kms:us-east-1:111122223333:alias/fin'), 'allowed');
  assert.equal(await encrypt(KeyId), 'AccessDeniedException');
  assert.equal(await encrypt(Arn), 'AccessDeniedException');
});

test('who may not use a key learns nothing of its state', async () => {
  await using kms = await startKms();
  const { KeyId } = await keyWith(kms, {});
  await kms.ok('DisableKey', { KeyId });
  await kms.ok('PutKeyPolicy', { KeyId, Policy: policyOf(managing) });
  assert.equal(await outcome(kms, 'Encrypt', { KeyId, Plaintext: 'eA==' }), 'AccessDeniedException');
});
