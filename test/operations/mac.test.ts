/** Message authentication codes, as callers of AWS KMS compute and verify them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startKms } from '#test/harness/kms.ts';

const Message = Buffer.from('message').toString('base64');
const usage = { KeyUsage: 'GENERATE_VERIFY_MAC' };

test('each HMAC key makes MACs of its hash’s length, and knows its own again', async () => {
  await using kms = await startKms();
  for (const [bits, bytes] of Object.entries({ 224: 28, 256: 32, 384: 48, 512: 64 })) {
    const { KeyId, Arn } = (await kms.ok('CreateKey', { ...usage, KeySpec: `HMAC_${bits}` })).KeyMetadata;
    const MacAlgorithm = `HMAC_SHA_${bits}`;
    const made = await kms.ok('GenerateMac', { KeyId, Message, MacAlgorithm });
    assert.equal(Buffer.from(made.Mac, 'base64').length, bytes);
    assert.deepEqual(await kms.ok('GenerateMac', { KeyId: Arn, Message, MacAlgorithm }), made);
    assert.deepEqual(await kms.ok('VerifyMac', { KeyId, Message, MacAlgorithm, Mac: made.Mac }), {
      KeyId: Arn,
      MacValid: true,
      MacAlgorithm,
    });
  }
});

test('a MAC that is cut short, altered, of another message or of another key is a KMSInvalidMacException', async () => {
  await using kms = await startKms();
  const wish = { ...usage, KeySpec: 'HMAC_256' };
  const [key, other] = [(await kms.ok('CreateKey', wish)).KeyMetadata, (await kms.ok('CreateKey', wish)).KeyMetadata];
  const MacAlgorithm = 'HMAC_SHA_256';
  const { Mac } = await kms.ok('GenerateMac', { KeyId: key.KeyId, Message, MacAlgorithm });
  const bytes = Buffer.from(Mac, 'base64');
  const altered = Buffer.from(bytes);
  altered[31] = (altered[31] ?? 0) ^ 1;
  const right = { KeyId: key.KeyId, Message, MacAlgorithm, Mac };
  for (const wrong of [
    { ...right, Mac: bytes.subarray(0, 16).toString('base64') },
    { ...right, Mac: altered.toString('base64') },
    { ...right, Mac: Buffer.concat([bytes, bytes]).toString('base64') },
    { ...right, Message: 'AAAA' },
    { ...right, KeyId: other.KeyId },
  ]) {
    const { body, status } = await kms.send('VerifyMac', wrong);
    assert.deepEqual(
      [status, body.__type, body.message],
      [400, 'KMSInvalidMacException', undefined],
      JSON.stringify(wrong),
    );
  }
});

test('an algorithm of another length, and a key for something else, are refused by name', async () => {
  await using kms = await startKms();
  const { KeyId } = (await kms.ok('CreateKey', { ...usage, KeySpec: 'HMAC_224' })).KeyMetadata;
  const mismatch = await kms.send('GenerateMac', { KeyId, Message, MacAlgorithm: 'HMAC_SHA_256' });
  assert.equal(mismatch.body.__type, 'InvalidKeyUsageException');
  assert.equal(mismatch.body.message, 'Algorithm HMAC_SHA_256 is incompatible with key spec HMAC_224.');
  const { KeyId: encrypting, Arn } = (await kms.ok('CreateKey')).KeyMetadata;
  const misuse = await kms.send('GenerateMac', { KeyId: encrypting, Message, MacAlgorithm: 'HMAC_SHA_256' });
  assert.equal(misuse.body.message, `${Arn} key usage is ENCRYPT_DECRYPT which is not valid for GenerateMac.`);
  const encrypt = await kms.send('Encrypt', { KeyId, Plaintext: Message });
  assert.equal(encrypt.body.__type, 'InvalidKeyUsageException');
  const rotate = await kms.send('GenerateMac', { KeyId, Message: 'A'.repeat(5600), MacAlgorithm: 'HMAC_SHA_224' });
  assert.match(rotate.body.message, /length less than or equal to 4096/);
});

test('a dry run says whether a MAC would be made, or right', async () => {
  await using kms = await startKms();
  const { KeyId } = (await kms.ok('CreateKey', { ...usage, KeySpec: 'HMAC_512' })).KeyMetadata;
  const input = { KeyId, Message, MacAlgorithm: 'HMAC_SHA_512', DryRun: true };
  assert.equal((await kms.send('GenerateMac', input)).body.__type, 'DryRunOperationException');
  const verify = await kms.send('VerifyMac', { ...input, Mac: 'AAAA' });
  assert.equal(verify.body.__type, 'KMSInvalidMacException');
});
