/**
 * What is measured: operations, for each the keys that it takes, the request that is sent and what its answer must say.
 * Requests differ from each other, as callers' do: in the key, in how they name it, in context and in content.
 */
import { createPublicKey, constants as cryptoConstants, verify } from 'node:crypto';
import { type Answer, RefusedError } from './client.ts';
import type { ApiCall } from './requests.ts';

/** One of the requests of an operation, before it is written down. */
export interface Item {
  /** Id or ARN; every key is named in both ways. */
  readonly key: string;
  readonly keyId: string;
  readonly context: Readonly<Record<string, string>>;
  /** Random bytes in base64, 1 KiB unless the operation says otherwise. */
  readonly content: string;
  /** What the service made of the content before, where the operation wants that: a ciphertext or a signature. */
  readonly made: string;
}

/** An answer, with the request that it belongs to. */
export interface Answered {
  readonly item: Item;
  readonly answer: Answer;
}

/** Asks the service that is measured. Rejects with RefusedError for any answer but 200. */
export type Ask = (call: ApiCall) => Promise<Answer>;

/** Keys of one kind, which all operations on that kind share. */
export interface KeyKind {
  readonly spec: string;
  readonly usage: string;
  /** So many; few where one takes long to make. */
  readonly count: number;
}

export interface Operation {
  /** What the command line calls it. */
  readonly name: string;
  /** What the API calls it. */
  readonly api: string;
  readonly label: string;
  readonly keys: KeyKind;
  readonly contentBytes?: number;
  /** The call, and the member of its answer, from which `Item.made` is. */
  made?(item: Omit<Item, 'made'>): ApiCall & { readonly member: string };
  input(item: Item): object;
  /** Whether the answer is right, as far as it can be seen. */
  isRight(answered: Answered): boolean;
  /** Whether it is right, found out with more calls or more work. */
  isProved?(answered: Answered, ask: Ask): Promise<boolean>;
}

