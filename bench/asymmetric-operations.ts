/** Operations on pairs of keys: signatures, encryption, shared secrets, and pairs as data keys. */
import { createPublicKey, constants as cryptoConstants, diffieHellman, generateKeyPairSync, verify } from 'node:crypto';
import { RefusedError } from './client.ts';
import {
  type BareItem,
  bytesOf,
  type Item,
  isBlob,
  type KeyKind,
  names,
  type Operation,
  symmetric,
} from './operation.ts';

interface Signatures {
  readonly keys: KeyKind;
  readonly algorithm: string;
  /** Absent where they are not all of one length. */
  readonly bytes?: number;
  readonly isRepresentative?: boolean;
}

const signatures: readonly Signatures[] = [
  {
    keys: { spec: 'RSA_2048', usage: 'SIGN_VERIFY', count: 4 },
    algorithm: 'RSASSA_PSS_SHA_256',
    bytes: 256,
    isRepresentative: true,
  },
  ...(['RSA_3072', 'RSA_4096'] as const).map((spec) => ({
    keys: { spec, usage: 'SIGN_VERIFY', count: 2 },
    algorithm: 'RSASSA_PSS_SHA_256',
    bytes: Number(spec.slice(4)) / 8,
  })),
  {
    keys: { spec: 'ECC_NIST_P256', usage: 'SIGN_VERIFY', count: 16 },
    algorithm: 'ECDSA_SHA_256',
    isRepresentative: true,
  },
  { keys: { spec: 'ECC_NIST_P384', usage: 'SIGN_VERIFY', count: 4 }, algorithm: 'ECDSA_SHA_384' },
  { keys: { spec: 'ECC_NIST_EDWARDS25519', usage: 'SIGN_VERIFY', count: 4 }, algorithm: 'ED25519_SHA_512', bytes: 64 },
  {
    keys: { spec: 'ML_DSA_65', usage: 'SIGN_VERIFY', count: 4 },
    algorithm: 'ML_DSA_SHAKE_256',
    bytes: 3309,
    isRepresentative: true,
  },
];

const rsa4096Signing = signatures.find(({ keys }) => keys.spec === 'RSA_4096')?.keys ?? symmetric;

export const asymmetricOperations: readonly Operation[] = [
  ...signatures.map(signing),
  ...signatures.map(verifying),
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
  decrypting('RSA_2048'),
  decrypting('RSA_4096'),
  deriveSharedSecret(),
  ...keyEncapsulation('ML_KEM_768'),
  dataKeyPair('ECC_NIST_P256', true),
  dataKeyPair('RSA_2048', false),
];

/** Whole messages, so that the digest is the service's work, too. */
function signing({ keys, algorithm, bytes, isRepresentative = false }: Signatures): Operation {
  return {
    name: `Sign-${keys.spec}`,
    api: 'Sign',
    label: `Sign ${keys.spec} ${algorithm}`,
    keys,
    isRepresentative,
    input: (item) => signInput(item, algorithm),
    isRight: ({ item, answer }) => isBlob(answer['Signature'], bytes) && names(answer['KeyId'], item),
    isProved: async ({ item, answer }, ask) => {
      const { PublicKey } = await ask({ operation: 'GetPublicKey', input: { KeyId: item.keyId } });
      return isSignature({ algorithm, item, signature: answer['Signature'], publicKey: PublicKey });
    },
  };
}

function verifying({ keys, algorithm, isRepresentative = false }: Signatures): Operation {
  const input = (item: Item) => ({ ...signInput(item, algorithm), Signature: item.made });
  return {
    name: `Verify-${keys.spec}`,
    api: 'Verify',
    label: `Verify ${keys.spec} ${algorithm}`,
    keys,
    isRepresentative,
    made: (item) => ({ operation: 'Sign', input: signInput(item, algorithm), member: 'Signature' }),
    input,
    isRight: ({ item, answer }) => answer['SignatureValid'] === true && names(answer['KeyId'], item),
    // One that accepts whatever it is given would be quick.
    isProved: ({ item }, ask) => {
      const other = { ...input(item), Message: Buffer.from('another message').toString('base64') };
      return ask({ operation: 'Verify', input: other }).then(
        (answer) => answer['SignatureValid'] === false, // AWS refuses; but to say so is as much work
        (error: unknown) => error instanceof RefusedError && error.code === 'KMSInvalidSignatureException',
      );
    },
  };
}

function decrypting(spec: string): Operation {
  const EncryptionAlgorithm = 'RSAES_OAEP_SHA_256';
  return {
    name: `Decrypt-${spec}`,
    api: 'Decrypt',
    label: `Decrypt ${spec} ${EncryptionAlgorithm}`,
    keys: { spec, usage: 'ENCRYPT_DECRYPT', count: 2 },
    contentBytes: 32,
    made: ({ key, content }) => ({
      operation: 'Encrypt',
      input: { KeyId: key, Plaintext: content, EncryptionAlgorithm },
      member: 'CiphertextBlob',
    }),
    input: ({ key, made }) => ({ KeyId: key, CiphertextBlob: made, EncryptionAlgorithm }),
    isRight: ({ item, answer }) => answer['Plaintext'] === item.content && names(answer['KeyId'], item),
  };
}

