/** IAM's operations without the wire: decoded, asked, run and encoded as the pipeline does, over the in-memory store. */
import assert from 'node:assert/strict';
import { ManualClock } from '#base/clock.ts';
import type { Ask, QueryOperation } from '#call/query/operation.ts';
import { createAccount } from '#identity/accounts.ts';
import { type Identities, openIdentities } from '#identity/identities.ts';
import { ApiError } from '#model/api-error.ts';
import { type AccountId, type Place, parseAccountId, parseRegion } from '#model/arn.ts';
import type { Principal } from '#model/principal.ts';
import { decodeInput } from '#model/schema.ts';
import { memoryVault } from './kms.ts';

export interface Iam {
  readonly identities: Identities;
  readonly clock: ManualClock;
  /** Account 111122223333, us-east-1. */
  readonly place: Place;
  /** Runs an operation and gives what it answers, with secrets in clear. By default the root user calls. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at answers of every shape
  ok(name: string, input?: object, caller?: Principal): Promise<any>;
  /** Asserts that the operation is refused with an error that it declares, and that nothing has changed. */
  refused(name: string, input?: object, caller?: Principal): Promise<ApiError>;
  asks(name: string, input?: object, caller?: Principal): Promise<readonly Ask[]>;
  /** A user as a caller: `root`, or its name. */
  caller(name: string, account?: AccountId): Promise<Principal>;
  /** All records, as text. */
  dump(): Promise<string>;
}

const common: readonly string[] = ['ValidationException'];

export async function openIam(operations: readonly QueryOperation[]): Promise<Iam> {
  const clock = new ManualClock();
  const vault = await memoryVault(clock);
  const accountId = parseAccountId('111122223333');
  const otherAccountId = parseAccountId('444455556666');
  const region = parseRegion('us-east-1');
  assert(accountId !== undefined && otherAccountId !== undefined && region !== undefined);
  await createAccount(vault, accountId);
  await createAccount(vault, otherAccountId);
  const identities = await openIdentities(vault);
  const byName = new Map(operations.map((operation) => [operation.name, operation]));
  assert.equal(byName.size, operations.length, 'an operation is there twice');

  const prepare = async (name: string, json: object, caller?: Principal) => {
    const operation = byName.get(name);
    assert(operation !== undefined && operation.isUnsigned === false, `there is no ${name}`);
    const asking = caller ?? (await iam.caller('root'));
    const input = decodeInput(operation.input, json);
    const place = { accountId: asking.accountId, region };
    const client = { sourceIp: '127.0.0.1', isSecure: true } as never;
    return { operation, call: { input, caller: asking, client, requestId: 'request', place, findings: {} } };
  };
  const iam: Iam = {
    identities,
    clock,
    place: { accountId, region },
    async ok(name, json = {}, caller) {
      const { operation, call } = await prepare(name, json, caller);
      await operation.asks?.(call, identities);
      const answer = await operation.run(call, identities);
      return operation.output?.encode(answer) ?? {};
    },
    async refused(name, json = {}, caller) {
      const before = await iam.dump();
      const error = await iam.ok(name, json, caller).then(
        () => undefined,
        (thrown: unknown) => thrown,
      );
      assert(error instanceof ApiError, `${name} should be refused: ${error}`);
      const declared: readonly string[] = byName.get(name)?.errors ?? [];
      assert(common.includes(error.name) || declared.includes(error.name), `${name} does not declare ${error.name}`);
      assert.equal(await iam.dump(), before, `${name} was refused and changed something`);
      return error;
    },
    async asks(name, json = {}, caller) {
      const { operation, call } = await prepare(name, json, caller);
      return (await operation.asks?.(call, identities)) ?? [];
    },
    async caller(name, account = accountId) {
      const user = await vault.store.get('users', [account, name.toLowerCase()]);
      const principal = name === 'root' ? 'root' : (user?.userId ?? 'nobody');
      const found = await identities.principals.principalFor({ accountId: account, principal }, 'aws');
      assert(found !== undefined, `there is no ${name}`);
      return found;
    },
    async dump() {
      const lines: string[] = [];
      for await (const entry of vault.store.snapshot()) lines.push(JSON.stringify(entry));
      return lines.join('\n');
    },
  };
  return iam;
}

/** Every index entry follows from a record, and every record has its entries. */
export async function assertIndexes({ identities: { vault } }: Iam): Promise<void> {
  const limit = Number.MAX_SAFE_INTEGER;
  const expected: string[] = [];
  for (const [collection, kind] of [
    ['users', 'user'],
    ['roles', 'role'],
    ['groups', 'group'],
  ] as const) {
    for (const { key, record } of await vault.store.list(collection, { within: [], limit })) {
      const name = record.name.toLowerCase();
      const { accountId } = record;
      assert.deepEqual(key, [accountId, name]);
      if ('userId' in record) {
        expected.push(`principals ${record.userId} ${kind} ${accountId} ${name}`);
        for (const group of record.groups) expected.push(`groupMembers ${accountId} ${group} ${name}`);
      }
      if ('roleId' in record) expected.push(`principals ${record.roleId} ${kind} ${accountId} ${name}`);
      for (const policy of record.attachedPolicies) expected.push(`policyUses ${accountId} ${policy} ${kind} ${name}`);
      if ('boundary' in record) expected.push(`policyUses ${accountId} ${record.boundary} ${kind}-boundary ${name}`);
    }
  }
  const found: string[] = [];
  for (const { key, record } of await vault.store.list('principals', { within: [], limit })) {
    found.push(`principals ${key.join(' ')} ${record.kind} ${record.accountId} ${record.name}`);
  }
  for (const index of ['groupMembers', 'policyUses'] as const) {
    for (const { key } of await vault.store.list(index, { within: [], limit })) found.push(`${index} ${key.join(' ')}`);
  }
  assert.deepEqual(found.sort(), expected.sort());
}
