/**
 * A data directory with a great deal in it: keys, aliases, grants, users and roles, all of them real and usable, made by the code
 * that makes them for requests, many in one transaction. As a program: node bench/scale-state.ts DIR [--keys N] [--aliases N]
 * [--grants N] [--principals N].
 */
import { parseArgs } from 'node:util';
import { openData } from '#assemble.ts';
import { generateMaterial } from '#crypto/key-material.ts';
import { createAccessKey } from '#identity/access-keys.ts';
import { createAccount } from '#identity/accounts.ts';
import { newUniqueId } from '#identity/entities/entities.ts';
import { entityQuotas, replaceEntity } from '#identity/entities/entity-changes.ts';
import { createPolicy } from '#identity/entities/policies.ts';
import type { Identities } from '#identity/identities.ts';
import { accountRootArn, entityArn } from '#identity/names.ts';
import { putAlias } from '#keys/aliases.ts';
import { newKeyId, putKey } from '#keys/create.ts';
import { createGrant } from '#keys/grants.ts';
import type { Keyring } from '#keys/keyring.ts';
import type { UsableKey } from '#keys/require.ts';
import { inAnyState } from '#keys/states.ts';
import { type AccountId, type AliasName, type KeyId, keyArn, parseAccountId, parseRegion } from '#model/arn.ts';
import type { GrantPrincipal, Store, Transaction } from '#storage/store.ts';
import { type Credentials, region as regionName } from './requests.ts';

export interface ScaleSizes {
  readonly keys: number;
  readonly aliases: number;
  readonly grants: number;
  /** Users, and a role for every four of them. Each user has an access key. */
  readonly principals: number;
}

export const fullSize: ScaleSizes = { keys: 100_000, aliases: 200_000, grants: 1_000_000, principals: 10_000 };

/** What a load needs to know of the state. */
export interface ScaleState {
  /** In the order in which they are listed. Symmetric, of the first account. */
  readonly keyIds: readonly KeyId[];
  /** So many of the first of them have most of the grants, the others a few each. */
  readonly busyKeys: number;
  /** Of the first account's users; what they may do, they may by a policy of their own. */
  readonly users: readonly Credentials[];
  /** Who may retire the grants of the busy keys. */
  readonly retirerArn: string;
}

export const scaleAccount = '111122223333';
/** This share of all grants is on the busy keys. */
const busyShare = 1 / 4;
const mostBusyKeys = 10;
const keysAtOnce = 1000;
const grantsAtOnce = 10_000;
const principalsAtOnce = 500;
const principalsPerPolicy = 100;

/** Fills a new data directory. Deterministic but for ids and secrets. */
export async function makeScaleState(
  directory: string,
  sizes: ScaleSizes,
  onProgress: (what: string) => void,
): Promise<ScaleState> {
  const data = await openData({
    directory,
    root: {},
    auditAnchors: 'off',
    command: 'scale-state',
    mayCreate: true,
  });
  try {
    const made = new Making(data, sizes, onProgress);
    await made.principals();
    await made.keys();
    await made.grants();
    return made.state();
  } finally {
    await data.close();
  }
}

interface Opened {
  readonly keyring: Keyring;
  readonly identities: Identities;
}

class Making {
  readonly #opened: Opened;
  readonly #sizes: ScaleSizes;
  readonly #onProgress: (what: string) => void;
  readonly #accounts: readonly AccountId[];
  readonly #place;
  readonly #keyIds: readonly KeyId[];
  readonly #users: Credentials[] = [];
  readonly #grantees: GrantPrincipal[] = [];