/** With one of a few pairs of our own on the other side. */
function deriveSharedSecret(): Operation {
  const others = Array.from({ length: 16 }, () => generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  const otherOf = ({ content }: Item) => {
    const pair = others[(bytesOf(content)[0] ?? 0) % others.length];
    if (pair === undefined) throw new Error('There is a pair for every first byte.');
    return pair;
  };
  return {
    name: 'DeriveSharedSecret',
    api: 'DeriveSharedSecret',
    label: 'DeriveSharedSecret ECC_NIST_P256',
    keys: { spec: 'ECC_NIST_P256', usage: 'KEY_AGREEMENT', count: 16 },
    isRepresentative: true,
    input: (item) => ({
      KeyId: item.key,
      KeyAgreementAlgorithm: 'ECDH',
      PublicKey: otherOf(item).publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    }),
    isRight: ({ item, answer }) => isBlob(answer['SharedSecret'], 32) && names(answer['KeyId'], item),
    isProved: async ({ item, answer }, ask) => {
      const theirs = await ask({ operation: 'GetPublicKey', input: { KeyId: item.keyId } });
      const publicKey = createPublicKey({ key: bytesOf(theirs['PublicKey']), format: 'der', type: 'spki' });
      const secret = diffieHellman({ privateKey: otherOf(item).privateKey, publicKey });
      return secret.equals(bytesOf(answer['SharedSecret']));
    },
  };
}

function keyEncapsulation(spec: string): Operation[] {
  const keys: KeyKind = { spec, usage: 'ENCAPSULATE_DECAPSULATE', count: 4 };
  const EncapsulationAlgorithm = 'ML_KEM';
  const encapsulateInput = ({ key }: BareItem) => ({ KeyId: key, EncapsulationAlgorithm });
  const decapsulateInput = ({ key }: BareItem, SharedSecretCiphertextBlob: unknown) => ({
    KeyId: key,
    EncapsulationAlgorithm,
    SharedSecretCiphertextBlob,
  });
  return [
    {
      name: 'Encapsulate',
      api: 'Encapsulate',
      label: `Encapsulate ${spec}`,
      keys,
      isRepresentative: true,
      input: encapsulateInput,
      isRight: ({ item, answer }) => isBlob(answer['SharedSecret'], 32) && names(answer['KeyId'], item),
      isProved: async ({ item, answer }, ask) => {
        const input = decapsulateInput(item, answer['SharedSecretCiphertextBlob']);
        return (await ask({ operation: 'Decapsulate', input }))['SharedSecret'] === answer['SharedSecret'];
      },
    },
    {
      name: 'Decapsulate',
      api: 'Decapsulate',
      label: `Decapsulate ${spec}`,
      keys,
      isRepresentative: true,
      made: (item) => ({
        operation: 'Encapsulate',
        input: encapsulateInput(item),
        member: 'SharedSecretCiphertextBlob',
      }),
      input: (item) => decapsulateInput(item, item.made),
      isRight: ({ item, answer }) => answer['SharedSecret'] === item.madeAnswer['SharedSecret'],
    },
  ];
}

function dataKeyPair(spec: string, isRepresentative: boolean): Operation {
  return {
    name: `GenerateDataKeyPair-${spec}`,
    api: 'GenerateDataKeyPair',
    label: `GenerateDataKeyPair ${spec}`,
    keys: symmetric,
    isRepresentative,
    input: ({ key, context }) => ({ KeyId: key, KeyPairSpec: spec, EncryptionContext: context }),
    isRight: ({ item, answer }) =>
      isBlob(answer['PrivateKeyPlaintext']) && isBlob(answer['PublicKey']) && names(answer['KeyId'], item),
    isProved: async ({ item, answer }, ask) => {
      const input = { CiphertextBlob: answer['PrivateKeyCiphertextBlob'], EncryptionContext: item.context };
      return (await ask({ operation: 'Decrypt', input }))['Plaintext'] === answer['PrivateKeyPlaintext'];
    },
  };
}

function signInput({ key, content }: BareItem, algorithm: string) {
  return { KeyId: key, Message: content, MessageType: 'RAW', SigningAlgorithm: algorithm };
}

function digestInput({ key, content }: Item) {
  return { KeyId: key, Message: content, MessageType: 'DIGEST', SigningAlgorithm: 'RSASSA_PSS_SHA_256' };
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
  // The others have a digest of their own.
  const digest = /^(?:ECDSA|RSASSA).*_SHA_(\d+)$/.exec(algorithm)?.[1];
  return verify(
    digest === undefined ? null : `sha${digest}`,
    bytesOf(item.content),
    { key, ...padding },
    bytesOf(signature),
  );
}
