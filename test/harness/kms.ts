/**
 * A server in this process, on a free loopback port, over the in-memory store and a clock that the test owns. Everything
 * between the socket and the store is the real thing.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { KMSClient } from '@aws-sdk/client-kms';
import type { AuditArchive } from '#audit/archive.ts';
import type { AuditEvent } from '#audit/event.ts';
import { ManualClock } from '#base/clock.ts';
import { SecretBytes } from '#base/secret-bytes.ts';
import type { AuditEntry } from '#call/audit.ts';
import { recordLines } from '#call/record/line.ts';
import { refuse, serve } from '#call/serve.ts';
import type { AttestationRoots } from '#crypto/attestation/roots.ts';
import { randomBytes } from '#crypto/random.ts';
import { WrappingKey } from '#crypto/wrap.ts';
import type { RootOfTrust } from '#custody/custody.ts';
import type { Vault } from '#custody/vault.ts';
import { makeVault } from '#custody/vault.ts';
import { createAccount, listRootAccessKeys } from '#identity/accounts.ts';
import { type Identities, openIdentities } from '#identity/identities.ts';
import { type Keyring, openKeyring } from '#keys/keyring.ts';
import type { Admission } from '#limits/admission.ts';
import { parseAccountId, parseRegion, type Region } from '#model/arn.ts';
import { kmsOperations } from '#operations/kms/registry.ts';
import { listen } from '#server/listener.ts';
import { assembleService } from '#service.ts';
import { MemoryStore } from '#storage/memory/memory-store.ts';
import type { Store } from '#storage/store.ts';
import { formOf, type Parameters, readXml } from './query.ts';
import { assertRecordsOf } from './records.ts';
import { signRequest } from './sign.ts';

export interface Caller {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  /** Of temporary credentials. */
  readonly sessionToken?: string;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look at answers of every shape
  readonly body: any;
}

export interface Kms extends AsyncDisposable {
  readonly url: string;
  readonly clock: ManualClock;
  readonly vault: Vault;
  readonly keyring: Keyring;
  readonly identities: Identities;
  /** The root access key of account 111122223333. */
  readonly root: Caller;
  /** The root access key of account 444455556666. */
  readonly other: Caller;
  /** What the server logged as failures; a test that expects none need not look: disposing asserts it. */
  readonly failures: unknown[];
  /** What the audit step was told. */
  readonly audited: readonly AuditEntry[];
  /** The records that are made of it, in the form that the trail has them. */
  readonly records: readonly AuditEvent[];
  /** Signs with the test's clock and sends. */
  send(operation: string, input?: unknown, options?: SendOptions): Promise<Answer>;
  /** As `send`, and asserts that it succeeds. */
  ok(operation: string, input?: unknown, options?: SendOptions): Promise<Answer['body']>;
  /** Calls IAM or STS; the body is the Result element, or the Error element, as an object. */
  query(action: string, parameters?: Parameters, options?: QueryOptions): Promise<Answer>;
  /** As `query`, and asserts that it succeeds. */
  did(action: string, parameters?: Parameters, options?: QueryOptions): Promise<Answer['body']>;
  /** The AWS SDK's client, signing with the real time. */
  client(): KMSClient;
}

export interface SendOptions {
  readonly caller?: Caller;
  readonly region?: string;
}

export interface QueryOptions extends SendOptions {
  /** IAM unless given; an operation that only STS has goes there by itself. */
  readonly service?: 'iam' | 'sts';
  readonly isUnsigned?: boolean;
}

const stsOperations = [
  'AssumeRole',
  'AssumeRoleWithWebIdentity',
  'DecodeAuthorizationMessage',
  'GetAccessKeyInfo',
  'GetCallerIdentity',
  'GetFederationToken',
  'GetSessionToken',
];
const versions = { iam: '2010-05-08', sts: '2011-06-15' } as const;

/** Data that a test has opened, with the access key of its account; it stays open. */
export interface OpenedElsewhere {
  readonly opened: { readonly vault: Vault; readonly keyring: Keyring; readonly identities: Identities };
  readonly caller: Caller;
}

