/** What a measured operation is: the keys that it takes, the request that is sent, and what its answer must say. */
import type { Answer } from './client.ts';
import type { ApiCall } from './requests.ts';

/** One of the requests of an operation, before it is written down. */
export interface Item {
  /** Id or ARN; every key is named in both ways. */
  readonly key: string;
  readonly keyId: string;
  readonly arn: string;
  /** ARN of another key of the same kind. */
  readonly otherKey: string;
  readonly context: Readonly<Record<string, string>>;
  /** Random bytes in base64, 1 KiB unless the operation says otherwise. */
  readonly content: string;
  /** What the service made of the content before, where the operation wants that: a ciphertext or a signature. */
  readonly made: string;
  /** The whole answer that this is from; empty where nothing was made. */
  readonly madeAnswer: Answer;
}

/** An item before anything was made for it. */
export type BareItem = Omit<Item, 'made' | 'madeAnswer'>;

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
  /** Whether a run measures it that was not asked for it by name: one of each class is. */
  readonly isRepresentative?: boolean;
  readonly contentBytes?: number;
  /** The call, and the member of its answer, from which `Item.made` is. */
  made?(item: BareItem): ApiCall & { readonly member: string };
  input(item: Item): object;
  /** Whether the answer is right, as far as it can be seen. */
  isRight(answered: Answered): boolean;
  /** Whether it is right, found out with more calls or more work. */
  isProved?(answered: Answered, ask: Ask): Promise<boolean>;
}

export const symmetric: KeyKind = { spec: 'SYMMETRIC_DEFAULT', usage: 'ENCRYPT_DECRYPT', count: 16 };

export function bytesOf(base64: unknown): Buffer {
  return Buffer.from(String(base64), 'base64');
}

export function isBlob(value: unknown, length?: number): boolean {
  if (typeof value !== 'string' || value === '') return false;
  return length === undefined || bytesOf(value).length === length;
}

/** Answers name keys by ARN. */
export function names(value: unknown, { keyId }: Pick<Item, 'keyId'>): boolean {
  return typeof value === 'string' && value.endsWith(keyId);
}

export function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined;
}
