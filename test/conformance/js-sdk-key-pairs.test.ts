/** The AWS SDK for JavaScript: what keys with key pairs do besides signing, and data key pairs. */
import assert from 'node:assert/strict';
import { createPrivateKey, createPublicKey, diffieHellman, generateKeyPairSync, sign, verify } from 'node:crypto';
import { test } from 'node:test';
import {
  CreateKeyCommand,
  type CreateKeyCommandInput,
  DecapsulateCommand,
  DecryptCommand,
  DeriveSharedSecretCommand,
  EncapsulateCommand,
  EncryptCommand,
  GenerateDataKeyPairCommand,
  GenerateDataKeyPairWithoutPlaintextCommand,
  GetPublicKeyCommand,
  InvalidCiphertextException,
  InvalidKeyUsageException,
  type KMSClient,
  ReEncryptCommand,
} from '@aws-sdk/client-kms';
import { startServer } from '#test/harness/server-process.ts';

async function newKey(kms: KMSClient, input: CreateKeyCommandInput = {}): Promise<string> {
  return (await kms.send(new CreateKeyCommand(input))).KeyMetadata?.Arn ?? '';
}

const read = (der: Uint8Array | undefined) =>
  createPublicKey({ key: Buffer.from(der ?? []), format: 'der', type: 'spki' });

test('RSA keys encrypt, decrypt and re-encrypt through the SDK', async () => {
  await using server = await startServer();
  const kms = server.client();
  const KeyId = await newKey(kms, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' });
  const symmetric = await newKey(kms);
  const Plaintext = Buffer.from('hello');
  for (const EncryptionAlgorithm of ['RSAES_OAEP_SHA_1', 'RSAES_OAEP_SHA_256'] as const) {
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext, EncryptionAlgorithm }));
    assert.equal(CiphertextBlob?.length, 256);
    const opened = await kms.send(new DecryptCommand({ KeyId, CiphertextBlob, EncryptionAlgorithm }));
    assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext);
    assert.deepEqual([opened.KeyId, opened.EncryptionAlgorithm], [KeyId, EncryptionAlgorithm]);
    const from = { CiphertextBlob, SourceKeyId: KeyId, SourceEncryptionAlgorithm: EncryptionAlgorithm };
    const moved = await kms.send(new ReEncryptCommand({ ...from, DestinationKeyId: symmetric }));
    assert.deepEqual([moved.SourceKeyMaterialId, moved.DestinationKeyMaterialId?.length], [undefined, 64]);
    const back = await kms.send(
      new ReEncryptCommand({
        CiphertextBlob: moved.CiphertextBlob,
        DestinationKeyId: KeyId,
        DestinationEncryptionAlgorithm: EncryptionAlgorithm,
      }),
    );
    const again = { KeyId, CiphertextBlob: back.CiphertextBlob, EncryptionAlgorithm };
    assert.deepEqual(Buffer.from((await kms.send(new DecryptCommand(again))).Plaintext ?? []), Plaintext);
    const altered = { ...again, CiphertextBlob: Buffer.alloc(256, 1) };
    await assert.rejects(kms.send(new DecryptCommand(altered)), InvalidCiphertextException);
  }
  await assert.rejects(kms.send(new EncryptCommand({ KeyId, Plaintext })), InvalidKeyUsageException);
});

test('keys agree on secrets, and encapsulate them, through the SDK', async () => {
  await using server = await startServer();
  const kms = server.client();
  const agreeing = await newKey(kms, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
  const peer = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const derived = await kms.send(
    new DeriveSharedSecretCommand({
      KeyId: agreeing,
      KeyAgreementAlgorithm: 'ECDH',
      PublicKey: peer.publicKey.export({ format: 'der', type: 'spki' }),
    }),
  );
  const { PublicKey } = await kms.send(new GetPublicKeyCommand({ KeyId: agreeing }));
  const secret = diffieHellman({ privateKey: peer.privateKey, publicKey: read(PublicKey) });
  assert.deepEqual(Buffer.from(derived.SharedSecret ?? []), secret);
  assert.deepEqual([derived.KeyOrigin, derived.KeyAgreementAlgorithm], ['AWS_KMS', 'ECDH']);

  const KeyId = await newKey(kms, { KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' });
  const EncapsulationAlgorithm = 'ML_KEM';
  const made = await kms.send(new EncapsulateCommand({ KeyId, EncapsulationAlgorithm }));
  const { SharedSecretCiphertextBlob } = made;
  const opened = await kms.send(new DecapsulateCommand({ KeyId, SharedSecretCiphertextBlob, EncapsulationAlgorithm }));
  assert.equal(opened.SharedSecret?.length, 32);
  assert.deepEqual(opened.SharedSecret, made.SharedSecret);
});

test('data key pairs come through the SDK, and sign', async () => {
  await using server = await startServer();
  const kms = server.client();
  const KeyId = await newKey(kms);
  const wish = { KeyId, KeyPairSpec: 'ECC_NIST_P384', EncryptionContext: { a: 'b' } } as const;
  const made = await kms.send(new GenerateDataKeyPairCommand(wish));
  const blind = await kms.send(new GenerateDataKeyPairWithoutPlaintextCommand(wish));
  assert(!('PrivateKeyPlaintext' in blind));
  for (const one of [made, blind]) {
    assert.deepEqual([one.KeyId, one.KeyPairSpec, one.KeyMaterialId?.length], [KeyId, 'ECC_NIST_P384', 64]);
    const CiphertextBlob = one.PrivateKeyCiphertextBlob;
    const { Plaintext } = await kms.send(new DecryptCommand({ CiphertextBlob, EncryptionContext: { a: 'b' } }));
    const privateKey = createPrivateKey({ key: Buffer.from(Plaintext ?? []), format: 'der', type: 'pkcs8' });
    const message = Buffer.from('message');
    assert(verify('sha384', message, read(one.PublicKey), sign('sha384', message, privateKey)));
    if (one === made) assert.deepEqual(made.PrivateKeyPlaintext, Plaintext);
  }
});