  constructor(opened: Opened, sizes: ScaleSizes, onProgress: (what: string) => void) {
    this.#opened = opened;
    this.#sizes = sizes;
    this.#onProgress = onProgress;
    const accountCount = Math.max(1, Math.ceil(sizes.principals / (entityQuotas.role * 5)));
    this.#accounts = Array.from({ length: accountCount }, (_, index) =>
      required(parseAccountId(String(Number(scaleAccount) + index))),
    );
    this.#place = { accountId: required(this.#accounts[0]), region: required(parseRegion(regionName)) };
    // In the order of the store, so that neighbours are written together.
    this.#keyIds = Array.from({ length: sizes.keys }, () => newKeyId()).toSorted();
  }

  state(): ScaleState {
    const { name: retirerArn } = this.#retirer;
    return { keyIds: this.#keyIds, busyKeys: this.#busyKeys, users: this.#users, retirerArn };
  }

  async principals(): Promise<void> {
    for (const accountId of this.#accounts) await createAccount(this.#opened.keyring.vault, accountId);
    await this.#inBatches(
      'principals',
      this.#sizes.principals,
      principalsAtOnce,
      async (index, joined, transaction) => {
        await this.#putPrincipal(index, joined, transaction);
      },
    );
  }

  async #putPrincipal(index: number, { identities }: Opened, transaction: Transaction): Promise<void> {
    const accountId = required(this.#accounts[index % this.#accounts.length]);
    const inAccount = Math.floor(index / this.#accounts.length);
    const realm = { partition: 'aws', accountId };
    const policyName = `team-${Math.floor(inAccount / principalsPerPolicy)}`;
    if (inAccount % principalsPerPolicy === 0) {
      const document = policyDocument([{ Effect: 'Allow', Action: ['kms:List*', 'kms:Describe*'], Resource: '*' }]);
      await createPolicy(identities, realm, { name: policyName, path: '/', description: '', document, tags: [] });
    }
    const kind = inAccount % 5 === 4 ? 'role' : 'user';
    const name = `${kind}-${inAccount}`;
    const common = {
      accountId,
      name,
      path: '/',
      createdAtMs: identities.vault.clock.now(),
      inlinePolicies: [['use-keys', useKeys(accountId)] as const],
      attachedPolicies: [`${accountId}:policy/${policyName}`],
      tags: [['team', policyName] as const],
    };
    const arn = entityArn(realm, kind, common);
    // Put as createUser and createRole put them; those also count what is there, each time.
    if (kind === 'role') {
      const trust = { Effect: 'Allow', Principal: { AWS: accountRootArn(realm) }, Action: 'sts:AssumeRole' };
      const roleId = newUniqueId('AROA');
      const ofRole = {
        description: '',
        trustPolicy: policyDocument([trust]),
        trustPrincipals: [],
        maxSessionSeconds: 3600,
      };
      replaceEntity(transaction, 'role', undefined, { ...common, ...ofRole, roleId });
      this.#grantees.push({ name: arn, id: roleId });
      return;
    }
    const userId = newUniqueId('AIDA');
    replaceEntity(transaction, 'user', undefined, { ...common, userId, groups: [] });
    this.#grantees.push({ name: arn, id: userId });
    const { record, secret } = await createAccessKey(identities, { accountId, principal: userId });
    using used = secret;
    const secretAccessKey = Buffer.from(used.reveal()).toString();
    if (accountId === this.#place.accountId) this.#users.push({ accessKeyId: record.accessKeyId, secretAccessKey });
  }

  /** Each with its material and its aliases. One in ten has a policy of its own. */
  async keys(): Promise<void> {
    const place = this.#place;
    const { keys, aliases } = this.#sizes;
    const root = { AWS: accountRootArn({ partition: 'aws', accountId: place.accountId }) };
    const toAccount = {
      Sid: 'Enable IAM User Permissions',
      Effect: 'Allow',
      Principal: root,
      Action: 'kms:*',
      Resource: '*',
    };
    await this.#inBatches('keys', keys, keysAtOnce, async (index, { keyring: { vault } }, transaction) => {
      const keyId = required(this.#keyIds[index]);
      using material = await generateMaterial('SYMMETRIC_DEFAULT');
      const named = index % 10 === 0 ? this.#grantee(index) : undefined;
      const toNamed = { Effect: 'Allow', Principal: { AWS: named?.name }, Action: ['kms:Decrypt'], Resource: '*' };
      const policy = policyDocument(named === undefined ? [toAccount] : [toAccount, toNamed]);
      const wanted = {
        description: `key ${index}`,
        spec: 'SYMMETRIC_DEFAULT',
        usage: 'ENCRYPT_DECRYPT',
        origin: 'AWS_KMS',
        policy,
        policyPrincipals: named === undefined ? [] : [[named.name, named.id] as const],
        tags: [['application', `app-${index % 1000}`] as const],
        isMultiRegion: false,
      } as const;
      await putKey(vault, transaction, { place, keyId, wanted, material });
      const now = vault.clock.now();
      for (let alias = index; alias < aliases; alias += keys) {
        const name: AliasName = `alias/app-${String(index).padStart(6, '0')}-${Math.floor(alias / keys)}`;
        putAlias(transaction, place, { name, keyId, createdAtMs: now, updatedAtMs: now });
      }
    });
  }

  async grants(): Promise<void> {
    const { grants, keys } = this.#sizes;
    const perBusy = Math.floor((grants * busyShare) / this.#busyKeys);
    const ofBusy = perBusy * this.#busyKeys;
    const others = Math.max(1, keys - this.#busyKeys);
    const place = this.#place;
    await this.#inBatches('grants', grants, grantsAtOnce, async (index, { keyring }) => {
      // Key after key, as they lie in the store.
      const at =
        index < ofBusy
          ? Math.floor(index / perBusy)
          : this.#busyKeys + Math.floor(((index - ofBusy) * others) / (grants - ofBusy));
      const keyId = required(this.#keyIds[Math.min(at, keys - 1)]);
      const key = { place, keyId, arn: keyArn(place, keyId), rule: inAnyState } as UsableKey; // all that createGrant looks at
      const isBusy = index < ofBusy;
      const draft = {
        name: isBusy ? '' : `grant-${index}`,
        grantee: this.#grantee(index),
        ...(isBusy ? { retirer: this.#retirer } : {}),
        issuingAccountId: place.accountId,
        operations: ['Decrypt', 'GenerateDataKey'],
        constraints: { encryptionContextSubset: [['tenant', String(index % 1000)] as const] },
      };
      await createGrant(keyring, key, async () => draft, { isDryRun: false });
    });
  }

  get #busyKeys(): number {
    return Math.min(mostBusyKeys, Math.ceil(this.#sizes.keys / 10));
  }

  get #retirer(): GrantPrincipal {
    return this.#grantee(0);
  }

  #grantee(index: number): GrantPrincipal {
    return required(this.#grantees[index % this.#grantees.length]);
  }

  /** Runs `make` for each number, so many of them in one transaction. */
  async #inBatches(
    what: string,
    count: number,
    atOnce: number,
    make: (index: number, joined: Opened, transaction: Transaction) => Promise<void>,
  ): Promise<void> {
    for (let from = 0; from < count; from += atOnce) {
      this.#onProgress(`making ${what}: ${from} of ${count}`);
      await this.#opened.keyring.vault.store.write(async (transaction) => {
        const joined = joining(this.#opened, transaction);
        for (let index = from; index < Math.min(count, from + atOnce); index++) await make(index, joined, transaction);
      });
    }
  }
}

/** What writes through these becomes part of a transaction that is under way. */
function joining({ keyring, identities }: Opened, transaction: Transaction): Opened {
  const store: Store = {
    get: (collection, key) => transaction.get(collection, key),
    list: (collection, range) => transaction.list(collection, range),
    write: (work) => work(transaction),
    snapshot: () => keyring.vault.store.snapshot(),
    close: async () => undefined,
  };
  const vault = { ...keyring.vault, store };
  return { keyring: { ...keyring, vault }, identities: { ...identities, vault } };
}

/** What lets a user use the keys of its own account. */
function useKeys(accountId: AccountId): string {
  const Action = ['kms:Encrypt', 'kms:Decrypt', 'kms:GenerateDataKey', 'kms:DescribeKey'];
  return policyDocument([{ Effect: 'Allow', Action, Resource: `arn:aws:kms:*:${accountId}:key/*` }]);
}

function policyDocument(statements: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: statements });
}

function required<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('A value of the state is missing.');
  return value;
}

if (import.meta.main) {
  const number = { type: 'string' } as const;
  const options = { keys: number, aliases: number, grants: number, principals: number };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const sizes = Object.fromEntries(
    Object.entries(fullSize).map(([name, size]) => [name, Number(values[name as keyof ScaleSizes] ?? size)]),
  ) as unknown as ScaleSizes;
  const started = performance.now();
  const state = await makeScaleState(required(positionals[0]), sizes, (what) =>
    process.stderr.write(`\r\x1b[K${what}`),
  );
  process.stderr.write(`\n${((performance.now() - started) / 1000).toFixed(1)} s\n`);
  process.stdout.write(`${JSON.stringify(state)}\n`);
}
