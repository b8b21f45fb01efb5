/** Operations on symmetric keys and MAC keys, and random bytes. */
import {
  type Answered,
  type Ask,
  type BareItem,
  type Item,
  isBlob,
  type KeyKind,
  names,
  type Operation,
  symmetric,
} from './operation.ts';

export const generateDataKey: Operation = {
  name: 'GenerateDataKey',
  api: 'GenerateDataKey',
  label: 'GenerateDataKey AES_256',
  keys: symmetric,
  isRepresentative: true,
  input: dataKeyInput,
  isRight: ({ item, answer }) =>
    isBlob(answer['CiphertextBlob']) && isBlob(answer['Plaintext'], 32) && names(answer['KeyId'], item),
  isProved: ({ item, answer }, ask) => decrypts(ask, { item, answer }, answer['Plaintext']),
};

export const symmetricOperations: readonly Operation[] = [
  generateDataKey,
  {
    name: 'GenerateDataKeyWithoutPlaintext',
    api: 'GenerateDataKeyWithoutPlaintext',
    label: 'GenerateDataKeyWithoutPlaintext AES_256',
    keys: symmetric,
    isRepresentative: true,
    input: dataKeyInput,
    isRight: ({ item, answer }) => isBlob(answer['CiphertextBlob']) && names(answer['KeyId'], item),
    isProved: async ({ item, answer }, ask) => {
      const input = { CiphertextBlob: answer['CiphertextBlob'], EncryptionContext: item.context };
      return isBlob((await ask({ operation: 'Decrypt', input }))['Plaintext'], 32);
    },
  },
  {
    name: 'Encrypt',
    api: 'Encrypt',
    label: 'Encrypt 1 KiB',
    keys: symmetric,
    isRepresentative: true,
    input: encryptInput,
    isRight: ({ item, answer }) => isBlob(answer['CiphertextBlob']) && names(answer['KeyId'], item),
    isProved: ({ item, answer }, ask) => decrypts(ask, { item, answer }, item.content),
  },
  {
    name: 'Decrypt',
    api: 'Decrypt',
    label: 'Decrypt 1 KiB',
    keys: symmetric,
    isRepresentative: true,
    made: encryption,
    input: ({ context, made }) => ({ CiphertextBlob: made, EncryptionContext: context }),
    isRight: ({ item, answer }) => answer['Plaintext'] === item.content && names(answer['KeyId'], item),
  },
  {
    name: 'ReEncrypt',
    api: 'ReEncrypt',
    label: 'ReEncrypt 1 KiB',
    keys: symmetric,
    isRepresentative: true,
    made: encryption,
    input: ({ context, made, otherKey }) => ({
      CiphertextBlob: made,
      SourceEncryptionContext: context,
      DestinationKeyId: otherKey,
      DestinationEncryptionContext: context,
    }),
    isRight: ({ item, answer }) =>
      isBlob(answer['CiphertextBlob']) && answer['KeyId'] === item.otherKey && names(answer['SourceKeyId'], item),
    isProved: ({ item, answer }, ask) => decrypts(ask, { item, answer }, item.content),
  },
  {
    name: 'GenerateRandom',
    api: 'GenerateRandom',
    label: 'GenerateRandom 32 bytes',
    keys: symmetric,
    isRepresentative: true,
    input: () => ({ NumberOfBytes: 32 }),
    isRight: ({ answer }) => isBlob(answer['Plaintext'], 32),
  },
  ...macs('HMAC_256', 32),
  ...macs('HMAC_512', 64),
];

/** Of a whole message, made and verified. */
function macs(spec: string, bytes: number): Operation[] {
  const keys: KeyKind = { spec, usage: 'GENERATE_VERIFY_MAC', count: 16 };
  const MacAlgorithm = spec.replace('HMAC_', 'HMAC_SHA_');
  const inputOf = ({ key, content }: BareItem) => ({ KeyId: key, Message: content, MacAlgorithm });
  const verifyInputOf = (item: Item, Mac: unknown) => ({ ...inputOf(item), Mac });
  const isUsual = spec === 'HMAC_256';
  const suffix = isUsual ? '' : `-${spec}`;
  return [
    {
      name: `GenerateMac${suffix}`,
      api: 'GenerateMac',
      label: `GenerateMac ${MacAlgorithm}`,
      keys,
      isRepresentative: isUsual,
      input: inputOf,
      isRight: ({ item, answer }) => isBlob(answer['Mac'], bytes) && names(answer['KeyId'], item),
      isProved: async ({ item, answer }, ask) =>
        (await ask({ operation: 'VerifyMac', input: verifyInputOf(item, answer['Mac']) }))['MacValid'] === true,
    },
    {
      name: `VerifyMac${suffix}`,
      api: 'VerifyMac',
      label: `VerifyMac ${MacAlgorithm}`,
      keys,
      isRepresentative: isUsual,
      made: (item) => ({ operation: 'GenerateMac', input: inputOf(item), member: 'Mac' }),
      input: (item) => verifyInputOf(item, item.made),
      isRight: ({ item, answer }) => answer['MacValid'] === true && names(answer['KeyId'], item),
    },
  ];
}

function dataKeyInput({ key, context }: BareItem) {
  return { KeyId: key, KeySpec: 'AES_256', EncryptionContext: context };
}

function encryptInput({ key, content, context }: BareItem) {
  return { KeyId: key, Plaintext: content, EncryptionContext: context };
}

function encryption(item: BareItem) {
  return { operation: 'Encrypt', input: encryptInput(item), member: 'CiphertextBlob' };
}

/** Whether the service itself decrypts what it has just encrypted. */
async function decrypts(ask: Ask, { item, answer }: Answered, plaintext: unknown): Promise<boolean> {
  const input = { CiphertextBlob: answer['CiphertextBlob'], EncryptionContext: item.context };
  return (await ask({ operation: 'Decrypt', input }))['Plaintext'] === plaintext;
}
