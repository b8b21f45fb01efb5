/** Answers for attested environments: who gets them, in which form, and what conditions see of the document. */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { DecryptCommand, GenerateDataKeyCommand } from '@aws-sdk/client-kms';
import {
  type AttestationIssuer,
  attestationIssuer,
  type DocumentForm,
  openEnvelope,
} from '#test/harness/attestation.ts';
import { call } from '#test/harness/client.ts';
import { type Kms, startKms } from '#test/harness/kms.ts';
import { putUser } from '#test/harness/principals.ts';
import { runCli, startServer } from '#test/harness/server-process.ts';

const { publicKey, privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const issuer = attestationIssuer(Date.now());
const startTrusting = (trusted: AttestationIssuer = issuer) => startKms(undefined, { attestationRoots: trusted.roots });

function documentFor(kms: Kms, form: DocumentForm = {}): Buffer {
  return issuer.document({ nowMs: kms.clock.now(), publicKey, ...form });
}

function recipient(kms: Kms, form: DocumentForm = {}) {
  const document = documentFor(kms, form).toString('base64');
  return { Recipient: { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256', AttestationDocument: document } };
}

const opened = (ciphertext: string) => openEnvelope(Buffer.from(ciphertext, 'base64'), privateKey).toString('base64');

// --- The answers -----------------------------------------------------------------------------------------------------

test('Decrypt answers with the plaintext for the recipient, and not in clear', async () => {
  await using kms = await startTrusting();
  const { KeyId, Arn } = (await kms.ok('CreateKey')).KeyMetadata;
  const Plaintext = Buffer.from('for the enclave alone').toString('base64');
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext });
  const answer = await kms.send('Decrypt', { CiphertextBlob, ...recipient(kms) });
  assert.equal(answer.status, 200, answer.text);
  const { CiphertextForRecipient, ...rest } = answer.body;
  assert.deepEqual(rest, { KeyId: Arn, EncryptionAlgorithm: 'SYMMETRIC_DEFAULT' });
  assert.equal(opened(CiphertextForRecipient), Plaintext);
});

test('GenerateDataKey answers with the data key for the recipient, and under the key', async () => {
  await using kms = await startTrusting();
  const { KeyId, Arn } = (await kms.ok('CreateKey')).KeyMetadata;
  const input = { KeyId, KeySpec: 'AES_256', EncryptionContext: { a: 'b' }, ...recipient(kms) };
  const { CiphertextForRecipient, CiphertextBlob, ...rest } = await kms.ok('GenerateDataKey', input);
  assert.deepEqual(rest, { KeyId: Arn });
  const { Plaintext } = await kms.ok('Decrypt', { CiphertextBlob, EncryptionContext: { a: 'b' } });
  assert.equal(opened(CiphertextForRecipient), Plaintext);
});

test('GenerateRandom answers with random bytes for the recipient', async () => {
  await using kms = await startTrusting();
  const answer = await kms.ok('GenerateRandom', { NumberOfBytes: 100, ...recipient(kms) });
  assert.deepEqual(Object.keys(answer), ['CiphertextForRecipient']);
  const random = Buffer.from(opened(answer.CiphertextForRecipient), 'base64');
  assert.equal(random.length, 100);
  assert.notDeepEqual(random, Buffer.alloc(100));
});

test('a dry run with a recipient finds out that it would work', async () => {
  await using kms = await startTrusting();
  const { KeyId } = (await kms.ok('CreateKey')).KeyMetadata;
  const input = { KeyId, KeySpec: 'AES_256', DryRun: true };
  assert.equal(
    (await kms.send('GenerateDataKey', { ...input, ...recipient(kms) })).body.__type,
    'DryRunOperationException',
  );
  const bad = recipient(kms, { publicKey: null });
  assert.equal((await kms.send('GenerateDataKey', { ...input, ...bad })).body.__type, 'ValidationException');
});

test("the AWS SDK's client sends documents and gets what is for the recipient", async () => {
  await using kms = await startTrusting();
  const client = kms.client();
  const { KeyId } = (await kms.ok('CreateKey')).KeyMetadata;
  const Recipient = { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256', AttestationDocument: documentFor(kms) } as const;
  const made = await client.send(new GenerateDataKeyCommand({ KeyId, NumberOfBytes: 64, Recipient }));
  const { CiphertextBlob } = made;
  const decrypted = await client.send(new DecryptCommand({ CiphertextBlob, Recipient }));
  assert.deepEqual([made.Plaintext, made.KeyMaterialId, decrypted.Plaintext], [undefined, undefined, undefined]);
  assert(made.CiphertextForRecipient !== undefined && decrypted.CiphertextForRecipient !== undefined);
  const dataKey = openEnvelope(made.CiphertextForRecipient, privateKey);
  assert.equal(dataKey.length, 64);
  assert.deepEqual(openEnvelope(decrypted.CiphertextForRecipient, privateKey), dataKey);
});

// --- Refusals --------------------------------------------------------------------------------------------------------

/** Enough of an input for each operation that has a Recipient. */
const inputs = async (kms: Kms) => {
  const { KeyId } = (await kms.ok('CreateKey')).KeyMetadata;
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext: 'eA==' });
  return {
    Decrypt: { CiphertextBlob },
    DeriveSharedSecret: { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey: 'eA==' },
    GenerateDataKey: { KeyId, KeySpec: 'AES_256' },
    GenerateDataKeyPair: { KeyId, KeyPairSpec: 'ECC_NIST_P256' },
    GenerateRandom: { NumberOfBytes: 8 },
  };
};

