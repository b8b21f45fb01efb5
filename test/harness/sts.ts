/** Accounts with users and roles, and a way to call STS below the wire, on data in memory and a clock that the test owns. */
import assert from 'node:assert/strict';
import { readTrustPolicy } from '#authorization/trust-policy.ts';
import { ManualClock } from '#base/clock.ts';
import type { SecretBytes } from '#base/secret-bytes.ts';
import type { QueryOperation } from '#call/query/operation.ts';
import { createAccount } from '#identity/accounts.ts';
import { Credentials } from '#identity/credentials.ts';
import { changeAccount, type Identities, openIdentities } from '#identity/identities.ts';
import { principalIdOf } from '#identity/principal-ids.ts';
import { type IssuerFetch, IssuerKeys } from '#identity/sessions/issuer-keys.ts';
import { type AccountId, parseAccountId, parseRegion } from '#model/arn.ts';
import type { Principal } from '#model/principal.ts';
import { decodeInput } from '#model/schema.ts';
import { stsOperations } from '#operations/sts/registry.ts';
import type { RoleRecord, UserRecord } from '#storage/store.ts';
import { memoryVault } from './kms.ts';

function account(text: string): AccountId {
  const id = parseAccountId(text);
  assert(id !== undefined);
  return id;
}
export const A = account('111122223333');
export const B = account('444455556666');
const region = parseRegion('us-east-1');
assert(region !== undefined);
const usEast1 = region;
const client = { address: '127.0.0.1', isTls: true, userAgent: 'test' };

type Json = Readonly<Record<string, unknown>>;

/** A trust or identity policy of these statements. */
export const documentOf = (...Statement: readonly Json[]) => JSON.stringify({ Version: '2012-10-17', Statement });
export const trusting = (AWS: string | readonly string[], more: Json = {}): Json => ({
  Effect: 'Allow',
  Principal: { AWS },
  Action: 'sts:AssumeRole',
  ...more,
});

/** Temporary credentials as an operation answers them. */
export interface Issued {
  readonly AccessKeyId: string;
  readonly SecretAccessKey: SecretBytes;
  readonly SessionToken: string;
  readonly Expiration: number;
}

export interface StsWorld {
  readonly clock: ManualClock;
  readonly identities: Identities;
  readonly credentials: Credentials;
  /** Whoever is given: a principal, or the holder of temporary credentials; nobody for unsigned operations. */
  // biome-ignore lint/suspicious/noExplicitAny: tests look at answers of every shape
  call(operation: string, input: Json, caller?: Principal): Promise<any>;
  root(accountId?: AccountId): Promise<Principal>;
  user(name: string, more?: Partial<UserRecord>): Promise<Principal>;
  role(name: string, trust: readonly Json[], more?: Partial<RoleRecord>): Promise<RoleRecord>;
  holderOf(issued: Issued): Promise<Principal | undefined>;
}

export async function stsWorld(fetch?: IssuerFetch, timeoutMs = 500): Promise<StsWorld> {
  const clock = new ManualClock();
  const vault = await memoryVault(clock);
  for (const accountId of [A, B]) await createAccount(vault, accountId);
  const issuerKeys = fetch === undefined ? undefined : new IssuerKeys(clock, { fetch, timeoutMs });
  const identities = await openIdentities(vault, issuerKeys);
  const credentials = await Credentials.open(identities);
  const { principals } = identities;
  let count = 0;

  const principalOf = async (accountId: AccountId, principal: string) => {
    const found = await principals.principalFor({ accountId, principal }, 'aws');
    assert(found !== undefined);
    return found;
  };
  return {
    clock,
    identities,
    credentials,
    async call(name, input, caller) {
      const operation: QueryOperation | undefined = stsOperations.find((one) => one.name === name);
      assert(operation !== undefined);
      const call = { input: decodeInput(operation.input, input), client, requestId: 'test', findings: {} };
      if (operation.isUnsigned) return operation.run({ ...call, partition: 'aws' }, identities);
      assert(caller !== undefined);
      return operation.run({ ...call, caller, place: { accountId: caller.accountId, region: usEast1 } }, identities);
    },
    root: (accountId = A) => principalOf(accountId, 'root'),
    async user(name, more = {}) {
      const userId = `AIDAUSER${String(++count).padStart(13, '0')}`;
      const lists = { inlinePolicies: [], attachedPolicies: [], groups: [], tags: [] };
      const record = { accountId: A, name, path: '/', createdAtMs: 0, userId, ...lists, ...more };
      await changeAccount(identities, record.accountId as AccountId, async (transaction) => {
        transaction.put('users', [record.accountId, name.toLowerCase()], record);
        transaction.put('principals', [userId], {
          kind: 'user',
          accountId: record.accountId,
          name: name.toLowerCase(),
        });
      });
      return principalOf(record.accountId as AccountId, userId);
    },
    async role(name, trust, more = {}) {
      const trustPolicy = documentOf(...trust);
      const { principals: trustPrincipals } = await readTrustPolicy(trustPolicy, (principal) =>
        principalIdOf(vault.store, principal, 'aws'),
      );
      const roleId = `AROAROLE${String(++count).padStart(13, '0')}`;
      const lists = { inlinePolicies: [], attachedPolicies: [], tags: [] };
      const own = { accountId: A, name, path: '/', createdAtMs: 0, description: '', maxSessionSeconds: 3600 };
      const record = { ...own, ...lists, roleId, trustPolicy, trustPrincipals, ...more };
      await changeAccount(identities, record.accountId as AccountId, async (transaction) => {
        transaction.put('roles', [record.accountId, name.toLowerCase()], record);
        transaction.put('principals', [roleId], {
          kind: 'role',
          accountId: record.accountId,
          name: name.toLowerCase(),
        });
      });
      return record;
    },
    async holderOf({ AccessKeyId: accessKeyId, SessionToken: sessionToken, SecretAccessKey }) {
      const credential = await credentials.find({ accessKeyId, sessionToken });
      assert(credential.known);
      assert.deepEqual(credential.secret.reveal(), SecretAccessKey.reveal());
      return principals.of(credential, 'aws');
    },
  };
}

export const roleArn = (name: string, accountId = A) => `arn:aws:iam::${accountId}:role/${name}`;

/** What an operation is refused with. */
export function refusal(name: string, message?: string | RegExp): object {
  return message === undefined ? { name } : { name, message };
}