const symmetric: KeyKind = { spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT', count: 16 };
const hmac256: KeyKind = { spec: 'HMAC_256', usage: 'GENERATE_VERIFY_MAC', count: 16 };
const rsa4096 = { spec: 'RSA_4096', count: 2 };
const rsa4096Signing: KeyKind = { ...rsa4096, usage: 'SIGN_VERIFY' };

interface Signatures {
  readonly keys: KeyKind;
  readonly algorithm: string;
  /** Absent where they are not all of one length. */
  readonly bytes?: number;
}

const rsa2048: Signatures = {
  keys: { spec: 'RSA_2048', usage: 'SIGN_VERIFY', count: 4 },
  algorithm: 'RSASSA_PSS_SHA_256',
  bytes: 256,
};
const p256: Signatures = {
  keys: { spec: 'ECC_NIST_P256', usage: 'SIGN_VERIFY', count: 16 },
  algorithm: 'ECDSA_SHA_256',
};
const mlDsa65: Signatures = {
  keys: { spec: 'ML_DSA_65', usage: 'SIGN_VERIFY', count: 4 },
  algorithm: 'ML_DSA_SHAKE_256',
  bytes: 3309,
};

export const generateDataKey: Operation = {
  name: 'GenerateDataKey',
  api: 'GenerateDataKey',
  label: 'GenerateDataKey AES_256',
  keys: symmetric,
  input: ({ key, context }) => ({ KeyId: key, KeySpec: 'AES_256', EncryptionContext: context }),
  isRight: ({ item, answer }) =>
    isBlob(answer['CiphertextBlob']) && isBlob(answer['Plaintext'], 32) && names(answer['KeyId'], item),
  isProved: ({ item, answer }, ask) => decrypts(ask, { item, answer }, answer['Plaintext']),
};

export const operations: readonly Operation[] = [
  generateDataKey,
  {
    name: 'Encrypt',
    api: 'Encrypt',
    label: 'Encrypt 1 KiB',
    keys: symmetric,
    input: encryptInput,
    isRight: ({ item, answer }) => isBlob(answer['CiphertextBlob']) && names(answer['KeyId'], item),
    isProved: ({ item, answer }, ask) => decrypts(ask, { item, answer }, item.content),
  },
  {
    name: 'Decrypt',
    api: 'Decrypt',
    label: 'Decrypt 1 KiB',
    keys: symmetric,
    made: (item) => ({ operation: 'Encrypt', input: encryptInput(item), member: 'CiphertextBlob' }),
    input: ({ context, made }) => ({ CiphertextBlob: made, EncryptionContext: context }),
    isRight: ({ item, answer }) => answer['Plaintext'] === item.content && names(answer['KeyId'], item),
  },
  {
    name: 'DescribeKey',
    api: 'DescribeKey',
    label: 'DescribeKey',
    keys: symmetric,
    input: ({ key }) => ({ KeyId: key }),
    isRight: ({ item, answer }) => member(answer['KeyMetadata'], 'KeyId') === item.keyId,
  },
  signing(rsa2048),
  signing(p256),
  signing(mlDsa65),
  verifying(rsa2048),
  verifying(p256),
  {
    name: 'GenerateMac',
    api: 'GenerateMac',
    label: 'GenerateMac HMAC_SHA_256',
    keys: hmac256,
    input: macInput,
    isRight: ({ item, answer }) => isBlob(answer['Mac'], 32) && names(answer['KeyId'], item),
    isProved: async ({ item, answer }, ask) => {
      const input = { ...macInput(item), Mac: answer['Mac'] };
      return (await ask({ operation: 'VerifyMac', input }))['MacValid'] === true;
    },
  },
];

/** Operations that take milliseconds of a core: not measured, but what others are measured beside. */
export const slowOperations: readonly Operation[] = [
  signing({ keys: rsa4096Signing, algorithm: 'RSASSA_PSS_SHA_256', bytes: 512 }),
  {
    name: 'Sign-RSA_4096-DIGEST',
    api: 'Sign',
    label: 'Sign RSA_4096 RSASSA_PSS_SHA_256, of a digest',
    keys: rsa4096Signing,
    contentBytes: 32,
    input: digestInput,
    isRight: ({ item, answer }) => isBlob(answer['Signature'], 512) && names(answer['KeyId'], item),
    isProved: async ({ item, answer }, ask) => {
      const input = { ...digestInput(item), Signature: answer['Signature'] };
      return (await ask({ operation: 'Verify', input }))['SignatureValid'] === true;
    },
  },
  {
    name: 'Decrypt-RSA_4096',
    api: 'Decrypt',
    label: 'Decrypt RSA_4096 RSAES_OAEP_SHA_256',
    keys: { ...rsa4096, usage: 'ENCRYPT_DECRYPT' },
    contentBytes: 32,
    made: ({ key, content }) => ({
      operation: 'Encrypt',
      input: { KeyId: key, Plaintext: content, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' },
      member: 'CiphertextBlob',
    }),
    input: ({ key, made }) => ({ KeyId: key, CiphertextBlob: made, EncryptionAlgorithm: 'RSAES_OAEP_SHA_256' }),
    isRight: ({ item, answer }) => answer['Plaintext'] === item.content && names(answer['KeyId'], item),
  },
];

/** Whole messages, so that the digest is the service's work, too. */
function signing(signatures: Signatures): Operation {
  const { keys, algorithm, bytes } = signatures;
  return {
    name: `Sign-${keys.spec}`,
    api: 'Sign',
    label: `Sign ${keys.spec} ${algorithm}`,
    keys,
    input: (item) => signInput(item, algorithm),
    isRight: ({ item, answer }) => isBlob(answer['Signature'], bytes) && names(answer['KeyId'], item),
    isProved: async ({ item, answer }, ask) => {
      const { PublicKey } = await ask({ operation: 'GetPublicKey', input: { KeyId: item.keyId } });
      return isSignature({ algorithm, item, signature: answer['Signature'], publicKey: PublicKey });
    },
  };
}

function verifying({ keys, algorithm }: Signatures): Operation {
  const input = (item: Item) => ({ ...signInput(item, algorithm), Signature: item.made });
  return {
    name: `Verify-${keys.spec}`,
    api: 'Verify',
    label: `Verify ${keys.spec} ${algorithm}`,
    keys,
    made: (item) => ({ operation: 'Sign', input: signInput(item, algorithm), member: 'Signature' }),
    input,
    isRight: ({ item, answer }) => answer['SignatureValid'] === true && names(answer['KeyId'], item),
    // One that accepts whatever it is given would be quick.
    isProved: ({ item }, ask) => {
      const other = { ...input(item), Message: Buffer.from('another message').toString('base64') };
      return ask({ operation: 'Verify', input: other }).then(
        () => false,
        (error: unknown) => error instanceof RefusedError && error.code === 'KMSInvalidSignatureException',
      );
    },
  };
}

function encryptInput({ key, content, context }: Omit<Item, 'made'>) {
  return { KeyId: key, Plaintext: content, EncryptionContext: context };
}

function signInput({ key, content }: Omit<Item, 'made'>, algorithm: string) {
  return { KeyId: key, Message: content, MessageType: 'RAW', SigningAlgorithm: algorithm };
}

function digestInput({ key, content }: Item) {
  return { KeyId: key, Message: content, MessageType: 'DIGEST', SigningAlgorithm: 'RSASSA_PSS_SHA_256' };
}

function macInput({ key, content }: Item) {
  return { KeyId: key, Message: content, MacAlgorithm: 'HMAC_SHA_256' };
}

/** Whether the service itself decrypts what it has just encrypted. */
async function decrypts(ask: Ask, { item, answer }: Answered, plaintext: unknown): Promise<boolean> {
  const input = { CiphertextBlob: answer['CiphertextBlob'], EncryptionContext: item.context };
  return (await ask({ operation: 'Decrypt', input }))['Plaintext'] === plaintext;
}

interface Signed {
  readonly algorithm: string;
  readonly item: Item;
  readonly signature: unknown;
  readonly publicKey: unknown;
}

/** Checked here, and not by the service that made it. */
function isSignature({ algorithm, item, signature, publicKey }: Signed): boolean {
  const key = createPublicKey({ key: bytesOf(publicKey), format: 'der', type: 'spki' });
  const padding = algorithm.includes('_PSS_') ? { padding: cryptoConstants.RSA_PKCS1_PSS_PADDING } : {};
  const hash = algorithm.startsWith('ML_DSA') ? null : 'sha256';
  return verify(hash, bytesOf(item.content), { key, ...padding }, bytesOf(signature));
}

function bytesOf(base64: unknown): Buffer {
  return Buffer.from(String(base64), 'base64');
}

function isBlob(value: unknown, length?: number): boolean {
  if (typeof value !== 'string' || value === '') return false;
  return length === undefined || bytesOf(value).length === length;
}

/** Answers name keys by ARN. */
function names(value: unknown, { keyId }: Item): boolean {
  return typeof value === 'string' && value.endsWith(keyId);
}

export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