test('a document that is not genuine is refused by every operation, with what is wrong with it', async () => {
  await using kms = await startTrusting();
  const old = { nowMs: kms.clock.now() - 3_600_000 };
  for (const [operation, input] of Object.entries(await inputs(kms))) {
    const { status, body } = await kms.send(operation, { ...input, ...recipient(kms, old) });
    assert.deepEqual(
      [status, body],
      [
        400,
        {
          __type: 'ValidationException',
          message: 'The attestation document is not valid: it is more than 5 minutes old.',
        },
      ],
      operation,
    );
  }
});

test("a server that is told of no roots trusts AWS's alone", async () => {
  await using kms = await startKms();
  const { body } = await kms.send('GenerateRandom', { NumberOfBytes: 8, ...recipient(kms) });
  assert.match(body.message, /its cabundle does not begin with the root that is trusted here/);
});

test('a recipient has an algorithm and a document', async () => {
  await using kms = await startTrusting();
  const { Recipient } = recipient(kms);
  const refusal = async (part: object) =>
    (await kms.send('GenerateRandom', { NumberOfBytes: 8, Recipient: part })).body;
  const missing = (member: string) => ({
    __type: 'ValidationException',
    message: `1 validation error detected: Value null at 'recipient.${member}' failed to satisfy constraint: Member must not be null`,
  });
  assert.deepEqual(await refusal({}), missing('keyEncryptionAlgorithm'));
  const { KeyEncryptionAlgorithm, AttestationDocument } = Recipient;
  assert.deepEqual(await refusal({ AttestationDocument }), missing('keyEncryptionAlgorithm'));
  assert.deepEqual(await refusal({ KeyEncryptionAlgorithm }), missing('attestationDocument'));
  const other = await refusal({ AttestationDocument, KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_1' });
  assert.match(
    other.message,
    /'recipient.keyEncryptionAlgorithm' failed to satisfy constraint: Member must satisfy enum/,
  );
});

test('the refusals come in the order: no such key, document, permission, state', async () => {
  await using kms = await startTrusting();
  const { KeyId } = (await kms.ok('CreateKey')).KeyMetadata;
  await kms.ok('DisableKey', { KeyId });
  const nobody = await putUser(kms, '111122223333', 'nobody');
  const good = recipient(kms);
  const bad = recipient(kms, { publicKey: null });
  const refusal = async (input: object, caller = kms.root) =>
    (await kms.send('GenerateDataKey', { KeyId, KeySpec: 'AES_256', ...input }, { caller })).body.__type;
  const none = { KeyId: '1234abcd-12ab-34cd-56ef-1234567890ab' };
  assert.equal(await refusal({ ...bad, ...none }, nobody), 'NotFoundException');
  assert.equal(await refusal(bad, nobody), 'ValidationException');
  assert.equal(await refusal(good, nobody), 'AccessDeniedException');
  assert.equal(await refusal(bad), 'ValidationException');
  assert.equal(await refusal(good), 'DisabledException');
});

// --- Conditions ------------------------------------------------------------------------------------------------------

const root = 'arn:aws:iam::111122223333:root';
const sha384 = (byte: number) => Buffer.alloc(48, byte).toString('hex');

/** A key that its root user may manage, and use where the condition is met. */
async function keyUsableIf(kms: Kms, Condition: object): Promise<string> {
  const statement = { Effect: 'Allow', Principal: { AWS: root }, Resource: '*' };
  const Policy = JSON.stringify({
    Version: '2012-10-17',
    Statement: [
      { ...statement, Action: ['kms:PutKeyPolicy', 'kms:GetKeyPolicy'] },
      { ...statement, Action: ['kms:GenerateDataKey', 'kms:Decrypt'], Condition },
    ],
  });
  return (await kms.ok('CreateKey', { Policy })).KeyMetadata.KeyId;
}

const outcome = async (kms: Kms, KeyId: string, more: object) => {
  const { status, body } = await kms.send('GenerateDataKey', { KeyId, KeySpec: 'AES_256', ...more });
  return status === 200 ? 'allowed' : body.__type;
};

test('a key policy may ask for an image, and no other image, nor anyone without a document, gets past it', async () => {
  await using kms = await startTrusting();
  const KeyId = await keyUsableIf(kms, { StringEquals: { 'kms:RecipientAttestation:ImageSha384': sha384(1) } });
  assert.equal(await outcome(kms, KeyId, recipient(kms)), 'allowed');
  assert.equal(await outcome(kms, KeyId, recipient(kms, { imageByte: 2 })), 'AccessDeniedException');
  assert.equal(await outcome(kms, KeyId, {}), 'AccessDeniedException');
  assert.equal(await outcome(kms, KeyId, recipient(kms)), 'allowed'); // it is the document that decides each time
});

test('a key policy may ask for a register, in whatever case', async () => {
  await using kms = await startTrusting();
  const condition = (register: string, value: string) => ({
    StringEqualsIgnoreCase: { [`kms:RecipientAttestation:${register}`]: value },
  });
  const asked = async (register: string, value: string) =>
    outcome(kms, await keyUsableIf(kms, condition(register, value)), recipient(kms));
  assert.equal(await asked('PCR4', sha384(20).toUpperCase()), 'allowed');
  assert.equal(await asked('pcr4', sha384(20)), 'allowed');
  assert.equal(await asked('PCR0', sha384(1)), 'allowed');
  assert.equal(await asked('PCR4', sha384(21)), 'AccessDeniedException');
  assert.equal(await asked('PCR3', sha384(0)), 'AccessDeniedException'); // the document does not have it
  assert.equal(await asked('PCR04', sha384(20)), 'AccessDeniedException');
  assert.equal(await asked('NitroTPMPCR4', sha384(20)), 'AccessDeniedException');
});

test('registers of NitroTPM have keys of their own', async () => {
  await using kms = await startTrusting();
  const tpm = recipient(kms, {
    fields(fields) {
      fields.set('nitrotpm_pcrs', fields.get('pcrs'));
      fields.delete('pcrs');
    },
  });
  for (const [register, value, expected] of [
    ['NitroTPMPCR4', sha384(20), 'allowed'],
    ['NitroTPMPCR7', sha384(20), 'AccessDeniedException'],
    ['PCR4', sha384(20), 'AccessDeniedException'],
    ['ImageSha384', sha384(1), 'AccessDeniedException'],
  ] as const) {
    const KeyId = await keyUsableIf(kms, { StringEquals: { [`kms:RecipientAttestation:${register}`]: value } });
    assert.equal(await outcome(kms, KeyId, tpm), expected, register);
  }
});

test('a policy may deny everyone who is not attested', async () => {
  await using kms = await startTrusting();
  const unattested = { Null: { 'kms:RecipientAttestation:PCR0': 'true' } };
  const user = await putUser(
    kms,
    '111122223333',
    'app',
    { Effect: 'Allow', Action: 'kms:*', Resource: '*' },
    { Effect: 'Deny', Action: ['kms:Decrypt', 'kms:GenerateRandom'], Resource: '*', Condition: unattested },
  );
  const { KeyId } = (await kms.ok('CreateKey')).KeyMetadata;
  const { CiphertextBlob } = await kms.ok('Encrypt', { KeyId, Plaintext: 'eA==' });
  for (const [operation, input] of Object.entries({
    Decrypt: { CiphertextBlob },
    GenerateRandom: { NumberOfBytes: 8 },
  })) {
    const plain = await kms.send(operation, input, { caller: user });
    assert.equal(plain.body.__type, 'AccessDeniedException', operation);
    await kms.ok(operation, { ...input, ...recipient(kms) }, { caller: user });
  }
});

// --- The setting -----------------------------------------------------------------------------------------------------

test('keywright serve trusts the roots of --attestation-root, which must be certificates', async (t) => {
  const directory = mkdtempSync(join(tmpdir(), 'keywright-test-'));
  t.after(() => rmSync(directory, { recursive: true }));
  const [roots, none] = [join(directory, 'roots.pem'), join(directory, 'none.pem')];
  writeFileSync(roots, issuer.rootPem);
  writeFileSync(none, 'not a certificate');
  await using server = await startServer({ args: ['--attestation-root', roots] });
  const document = issuer.document({ nowMs: Date.now(), publicKey }).toString('base64');
  const Recipient = { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256', AttestationDocument: document };
  const { status } = await call(server, 'GenerateRandom', { NumberOfBytes: 8, Recipient });
  assert.equal(status, 200);
  for (const file of [none, join(directory, 'absent.pem')]) {
    const { code, stderr } = await runCli(['serve', '--data', join(directory, 'new'), '--attestation-root', file]);
    assert.equal(code, 1);
    assert.match(stderr, /cannot be used as the root of attestation documents/);
  }
});
