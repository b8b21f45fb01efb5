/** Encrypt, Decrypt, ReEncrypt, GenerateDataKey, GenerateRandom over the wire. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type Kms, startKms } from '#test/harness/kms.ts';

const base64 = (text: string) => Buffer.from(text).toString('base64');

async function newKey(
  kms: Kms,
  input: object = {},
): Promise<{ KeyId: string; Arn: string; CurrentKeyMaterialId: string }> {
  return (await kms.ok('CreateKey', input)).KeyMetadata;
}

const unknownKey = (account: string) =>
  `User: arn:aws:iam::${account}:root is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext because the resource does not exist in this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access`;

test('what Encrypt made, Decrypt opens, with and without KeyId, in every form of it', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  await kms.ok('CreateAlias', { AliasName: 'alias/app', TargetKeyId: key.KeyId });
  const forms = [key.KeyId, key.Arn, 'alias/app', 'arn:aws:kms:us-east-1:111122223333:alias/app'];
  for (const KeyId of forms) {
    const EncryptionContext = { a: 'b' };
    const encrypted = await kms.ok('Encrypt', { KeyId, Plaintext: base64('hello'), EncryptionContext });
    assert.deepEqual(
      { ...encrypted, CiphertextBlob: '' },
      { CiphertextBlob: '', KeyId: key.Arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' },
    );
    for (const named of [{}, { KeyId }]) {
      const { CiphertextBlob } = encrypted;
      assert.deepEqual(await kms.ok('Decrypt', { CiphertextBlob, EncryptionContext, ...named }), {
        KeyId: key.Arn,
        Plaintext: base64('hello'),
        EncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
        KeyMaterialId: key.CurrentKeyMaterialId,
      });
    }
  }
});

test('a key id that names another key is an IncorrectKeyException; an alias counts as what it stands for now', async () => {
  await using kms = await startKms();
  const [a, b] = [await newKey(kms), await newKey(kms)];
  await kms.ok('CreateAlias', { AliasName: 'alias/app', TargetKeyId: a.KeyId });
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId: 'alias/app', Plaintext: base64('x') });
  await kms.ok('UpdateAlias', { AliasName: 'alias/app', TargetKeyId: b.KeyId });
  for (const KeyId of [b.KeyId, 'alias/app']) {
    const { body } = await kms.send('Decrypt', { CiphertextBlob, KeyId });
    assert.equal(body.__type, 'IncorrectKeyException');
    assert.equal(body.message, 'The key ID in the request does not identify a CMK that can perform this operation.');
  }
  await kms.ok('Decrypt', { CiphertextBlob });
  await kms.ok('Decrypt', { CiphertextBlob, KeyId: a.KeyId });
});

test('any flipped bit of a ciphertext is refused: InvalidCiphertext, or an unknown key where the key is named', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId: key.KeyId, Plaintext: base64('attack at dawn') });
  const ciphertext = Buffer.from(CiphertextBlob, 'base64');
  const namesTheKey = (byte: number) => byte >= 1 && byte < 24; // envelope.ts: form, account and key id
  for (let bit = 0; bit < ciphertext.length * 8; bit++) {
    const altered = Buffer.from(ciphertext);
    const byte = Math.floor(bit / 8);
    altered[byte] = (altered[byte] ?? 0) ^ (1 << (bit % 8));
    const { status, body } = await kms.send('Decrypt', { CiphertextBlob: altered.toString('base64') });
    assert.equal(status, 400);
    const isDenied = body.__type === 'AccessDeniedException' && body.Message === unknownKey('111122223333');
    const isUnknownKey = isDenied && namesTheKey(byte);
    const isInvalid = body.__type === 'InvalidCiphertextException' && !('message' in body);
    assert(isUnknownKey || isInvalid, `bit ${bit}: ${JSON.stringify(body)}`);
  }
});

test('the same bits with KeyId given are an IncorrectKey or InvalidCiphertext, never a plaintext', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId: key.KeyId, Plaintext: base64('attack at dawn') });
  const ciphertext = Buffer.from(CiphertextBlob, 'base64');
  await fc.assert(
    fc.asyncProperty(fc.nat(ciphertext.length * 8 - 1), async (bit) => {
      const altered = Buffer.from(ciphertext);
      altered[bit >> 3] = (altered[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      const { body } = await kms.send('Decrypt', { CiphertextBlob: altered.toString('base64'), KeyId: key.KeyId });
      assert(['IncorrectKeyException', 'InvalidCiphertextException'].includes(body.__type), JSON.stringify(body));
    }),
    { numRuns: 200 },
  );
});

test('any other encryption context is refused', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  const word = fc.string({ maxLength: 5 });
  const context = fc.dictionary(word, word, { maxKeys: 3 });
  await fc.assert(
    fc.asyncProperty(context, context, async (mine, theirs) => {
      const sent = { KeyId: key.KeyId, Plaintext: base64('x'), EncryptionContext: mine };
      const { CiphertextBlob } = await kms.ok('Encrypt', sent);
      const answer = await kms.send('Decrypt', { CiphertextBlob, EncryptionContext: theirs });
      const sorted = (map: object) => JSON.stringify(Object.entries(map).sort());
      if (sorted(mine) === sorted(theirs)) assert.equal(answer.status, 200);
      else assert.deepEqual(answer.body, { __type: 'InvalidCiphertextException' });
    }),
    { numRuns: 100 },
  );
  const { CiphertextBlob } = await kms.ok('Encrypt', {
    KeyId: key.KeyId,
    Plaintext: base64('x'),
    EncryptionContext: { ab: 'c' },
  });
  const { body } = await kms.send('Decrypt', { CiphertextBlob, EncryptionContext: { a: 'bc' } });
  assert.equal(body.__type, 'InvalidCiphertextException');
});

test('a context in another order is the same context, and an empty one is none', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  const encrypt = async (EncryptionContext?: object) =>
    (await kms.ok('Encrypt', { KeyId, Plaintext: base64('x'), EncryptionContext })).CiphertextBlob;
  await kms.ok('Decrypt', { CiphertextBlob: await encrypt({ a: '1', b: '2' }), EncryptionContext: { b: '2', a: '1' } });
  await kms.ok('Decrypt', { CiphertextBlob: await encrypt({}) });
  await kms.ok('Decrypt', { CiphertextBlob: await encrypt(), EncryptionContext: {} });
});

test('what is not a ciphertext of ours is an InvalidCiphertextException', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  for (const bytes of [Buffer.from('x'), Buffer.alloc(99), Buffer.alloc(184, 1), Buffer.alloc(6144, 0xff)]) {
    for (const named of [{}, { KeyId }]) {
      const { body } = await kms.send('Decrypt', { CiphertextBlob: bytes.toString('base64'), ...named });
      assert.deepEqual(body, { __type: 'InvalidCiphertextException' });
    }
  }
});

test('a ciphertext of another account or Region is one of an unknown key', async () => {
  await using kms = await startKms();
  const key = await newKey(kms);
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId: key.KeyId, Plaintext: base64('x') });
  for (const [account, options] of [
    ['444455556666', { caller: kms.other }],
    ['111122223333', { region: 'eu-west-1' }],
  ] as const) {
    const { body } = await kms.send('Decrypt', { CiphertextBlob }, options);
    assert.deepEqual(body, { __type: 'AccessDeniedException', Message: unknownKey(account) });
  }
});

test('ReEncrypt moves a ciphertext to another key and context', async () => {
  await using kms = await startKms();
  const [a, b] = [await newKey(kms), await newKey(kms)];
  const { CiphertextBlob } = await kms.ok('Encrypt', {
    KeyId: a.KeyId,
    Plaintext: base64('x'),
    EncryptionContext: { a: '1' },
  });
  const moved = await kms.ok('ReEncrypt', {
    CiphertextBlob,
    SourceEncryptionContext: { a: '1' },
    DestinationKeyId: b.KeyId,
    DestinationEncryptionContext: { b: '2' },
  });
  assert.deepEqual(
    { ...moved, CiphertextBlob: '' },
    {
      CiphertextBlob: '',
      SourceKeyId: a.Arn,
      KeyId: b.Arn,
      SourceEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      DestinationEncryptionAlgorithm: 'SYMMETRIC_DEFAULT',
      SourceKeyMaterialId: a.CurrentKeyMaterialId,
      DestinationKeyMaterialId: b.CurrentKeyMaterialId,
    },
  );
  const opened = await kms.ok('Decrypt', {
    CiphertextBlob: moved.CiphertextBlob,
    KeyId: b.KeyId,
    EncryptionContext: { b: '2' },
  });
  assert.equal(opened.Plaintext, base64('x'));
  const wrongSource = await kms.send('ReEncrypt', {
    CiphertextBlob,
    SourceKeyId: b.KeyId,
    SourceEncryptionContext: { a: '1' },
    DestinationKeyId: b.KeyId,
  });
  assert.equal(wrongSource.body.__type, 'IncorrectKeyException');
  const wrongContext = await kms.send('ReEncrypt', { CiphertextBlob, DestinationKeyId: b.KeyId });
  assert.equal(wrongContext.body.__type, 'InvalidCiphertextException');
});

test('a data key comes in clear and encrypted, of the size that was asked for', async () => {
  await using kms = await startKms();
  const { KeyId, Arn, CurrentKeyMaterialId } = await newKey(kms);
  for (const [size, bytes] of [
    [{ KeySpec: 'AES_256' }, 32],
    [{ KeySpec: 'AES_128' }, 16],
    [{ NumberOfBytes: 1 }, 1],
    [{ NumberOfBytes: 1024 }, 1024],
  ] as const) {
    const made = await kms.ok('GenerateDataKey', { KeyId, ...size, EncryptionContext: { a: 'b' } });
    assert.deepEqual(Object.keys(made).sort(), ['CiphertextBlob', 'KeyId', 'KeyMaterialId', 'Plaintext']);
    assert.deepEqual([made.KeyId, made.KeyMaterialId], [Arn, CurrentKeyMaterialId]);
    assert.equal(Buffer.from(made.Plaintext, 'base64').length, bytes);
    const opened = await kms.ok('Decrypt', { CiphertextBlob: made.CiphertextBlob, EncryptionContext: { a: 'b' } });
    assert.equal(opened.Plaintext, made.Plaintext);
    const blind = await kms.ok('GenerateDataKeyWithoutPlaintext', { KeyId, ...size });
    assert.deepEqual(Object.keys(blind).sort(), ['CiphertextBlob', 'KeyId', 'KeyMaterialId']);
    const revealed = await kms.ok('Decrypt', { CiphertextBlob: blind.CiphertextBlob });
    assert.equal(Buffer.from(revealed.Plaintext, 'base64').length, bytes);
  }
  for (const size of [{}, { KeySpec: 'AES_256', NumberOfBytes: 32 }]) {
    const { body } = await kms.send('GenerateDataKey', { KeyId, ...size });
    assert.deepEqual(body, {
      __type: 'ValidationException',
      message: 'Please specify either number of bytes or key spec.',
    });
  }
});

test('GenerateRandom gives as many bytes as asked, and wants to be asked', async () => {
  await using kms = await startKms();
  const { Plaintext } = await kms.ok('GenerateRandom', { NumberOfBytes: 1024 });
  assert.equal(Buffer.from(Plaintext, 'base64').length, 1024);
  assert.equal((await kms.send('GenerateRandom')).body.message, 'NumberOfBytes is required.');
  assert.match((await kms.send('GenerateRandom', { NumberOfBytes: 1025 })).body.message, /less than or equal to 1024$/);
});

test('a plaintext holds 1 to 4096 bytes', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  const encrypt = (bytes: number) =>
    kms.send('Encrypt', { KeyId, Plaintext: Buffer.alloc(bytes, 7).toString('base64') });
  assert.equal((await encrypt(4096)).status, 200);
  assert.equal((await encrypt(1)).status, 200);
  assert.equal((await encrypt(0)).body.__type, 'ValidationException');
  const tooLong = await encrypt(4097);
  assert.equal(
    tooLong.body.message,
    "1 validation error detected: Value at 'plaintext' failed to satisfy constraint: Member must have length less than or equal to 4096",
  );
});

test('an algorithm that the key does not have is an InvalidKeyUsageException', async () => {
  await using kms = await startKms();
  const { KeyId } = await newKey(kms);
  const { body } = await kms.send('Encrypt', {
    KeyId,
    Plaintext: base64('x'),
    EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
  });
  assert.deepEqual(body, {
    __type: 'InvalidKeyUsageException',
    message: 'Algorithm RSAES_OAEP_SHA_256 is incompatible with key spec SYMMETRIC_DEFAULT.',
  });
});

test('a dry run ends in DryRunOperationException if it would have succeeded, else in the error', async () => {
  await using kms = await startKms();
  const [a, b] = [await newKey(kms), await newKey(kms)];
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId: a.KeyId, Plaintext: base64('x') });
  const fine: [string, object][] = [
    ['Encrypt', { KeyId: a.KeyId, Plaintext: base64('x') }],
    ['Decrypt', { CiphertextBlob }],
    ['Decrypt', { KeyId: a.KeyId, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }],
    ['ReEncrypt', { CiphertextBlob, DestinationKeyId: b.KeyId }],
    ['ReEncrypt', { SourceKeyId: a.KeyId, DestinationKeyId: b.KeyId, DryRunModifiers: ['IGNORE_CIPHERTEXT'] }],
    ['GenerateDataKey', { KeyId: a.KeyId, KeySpec: 'AES_256' }],
    ['GenerateDataKeyWithoutPlaintext', { KeyId: a.KeyId, KeySpec: 'AES_256' }],
  ];
  for (const [operation, input] of fine) {
    const { body } = await kms.send(operation, { ...input, DryRun: true });
    assert.deepEqual(body, {
      __type: 'DryRunOperationException',
      message: 'The request would have succeeded, but the DryRun option is set.',
    });
  }
  const broken = Buffer.from(CiphertextBlob, 'base64').fill(0, 90).toString('base64');
  const refusals: [string, object, string][] = [
    ['Decrypt', { CiphertextBlob: broken }, 'InvalidCiphertextException'],
    ['Decrypt', { CiphertextBlob, KeyId: b.KeyId }, 'IncorrectKeyException'],
    ['Decrypt', { DryRunModifiers: ['IGNORE_CIPHERTEXT'] }, 'ValidationException'],
    ['GenerateDataKey', { KeyId: a.KeyId }, 'ValidationException'],
    ['Encrypt', { KeyId: 'alias/none', Plaintext: base64('x') }, 'NotFoundException'],
  ];
  for (const [operation, input, error] of refusals) {
    assert.equal((await kms.send(operation, { ...input, DryRun: true })).body.__type, error, operation);
  }
  await kms.ok('DisableKey', { KeyId: a.KeyId });
  const disabled = await kms.send('Encrypt', { KeyId: a.KeyId, Plaintext: base64('x'), DryRun: true });
  assert.equal(disabled.body.__type, 'DisabledException');
  const outside = { KeyId: b.KeyId, CiphertextBlob, DryRunModifiers: ['IGNORE_CIPHERTEXT'] };
  assert.equal(
    (await kms.send('Decrypt', outside)).body.message,
    'DryRunModifiers can be used only when DryRun is true.',
  );
  const unnamed = await kms.send('Decrypt', { CiphertextBlob, DryRun: true, DryRunModifiers: ['IGNORE_CIPHERTEXT'] });
  assert.match(unnamed.body.message, /Value null at 'keyId'/);
  assert.equal((await kms.send('Decrypt', {})).body.__type, 'ValidationException');
});
