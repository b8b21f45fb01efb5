/**
 * A busy hour of keys of every kind, besides symmetric ones: what is done with them, what is refused, and which secrets
 * that makes, each of which is told.
 */
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { keySpecs } from '#crypto/specs.ts';
import { attestationIssuer, openEnvelope } from '../harness/attestation.ts';
import type { Members } from '../harness/client.ts';
import { materialFor, wrapFor, wrappingOf } from '../harness/import.ts';
import type { Secrets } from './secrets.ts';

export interface Occasion {
  readonly ask: Ask;
  readonly secrets: Secrets;
  readonly secretText: () => string;
  /** A symmetric key. */
  readonly symmetric: string;
  /** Told what is in answers that hold no secret in clear. */
  readonly see: (place: string, text: string) => void;
}

/** Answers with the body, also of a refusal. */
export type Ask = (operation: string, body: object) => Promise<Members>;

const issuer = attestationIssuer(Date.now());
const enclave = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** Options of a server that serves all of it. `scratch` is a directory for files. */
export function settingsFor(scratch: string): readonly string[] {
  const file = join(scratch, 'attestation-root.pem');
  writeFileSync(file, issuer.rootPem);
  return ['--sm2', '--attestation-root', file];
}

export async function useEveryKind(occasion: Occasion): Promise<void> {
  await sign(occasion);
  await useKeyPairs(occasion);
  await useMacs(occasion);
  for (const spec of ['SYMMETRIC_DEFAULT', 'HMAC_256', 'RSA_2048', 'ECC_NIST_P256', 'ECC_NIST_EDWARDS25519', 'SM2']) {
    await bringMaterial(occasion, spec);
  }
  await askFromEnclave(occasion);
}

async function newKey(ask: Ask, wish: object): Promise<Members> {
  return (await ask('CreateKey', wish))['KeyMetadata'] as Members;
}

async function sign({ ask, secretText }: Occasion): Promise<void> {
  for (const [spec, { usages }] of keySpecs) {
    if (!usages.includes('SIGN_VERIFY') || spec.startsWith('RSA_4')) continue; // its primes take seconds
    const { KeyId, SigningAlgorithms } = await newKey(ask, { KeySpec: spec, KeyUsage: 'SIGN_VERIFY' });
    for (const SigningAlgorithm of SigningAlgorithms as readonly string[]) {
      const signing = { KeyId, SigningAlgorithm };
      const Message = secretText();
      const { Signature } = await ask('Sign', { ...signing, Message });
      await ask('Verify', { ...signing, Message, Signature });
      await ask('Verify', { ...signing, Message: secretText(), Signature });
      await ask('Sign', { ...signing, Message: secretText(), MessageType: 'DIGEST' });
      await ask('Sign', { ...signing, Message: secretText(), MessageType: 'EXTERNAL_MU' });
    }
  }
}

/** Encryption, agreement and encapsulation with key pairs, and data key pairs. */
async function useKeyPairs({ ask, secrets, secretText, symmetric }: Occasion): Promise<void> {
  const learn = (name: string, value: unknown) => secrets.add(name, Buffer.from(String(value), 'base64'));
  const learnKey = (value: unknown) =>
    secrets.addPrivateKey('the private key of a data key pair', Buffer.from(String(value), 'base64'));

  const rsa = {
    KeyId: (await newKey(ask, { KeySpec: 'RSA_2048', KeyUsage: 'ENCRYPT_DECRYPT' }))['KeyId'],
    EncryptionAlgorithm: 'RSAES_OAEP_SHA_256',
  };
  const { CiphertextBlob } = await ask('Encrypt', { ...rsa, Plaintext: secretText() });
  await ask('Decrypt', { ...rsa, CiphertextBlob });
  await ask('Decrypt', { ...rsa, CiphertextBlob, EncryptionAlgorithm: 'RSAES_OAEP_SHA_1' });
  await ask('Encrypt', { ...rsa, Plaintext: secretText().repeat(10) });
  await ask('Encrypt', { ...rsa, Plaintext: secretText(), EncryptionContext: { a: 'b' } });
  const from = { CiphertextBlob, SourceKeyId: rsa.KeyId, SourceEncryptionAlgorithm: rsa.EncryptionAlgorithm };
  await ask('ReEncrypt', { ...from, DestinationKeyId: symmetric });

  for (const KeyPairSpec of ['RSA_2048', 'ECC_NIST_P256', 'ECC_NIST_EDWARDS25519', 'ML_KEM_512', 'SM2']) {
    learnKey((await ask('GenerateDataKeyPair', { KeyId: symmetric, KeyPairSpec }))['PrivateKeyPlaintext']);
    const { PrivateKeyCiphertextBlob } = await ask('GenerateDataKeyPairWithoutPlaintext', {
      KeyId: symmetric,
      KeyPairSpec,
    });
    learnKey((await ask('Decrypt', { CiphertextBlob: PrivateKeyCiphertextBlob }))['Plaintext']);
  }

  const { KeyId: agreeing } = await newKey(ask, { KeySpec: 'ECC_NIST_P384', KeyUsage: 'KEY_AGREEMENT' });
  const { PublicKey } = await ask('GetPublicKey', { KeyId: agreeing });
  const agreement = { KeyId: agreeing, KeyAgreementAlgorithm: 'ECDH', PublicKey };
  learn('a shared secret', (await ask('DeriveSharedSecret', agreement))['SharedSecret']);
  await ask('DeriveSharedSecret', { ...agreement, PublicKey: secretText() });

  const kem = {
    KeyId: (await newKey(ask, { KeySpec: 'ML_KEM_768', KeyUsage: 'ENCAPSULATE_DECAPSULATE' }))['KeyId'],
    EncapsulationAlgorithm: 'ML_KEM',
  };
  const { SharedSecret, SharedSecretCiphertextBlob } = await ask('Encapsulate', kem);
  learn('an encapsulated secret', SharedSecret);
  await ask('Decapsulate', { ...kem, SharedSecretCiphertextBlob });
  await ask('Decapsulate', { ...kem, SharedSecretCiphertextBlob: secretText() });
}