/** Settings of the server that a test may want otherwise. */
export interface KmsSettings {
  readonly hasSm2Everywhere?: boolean;
  /** Those that are served; all of the partition unless given. */
  readonly regions?: readonly string[];
  readonly attestationRoots?: AttestationRoots;
  /** Whose partition is served, and where requests go that name none; us-east-1 unless given. */
  readonly region?: string;
  /** What CloudTrail and S3 answer from; nothing unless given. */
  readonly archive?: AuditArchive;
  /** None unless given. */
  readonly limits?: Admission;
}

export async function startKms(elsewhere?: OpenedElsewhere, settings: KmsSettings = {}): Promise<Kms> {
  const { vault, keyring, identities, root, other, close } =
    elsewhere === undefined ? await openOwn(settings) : takeOver(elsewhere);
  const clock = vault.clock as ManualClock; // the tests' vaults all have one
  const home = parseRegion(settings.region ?? 'us-east-1');
  assert(home !== undefined);
  const failures: unknown[] = [];
  const log = { failure: (_: string, error: unknown) => void failures.push(error) };
  const audited: AuditEntry[] = [];
  const records: AuditEvent[] = [];
  const audit = {
    problem: () => undefined,
    record: async (entry: AuditEntry) => {
      audited.push(entry);
      const recordHome = { accountId: testPlace().accountId, region: home };
      for (const line of recordLines(entry, recordHome)) records.push(JSON.parse(line));
    },
  };
  const service = await assembleService(
    { vault, keyring, identities },
    {
      log,
      maxClockSkewSeconds: 300,
      audit,
      region: home,
      attestationRoots: settings.attestationRoots,
      archive: settings.archive,
      limits: settings.limits,
    },
  );
  const listener = await listen({ host: '127.0.0.1', port: 0, version: 'test', newRequestId: randomUUID });
  const answered = new Set<string>();
  listener.open({
    serve: (received) => {
      answered.add(received.requestId);
      return serve(received, service);
    },
    refuse: (received, error) => {
      answered.add(received.requestId);
      return refuse(received, error, service);
    },
  });

  const send = async (operation: string, input: unknown = {}, options: SendOptions = {}) => {
    const { caller = root, region = home } = options;
    const target = `TrentService.${operation}`;
    const date = new Date(clock.now());
    const answer = await post(listener.url, { body: JSON.stringify(input), target, caller, region, date });
    if (answer.status !== 200) assertDeclared(operation, answer.body.__type);
    return answer;
  };
  const query = async (action: string, parameters: Parameters = {}, options: QueryOptions = {}) => {
    const { caller = root, region = home, isUnsigned = false } = options;
    const service = options.service ?? (stsOperations.includes(action) ? 'sts' : 'iam');
    const body = formOf(action, versions[service], parameters);
    const headers = signRequest({
      method: 'POST',
      host: new URL(listener.url).host,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body,
      credentials: caller,
      region,
      service,
      date: new Date(clock.now()),
    });
    const { authorization: _, ...unsigned } = headers;
    const response = await fetch(listener.url, {
      method: 'POST',
      headers: sendable(isUnsigned ? unsigned : headers),
      body,
    });
    const text = await response.text();
    const { [`${action}Response`]: answered, ErrorResponse: refused } = readXml(text);
    const result = answered?.[`${action}Result`] ?? {};
    return { status: response.status, headers: response.headers, text, body: refused?.Error ?? result };
  };
  const kms: Kms = {
    url: listener.url,
    clock,
    vault,
    keyring,
    identities,
    root,
    other,
    failures,
    audited,
    records,
    send,
    async ok(operation, input, sendOptions) {
      const answer = await send(operation, input, sendOptions);
      assert.equal(answer.status, 200, `${operation}: ${answer.text}`);
      return answer.body;
    },
    query,
    async did(action, parameters, queryOptions) {
      const answer = await query(action, parameters, queryOptions);
      assert.equal(answer.status, 200, `${action}: ${answer.text}`);
      return answer.body;
    },
    client: () =>
      new KMSClient({ endpoint: listener.url, region: 'us-east-1', credentials: { ...root }, maxAttempts: 1 }),
    async [Symbol.asyncDispose]() {
      await listener.drain();
      await close();
      assert.deepEqual(failures, [], 'the server logged failures');
      assertRecordsOf(answered, records);
    },
  };
  return kms;
}

