/**
 * Gives a service what its load needs: keys, and whatever of it the requests hand back. And tries each operation once,
 * so that a peer that lacks one is found out before the load.
 */
import { randomBytes } from 'node:crypto';
import { call } from './client.ts';
import { type Answered, type BareItem, type Item, type KeyKind, member, type Operation } from './operation.ts';
import type { Service } from './requests.ts';

/** What a service was given to work with before the load began. */
export interface Material {
  /** By operation; the ones that the service refuses are missing. */
  readonly items: ReadonlyMap<Operation, readonly Item[]>;
  readonly refusals: readonly Refusal[];
}

export interface Refusal {
  readonly service: string;
  readonly operation: string;
  readonly reason: string;
}

export interface Wanted {
  readonly operations: readonly Operation[];
  /** So many different requests for each operation. */
  readonly itemCount: number;
  /** Whether the service may refuse an operation. */
  readonly mayRefuse: boolean;
  readonly signal: AbortSignal;
}

interface Key {
  readonly keyId: string;
  readonly arn: string;
}

const maxReasonLength = 200;
const contentBytes = 1024;
const callsAtOnce = 8;

export async function prepare(service: Service, wanted: Wanted): Promise<Material> {
  const keys = new Map<KeyKind, readonly Key[]>();
  const items = new Map<Operation, readonly Item[]>();
  const refusals: Refusal[] = [];
  for (const operation of wanted.operations) {
    try {
      const found = keys.get(operation.keys) ?? (await makeKeys(service, operation.keys));
      keys.set(operation.keys, found);
      items.set(operation, await makeItems(service, { operation, keys: found, ...wanted }));
    } catch (error) {
      wanted.signal.throwIfAborted();
      if (!wanted.mayRefuse) throw error;
      const said = error instanceof Error ? error.message : String(error);
      const reason = said.replaceAll(/\s+/g, ' ').slice(0, maxReasonLength);
      refusals.push({ service: service.name, operation: operation.name, reason });
    }
  }
  return { items, refusals };
}

async function makeKeys(service: Service, { spec, usage, count }: KeyKind): Promise<Key[]> {
  const made: Key[] = [];
  for (let index = 0; index < count; index++) {
    const input = { Description: 'made by the benchmark', KeySpec: spec, KeyUsage: usage };
    const { KeyMetadata: metadata } = await call(service, { operation: 'CreateKey', input });
    made.push({ keyId: String(member(metadata, 'KeyId')), arn: String(member(metadata, 'Arn')) });
  }
  return made;
}

interface Making {
  readonly operation: Operation;
  readonly keys: readonly Key[];
  readonly itemCount: number;
  readonly signal: AbortSignal;
}

async function makeItems(service: Service, { operation, keys, itemCount, signal }: Making): Promise<Item[]> {
  const makeOne = async (index: number): Promise<Item> => {
    const none = { keyId: '', arn: '' };
    const { keyId, arn } = keys[index % keys.length] ?? none;
    const item: BareItem = {
      key: Math.floor(index / keys.length) % 2 === 0 ? keyId : arn,
      keyId,
      arn,
      otherKey: (keys[(index + 1) % keys.length] ?? none).arn,
      context: { purpose: 'benchmark', item: String(index) },
      content: randomBytes(operation.contentBytes ?? contentBytes).toString('base64'),
    };
    const making = operation.made?.(item);
    const madeAnswer = making === undefined ? {} : await call(service, making);
    return { ...item, made: making === undefined ? '' : String(madeAnswer[making.member]), madeAnswer };
  };
  const first = await makeOne(0);
  await tryOut(service, operation, first);
  const items = [first];
  while (items.length < itemCount) {
    signal.throwIfAborted();
    const count = Math.min(callsAtOnce, itemCount - items.length);
    items.push(...(await Promise.all(Array.from({ length: count }, (_, index) => makeOne(items.length + index)))));
  }
  return items;
}

async function tryOut(service: Service, operation: Operation, item: Item): Promise<void> {
  const answer = await call(service, { operation: operation.api, input: operation.input(item) });
  checkAnswer(service, operation, { item, answer });
  await prove(service, operation, { item, answer });
}

/** Throws where an answer is seen to be wrong. */
export function checkAnswer(service: Service, operation: Operation, answered: Answered): void {
  if (!operation.isRight(answered)) throw new Error(`${service.name} gave a wrong answer to ${operation.name}.`);
}

/** Rejects where an answer only looks right. */
export async function prove(service: Service, operation: Operation, answered: Answered): Promise<void> {
  const isProved = await operation.isProved?.(answered, (apiCall) => call(service, apiCall));
  if (isProved === false) throw new Error(`${service.name}: what ${operation.name} answered does not prove right.`);
}