async function useMacs({ ask, secretText }: Occasion): Promise<void> {
  for (const bits of [224, 256, 384, 512]) {
    const { KeyId } = await newKey(ask, { KeySpec: `HMAC_${bits}`, KeyUsage: 'GENERATE_VERIFY_MAC' });
    const mac = { KeyId, MacAlgorithm: `HMAC_SHA_${bits}` };
    const Message = secretText();
    const { Mac } = await ask('GenerateMac', { ...mac, Message });
    await ask('VerifyMac', { ...mac, Message, Mac });
    await ask('VerifyMac', { ...mac, Message: secretText(), Mac });
    await ask('GenerateMac', { ...mac, Message: secretText(), MacAlgorithm: 'HMAC_SHA_1' });
  }
}

/** Material comes, goes, comes again, and is not what the key needs. */
async function bringMaterial({ ask, secrets, secretText }: Occasion, spec: string): Promise<void> {
  const wish = { KeySpec: spec, KeyUsage: keySpecs.get(spec)?.usages[0], Origin: 'EXTERNAL' };
  const { KeyId, AWSAccountId } = await newKey(ask, wish);
  const wrapping = wrappingOf(spec);
  const { ImportToken, PublicKey } = await ask('GetParametersForImport', { KeyId, ...wrapping });
  const token = Buffer.from(String(ImportToken), 'base64');
  secrets.addEnds('an import token', token);
  secrets.importTokens.push([[String(AWSAccountId), 'us-east-1', String(KeyId)], token]);
  const bring = async (material: Uint8Array, members: Members = {}) => {
    const EncryptedKeyMaterial = wrapFor(wrapping, String(PublicKey), material).toString('base64');
    const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE';
    return ask('ImportKeyMaterial', { KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel, ...members });
  };
  const material = materialFor(spec);
  secrets.addMaterial('imported material', spec, material);
  assert(!('__type' in (await bring(material))), spec);
  const other = materialFor(spec);
  secrets.addMaterial('material that is refused', spec, other);
  assert('__type' in (await bring(other)), spec);
  await bring(Buffer.from(secretText()));
  await bring(material, { ImportToken: secretText() });
  await bring(material, { EncryptedKeyMaterial: secretText() });
  await ask('DeleteImportedKeyMaterial', { KeyId });
  assert(!('__type' in (await bring(material))), spec);
  if (spec !== 'SYMMETRIC_DEFAULT') return;
  assert(!('__type' in (await bring(other, { ImportType: 'NEW_KEY_MATERIAL' }))));
  await ask('RotateKeyOnDemand', { KeyId });
}

/** What only an attested environment may see, is in the answer that it gets neither. */
async function askFromEnclave({ ask, secrets, secretText, symmetric, see }: Occasion): Promise<void> {
  const AttestationDocument = issuer.document({ nowMs: Date.now(), publicKey: enclave.publicKey }).toString('base64');
  const Recipient = { KeyEncryptionAlgorithm: 'RSAES_OAEP_SHA_256', AttestationDocument };
  const { KeyId } = await newKey(ask, { KeySpec: 'ECC_NIST_P256', KeyUsage: 'KEY_AGREEMENT' });
  const { PublicKey } = await ask('GetPublicKey', { KeyId });
  const { CiphertextBlob } = await ask('Encrypt', { KeyId: symmetric, Plaintext: secretText() });
  const requests = {
    Decrypt: { CiphertextBlob },
    DeriveSharedSecret: { KeyId, KeyAgreementAlgorithm: 'ECDH', PublicKey },
    GenerateDataKey: { KeyId: symmetric, KeySpec: 'AES_256' },
    GenerateDataKeyPair: { KeyId: symmetric, KeyPairSpec: 'ECC_NIST_P256' },
    GenerateRandom: { NumberOfBytes: 64 },
  };
  for (const [operation, input] of Object.entries(requests)) {
    const answer = await ask(operation, { ...input, Recipient });
    see(`answer of ${operation} for a recipient`, JSON.stringify(answer));
    const envelope = Buffer.from(String(answer['CiphertextForRecipient']), 'base64');
    const opened = openEnvelope(envelope, enclave.privateKey);
    if (operation === 'GenerateDataKeyPair') secrets.addPrivateKey('a private key for a recipient', opened);
    else secrets.add(`what ${operation} has for a recipient`, opened);
  }
  await ask('GenerateRandom', { NumberOfBytes: 64, Recipient: { ...Recipient, AttestationDocument: secretText() } });
}