function regionOf(text: string): Region {
  const region = parseRegion(text);
  assert(region !== undefined);
  return region;
}

async function openOwn({ hasSm2Everywhere = false, regions }: KmsSettings) {
  const vault = await memoryVault(new ManualClock());
  const [root, other] = await makeAccounts(vault, ['111122223333', '444455556666']);
  assert(root !== undefined && other !== undefined);
  return {
    vault,
    keyring: await openKeyring(vault, { hasSm2Everywhere, regions: regions && new Set(regions.map(regionOf)) }),
    identities: await openIdentities(vault),
    root,
    other,
    close: () => vault.store.close(),
  };
}

function takeOver({ opened, caller }: OpenedElsewhere) {
  return { ...opened, root: caller, other: caller, close: async () => undefined };
}

/** What any operation may answer: the front end's errors and the authorization step's. */
const commonErrors: readonly string[] = [
  'AccessDeniedException',
  'ExpiredTokenException',
  'InvalidSignatureException',
  'KMSInternalException',
  'SerializationException',
  'ThrottlingException',
  'UnrecognizedClientException',
  'ValidationException',
];

function assertDeclared(name: string, error: string): void {
  const declared: readonly string[] = kmsOperations.get(name)?.errors ?? [];
  assert(commonErrors.includes(error) || declared.includes(error), `${name} does not declare ${error}`);
}

export interface ToPost {
  readonly body: string | Uint8Array;
  readonly target: string;
  readonly caller: Caller;
  readonly region: string;
  readonly date: Date;
}

export async function post(url: string, { body, target, caller, region, date }: ToPost): Promise<Answer> {
  const headers = signRequest({
    method: 'POST',
    host: new URL(url).host,
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': target },
    body,
    credentials: caller,
    region,
    service: 'kms',
    date,
  });
  return answerOf(await fetch(url, { method: 'POST', headers: sendable(headers), body: Buffer.from(body) }));
}

export async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: text === '' ? undefined : JSON.parse(text) };
}

/** fetch sets Host itself, to the same value that was signed. */
function sendable(headers: Record<string, string>): Record<string, string> {
  const { host: _, ...rest } = headers;
  return rest;
}

/** A vault over a store, by default one in memory, under a root of trust made for it. */
export async function memoryVault(clock: ManualClock, store: Store = new MemoryStore()): Promise<Vault> {
  return makeVault({ store, root: memoryRoot(), clock });
}

/** A root of trust that is gone with the test. */
export function memoryRoot(): RootOfTrust {
  using secret = new SecretBytes(randomBytes(32));
  const key = new WrappingKey(secret);
  return {
    record: { kind: 'key-file', parameters: {} },
    description: "the test's root key",
    wrap: async (inner, purpose) => key.wrap(inner, purpose),
    unwrap: async (wrapped, purpose) => key.unwrap(wrapped, purpose),
  };
}

async function makeAccounts(vault: Vault, ids: readonly string[]): Promise<readonly Caller[]> {
  for (const id of ids) {
    const accountId = parseAccountId(id);
    assert(accountId !== undefined);
    await createAccount(vault, accountId);
  }
  const keys = await listRootAccessKeys(vault);
  return ids.map((id) => {
    const key = keys.find(({ accountId }) => accountId === id);
    assert(key !== undefined);
    return { accessKeyId: key.accessKeyId, secretAccessKey: Buffer.from(key.secretAccessKey.reveal()).toString() };
  });
}

/** A place for tests that work below the wire. */
export function testPlace() {
  const accountId = parseAccountId('111122223333');
  const region = parseRegion('us-east-1');
  assert(accountId !== undefined && region !== undefined);
  return { accountId, region };
}
