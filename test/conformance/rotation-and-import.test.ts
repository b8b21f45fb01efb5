/** Rotation and import as others do it: the SDK for JavaScript. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { test } from 'node:test';
import {
  CreateKeyCommand,
  DecryptCommand,
  DeleteImportedKeyMaterialCommand,
  DescribeKeyCommand,
  DisableKeyRotationCommand,
  EnableKeyRotationCommand,
  EncryptCommand,
  GetKeyRotationStatusCommand,
  GetParametersForImportCommand,
  ImportKeyMaterialCommand,
  type ImportKeyMaterialCommandInput,
  IncorrectKeyMaterialException,
  KMSInvalidStateException,
  paginateListKeyRotations,
  RotateKeyOnDemandCommand,
} from '@aws-sdk/client-kms';
import { wrapFor } from '#test/harness/import.ts';
import { startServer } from '#test/harness/server-process.ts';

const Plaintext = Buffer.from('hello');

test('rotation runs through the SDK', async () => {
  await using server = await startServer();
  const kms = server.client();
  const { KeyMetadata } = await kms.send(new CreateKeyCommand());
  const KeyId = KeyMetadata?.KeyId ?? '';
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext }));
  await kms.send(new EnableKeyRotationCommand({ KeyId, RotationPeriodInDays: 90 }));
  const status = await kms.send(new GetKeyRotationStatusCommand({ KeyId }));
  assert.equal(status.RotationPeriodInDays, 90);
  assert(status.NextRotationDate instanceof Date);
  for (let time = 0; time < 3; time++) await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
  await kms.send(new DisableKeyRotationCommand({ KeyId }));
  assert.equal((await kms.send(new GetKeyRotationStatusCommand({ KeyId }))).KeyRotationEnabled, false);
  const pages = paginateListKeyRotations(
    { client: kms, pageSize: 2 },
    { KeyId, IncludeKeyMaterial: 'ALL_KEY_MATERIAL' },
  );
  const listed = [];
  for await (const { Rotations = [] } of pages) listed.push(...Rotations);
  assert.deepEqual(
    listed.map(({ KeyMaterialState }) => KeyMaterialState),
    ['NON_CURRENT', 'NON_CURRENT', 'NON_CURRENT', 'CURRENT'],
  );
  assert(listed[3]?.RotationDate instanceof Date);
  const opened = await kms.send(new DecryptCommand({ CiphertextBlob }));
  assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext);
});

test('import runs through the SDK', async () => {
  await using server = await startServer();
  const kms = server.client();
  const { KeyMetadata } = await kms.send(new CreateKeyCommand({ Origin: 'EXTERNAL' }));
  const KeyId = KeyMetadata?.KeyId ?? '';
  const wrapping = { WrappingAlgorithm: 'RSAES_OAEP_SHA_256', WrappingKeySpec: 'RSA_3072' } as const;
  const bring = async (material: Uint8Array, members: Partial<ImportKeyMaterialCommandInput>) => {
    const { ImportToken, PublicKey = new Uint8Array() } = await kms.send(
      new GetParametersForImportCommand({ KeyId, ...wrapping }),
    );
    const EncryptedKeyMaterial = wrapFor(wrapping, Buffer.from(PublicKey).toString('base64'), material);
    return kms.send(new ImportKeyMaterialCommand({ KeyId, ImportToken, EncryptedKeyMaterial, ...members }));
  };
  const material = randomBytes(32);
  const ValidTo = new Date(Math.ceil(Date.now() / 1000 + 3600) * 1000);
  const { KeyMaterialId } = await bring(material, { ValidTo });
  assert.deepEqual((await kms.send(new DescribeKeyCommand({ KeyId }))).KeyMetadata?.ValidTo, ValidTo);
  const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId, Plaintext }));
  await assert.rejects(bring(randomBytes(32), { ValidTo }), IncorrectKeyMaterialException);
  await bring(randomBytes(32), { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE', ImportType: 'NEW_KEY_MATERIAL' });
  await kms.send(new RotateKeyOnDemandCommand({ KeyId }));
  await kms.send(new DeleteImportedKeyMaterialCommand({ KeyId, KeyMaterialId }));
  await assert.rejects(kms.send(new DecryptCommand({ CiphertextBlob })), KMSInvalidStateException);
  await bring(material, { ExpirationModel: 'KEY_MATERIAL_DOES_NOT_EXPIRE' });
  const opened = await kms.send(new DecryptCommand({ CiphertextBlob }));
  assert.deepEqual(Buffer.from(opened.Plaintext ?? []), Plaintext);
});
