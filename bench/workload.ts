/**
 * What is measured: four operations, for each the request that is sent and what its answer must say. Requests differ
 * from each other, as callers' do: in the key, in how they name it, in context and in content.
 */
import { randomBytes } from 'node:crypto';
import { type Answer, call } from './client.ts';
import type { ApiCall, Service } from './requests.ts';

/** What a service was given to work with before the load began. */
export interface Material {
  readonly items: readonly Item[];
}

export interface Item {
  /** Id or ARN; every key is named in both ways. */
  readonly key: string;
  readonly keyId: string;
  readonly context: Readonly<Record<string, string>>;
  /** 1 KiB in base64, and the same encrypted by the service. */
  readonly plaintext: string;
  readonly ciphertext: string;
}

/** An answer, with the request that it belongs to. */
export interface Answered {
  readonly item: Item;
  readonly answer: Answer;
}

export interface Operation {
  readonly name: string;
  readonly label: string;
  input(item: Item): object;
  /** Whether the answer is right, as far as it can be seen. */
  isRight(answered: Answered): boolean;
  /** A call that must give the answer's secret back, where there is such a call. */
  proof?(answered: Answered): { readonly call: ApiCall; readonly plaintext: unknown };
}

const keyCount = 16;
const plaintextBytes = 1024;
const callsAtOnce = 8;

export const operations: readonly Operation[] = [
  {
    name: 'GenerateDataKey',
    label: 'GenerateDataKey AES_256',
    input: ({ key, context }) => ({ KeyId: key, KeySpec: 'AES_256', EncryptionContext: context }),
    isRight: ({ item, answer }) =>
      isBlob(answer['CiphertextBlob']) && isBlob(answer['Plaintext'], 32) && names(answer['KeyId'], item),
    proof: ({ item, answer }) => ({
      call: decryptCall(answer['CiphertextBlob'], item),
      plaintext: answer['Plaintext'],
    }),
  },
  {
    name: 'Encrypt',
    label: 'Encrypt 1 KiB',
    input: ({ key, context, plaintext }) => ({ KeyId: key, Plaintext: plaintext, EncryptionContext: context }),
    isRight: ({ item, answer }) => isBlob(answer['CiphertextBlob']) && names(answer['KeyId'], item),
    proof: ({ item, answer }) => ({
      call: decryptCall(answer['CiphertextBlob'], item),
      plaintext: item.plaintext,
    }),
  },
  {
    name: 'Decrypt',
    label: 'Decrypt 1 KiB',
    input: ({ context, ciphertext }) => ({ CiphertextBlob: ciphertext, EncryptionContext: context }),
    isRight: ({ item, answer }) => answer['Plaintext'] === item.plaintext && names(answer['KeyId'], item),
  },
  {
    name: 'DescribeKey',
    label: 'DescribeKey',
    input: ({ key }) => ({ KeyId: key }),
    isRight: ({ item, answer }) => member(answer['KeyMetadata'], 'KeyId') === item.keyId,
  },
];

export interface Wanted {
  readonly itemCount: number;
  readonly signal: AbortSignal;
}

/** Makes keys and ciphertexts for so many different requests. */
export async function prepare(service: Service, { itemCount, signal }: Wanted): Promise<Material> {
  const keys: { keyId: string; arn: string }[] = [];
  for (let index = 0; index < keyCount; index++) {
    const input = { Description: 'made by the benchmark' };
    const { KeyMetadata: metadata } = await call(service, { operation: 'CreateKey', input });
    keys.push({ keyId: String(member(metadata, 'KeyId')), arn: String(member(metadata, 'Arn')) });
  }
  const items: Item[] = [];
  const makeOne = async (index: number) => {
    const { keyId, arn } = keys[index % keyCount] ?? { keyId: '', arn: '' };
    const key = Math.floor(index / keyCount) % 2 === 0 ? keyId : arn;
    const plaintext = randomBytes(plaintextBytes).toString('base64');
    const context = { purpose: 'benchmark', item: String(index) };
    const input = { KeyId: key, Plaintext: plaintext, EncryptionContext: context };
    const { CiphertextBlob } = await call(service, { operation: 'Encrypt', input });
    items[index] = { key, keyId, context, plaintext, ciphertext: String(CiphertextBlob) };
  };
  for (let first = 0; first < itemCount; first += callsAtOnce) {
    signal.throwIfAborted();
    const count = Math.min(callsAtOnce, itemCount - first);
    await Promise.all(Array.from({ length: count }, (_, index) => makeOne(first + index)));
  }
  return { items };
}

/** Rejects unless the service itself decrypts what it has just encrypted. */
export async function prove(service: Service, operation: Operation, answered: Answered): Promise<void> {
  const proof = operation.proof?.(answered);
  if (proof === undefined) return;
  const { Plaintext: found } = await call(service, proof.call);
  if (found !== proof.plaintext)
    throw new Error(`${operation.name} at ${service.name}: the ciphertext holds other data.`);
}

function decryptCall(ciphertext: unknown, { context }: Item): ApiCall {
  return { operation: 'Decrypt', input: { CiphertextBlob: ciphertext, EncryptionContext: context } };
}

function isBlob(value: unknown, length?: number): boolean {
  if (typeof value !== 'string' || value === '') return false;
  return length === undefined || Buffer.from(value, 'base64').length === length;
}

/** Answers name keys by ARN. */
function names(value: unknown, { keyId }: Item): boolean {
  return typeof value === 'string' && value.endsWith(keyId);
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
