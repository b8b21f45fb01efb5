/**
 * A busy time of many clients, of every service and of every outcome, counted at the clients: the trail has one record for each
 * answer, each as AWS documents them, and in none of them is any secret that was used or given.
 */
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Agent, request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { join } from 'node:path';
import { test } from 'node:test';
import type { AuditEvent } from '#audit/event.ts';
import { Segments } from '#audit/segments.ts';
import { Random } from '../harness/client.ts';
import { materialFor, wrapFor, wrappingOf } from '../harness/import.ts';
import { formOf, readXml } from '../harness/query.ts';
import { assertRecordsOf } from '../harness/records.ts';
import { runCli, type ServerProcess, startServer } from '../harness/server-process.ts';
import { signRequest } from '../harness/sign.ts';
import { readRecords } from '../harness/trail.ts';

interface Caller {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

interface Wish {
  readonly service: 'kms' | 'iam' | 'sts' | 'cloudtrail' | 's3';
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  /** Undefined for nobody. */
  readonly caller: Caller | undefined;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

// biome-ignore lint/suspicious/noExplicitAny: answers of every shape
type Body = any;

const clients = 12;
const rounds = 6;

class Busy {
  readonly #server: ServerProcess;
  readonly #agent = new Agent({ keepAlive: true, maxSockets: clients });
  /** The request ids of all answers. */
  readonly answered = new Set<string>();
  readonly outcomes = new Map<string, number>();
  readonly secrets: Uint8Array[] = [];

  constructor(server: ServerProcess) {
    this.#server = server;
  }

  async send({ service, method = 'POST', path = '/', headers = {}, body = '', caller }: Wish): Promise<Answer> {
    const { host, hostname, port } = new URL(this.#server.url);
    const [bare, search = ''] = path.split('?');
    const query = [...new URLSearchParams(search)];
    const hash = createHash('sha256').update(body).digest('hex');
    const toSign = service === 's3' ? { ...headers, 'x-amz-content-sha256': hash } : headers;
    const credentials = caller ?? { accessKeyId: '', secretAccessKey: '' };
    const common = { method, host, path: bare ?? '/', query, body, region: 'us-east-1', service, date: new Date() };
    const signed = signRequest({ ...common, headers: toSign, credentials });
    const all = { ...(caller === undefined ? headers : signed), 'content-length': Buffer.byteLength(body) };
    const options = { hostname, port, method, path, headers: all, agent: this.#agent, timeout: 15_000 };
    const answer = await new Promise<Answer>((resolve, reject) => {
      const sent = httpRequest(options, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            text: Buffer.concat(chunks).toString('latin1'),
          }),
        );
      });
      sent.on('timeout', () => sent.destroy(new Error('no answer in time'))).on('error', reject);
      sent.end(body);
    });
    const requestId = String(answer.headers['x-amzn-requestid'] ?? answer.headers['x-amz-request-id']);
    assert(!this.answered.has(requestId));
    this.answered.add(requestId);
    const outcome = `${service} ${answer.status}`;
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
    return answer;
  }

  /** The body of an answer, whatever it is. */
  async kms(operation: string, input: object, caller: Caller | undefined, wish: Partial<Wish> = {}): Promise<Body> {
    const { headers, ...rest } = wish;
    const target = { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${operation}` };
    this.#learn(input);
    const body = JSON.stringify(input);
    const { text } = await this.send({ service: 'kms', headers: { ...target, ...headers }, body, caller, ...rest });
    const answer = text.startsWith('{') ? JSON.parse(text) : {};
    this.#learn(answer);
    return answer;
  }

  async form(service: 'iam' | 'sts', action: string, parameters: object, caller: Caller | undefined): Promise<Body> {
    const version = service === 'iam' ? '2010-05-08' : '2011-06-15';
    const body = formOf(action, version, { ...parameters });
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const { text } = await this.send({ service, headers, body, caller });
    return readXml(text)[`${action}Response`]?.[`${action}Result`] ?? {};
  }

  /** Credentials that have been given. */
  given({ AccessKeyId, SecretAccessKey, SessionToken }: Body): Caller {
    this.secret(Buffer.from(SecretAccessKey));
    this.secret(Buffer.from(SecretAccessKey, 'base64'));
    if (SessionToken === undefined) return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
    this.secret(Buffer.from(SessionToken));
    return { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey, sessionToken: SessionToken };
  }

  secret(bytes: Uint8Array): void {
    this.secrets.push(bytes);
  }

  #learn(members: object): void {
    for (const [name, value] of Object.entries(members)) {
      if (typeof value !== 'string' || !neverTold.test(name)) continue;
      this.secret(name === 'GrantToken' ? Buffer.from(value) : Buffer.from(value, 'base64'));
    }
  }
}

const neverTold =
  /^(?:Plaintext|Ciphertext\w*|PrivateKey\w+|Message|Signature|Mac|SharedSecret\w*|ImportToken|EncryptedKeyMaterial|GrantToken)$/;

const text = () => randomBytes(33).toString('base64');
const allowAll = [{ Effect: 'Allow', Action: '*', Resource: '*' }];
const policyOf = (Statement: readonly object[]) => JSON.stringify({ Version: '2012-10-17', Statement });
const A = '000000000000';
const B = '111122223333';

interface Scene {
  readonly alice: Caller;
  /** May nothing. */
  readonly mallory: Caller;
  readonly bob: Caller;
  readonly keys: Readonly<Record<'own' | 'shared' | 'signing' | 'mac' | 'imported', string>>;
}

test('a busy time of all kinds of calls leaves one record for each, and no secret', { timeout: 60_000 }, async (t) => {
  await using server = await startServer();
  const made = await runCli(['account', 'create', '--id', B, '--data', server.data]);
  assert.equal(made.code, 0, made.stderr);
  const busy = new Busy(server);
  const scene = await prepare(busy, server);
  await Promise.all(Array.from({ length: clients }, (_, seed) => live(busy, scene, new Random(seed + 1))));
  await server.stop();

  const records: AuditEvent[] = readRecords(new Segments(join(server.data, 'audit', 'segments')));
  assertRecordsOf(busy.answered, records);
  const copies = records.filter(({ userIdentity }) => userIdentity['type'] === 'AWSAccount');
  assert(copies.length >= clients);
  const events = new Set(records.map(({ eventSource, errorCode }) => `${eventSource} ${errorCode ?? 'done'}`));
  for (const service of ['kms', 'iam', 'sts']) {
    assert(events.has(`${service}.amazonaws.com done`) && events.has(`${service}.amazonaws.com AccessDenied`));
  }
  assert(events.size >= 20, [...events].join());
  assert.deepEqual(findSecrets(busy.secrets, textOf(server.data)), []);
  assert.equal(findSecrets([Buffer.from(scene.alice.accessKeyId)], textOf(server.data)).length, 1, 'the search finds');
  const { size } = busy.answered;
  t.diagnostic(`${size} answers, ${records.length} records, ${busy.secrets.length} secrets looked for`);
  t.diagnostic([...busy.outcomes].map(([outcome, count]) => `${outcome}: ${count}`).join(', '));
});

async function prepare(busy: Busy, server: ServerProcess): Promise<Scene> {
  const root = server.credentials;
  busy.secret(Buffer.from(root.secretAccessKey));
  const user = async (name: string, statements: readonly object[], by: Caller) => {
    await busy.form('iam', 'CreateUser', { UserName: name }, by);
    const policy = { UserName: name, PolicyName: 'own', PolicyDocument: policyOf(statements) };
    if (statements.length > 0) await busy.form('iam', 'PutUserPolicy', policy, by);
    const { AccessKey } = await busy.form('iam', 'CreateAccessKey', { UserName: name }, by);
    return busy.given(AccessKey);
  };
  const alice = await user('Alice', allowAll, root);
  const mallory = await user('Mallory', [], root);
  const bob = await user('Bob', allowAll, rootOf(server.data, B));
  const key = async (input: object = {}) => (await busy.kms('CreateKey', input, root)).KeyMetadata.Arn as string;
  const principal = (account: string) => ({ Principal: { AWS: `arn:aws:iam::${account}:root` } });
  const shared = policyOf([A, B].map((one) => ({ ...allowAll[0], Action: 'kms:*', ...principal(one) })));
  const keys = {
    own: await key(),
    shared: await key({ Policy: shared }),
    signing: await key({ KeySpec: 'ECC_NIST_P256', KeyUsage: 'SIGN_VERIFY' }),
    mac: await key({ KeySpec: 'HMAC_256', KeyUsage: 'GENERATE_VERIFY_MAC' }),
    imported: await key({ Origin: 'EXTERNAL' }),
  };
  const AssumeRolePolicyDocument = policyOf([
    { Effect: 'Allow', ...principal(A), Action: 'sts:AssumeRole' },
    { Effect: 'Allow', ...principal(B), Action: 'sts:AssumeRole' },
  ]);
  await busy.form('iam', 'CreateRole', { RoleName: 'App', AssumeRolePolicyDocument }, root);
  const PolicyDocument = policyOf(allowAll);
  await busy.form('iam', 'PutRolePolicy', { RoleName: 'App', PolicyName: 'own', PolicyDocument }, root);
  const wrapping = wrappingOf('SYMMETRIC_DEFAULT');
  const KeyId = keys.imported;
  const { ImportToken, PublicKey } = await busy.kms('GetParametersForImport', { KeyId, ...wrapping }, root);
  const material = materialFor('SYMMETRIC_DEFAULT');
  busy.secret(material);
  const EncryptedKeyMaterial = wrapFor(wrapping, PublicKey, material).toString('base64');
  const ExpirationModel = 'KEY_MATERIAL_DOES_NOT_EXPIRE';
  await busy.kms('ImportKeyMaterial', { KeyId, ImportToken, EncryptedKeyMaterial, ExpirationModel }, root);
  return { alice, mallory, bob, keys };
}

/** The root access key of an account, from the files that the server writes for AWS clients. */
function rootOf(data: string, account: string): Caller {
  const file = readFileSync(join(data, 'aws', 'credentials'), 'utf8');
  const section = file.slice(file.indexOf(`[${account}]`));
  const value = (name: string) => new RegExp(`^${name} = (.+)$`, 'm').exec(section)?.[1] ?? '';
  return { accessKeyId: value('aws_access_key_id'), secretAccessKey: value('aws_secret_access_key') };
}

/** One client: some of everything, in an order of its own. */
async function live(busy: Busy, scene: Scene, random: Random): Promise<void> {
  const parts = [useKeys, administer, takeSessions, crossAccounts, beDenied, sendRubbish, readTrail];
  for (let round = 0; round < rounds; round++) {
    const first = random.integer(0, parts.length - 1);
    for (const part of [...parts.slice(first), ...parts.slice(0, first)]) await part(busy, scene);
  }
}

const EncryptionContext = { purpose: 'test' };

async function useKeys(busy: Busy, { alice, keys }: Scene, caller = alice): Promise<void> {
  const { own: KeyId, signing, mac, imported, shared } = keys;
  const { CiphertextBlob } = await busy.kms('Encrypt', { KeyId, Plaintext: text(), EncryptionContext }, caller);
  await busy.kms('Decrypt', { CiphertextBlob, EncryptionContext }, caller);
  await busy.kms('Decrypt', { CiphertextBlob }, caller);
  const moved = { CiphertextBlob, SourceEncryptionContext: EncryptionContext, DestinationKeyId: shared };
  await busy.kms('ReEncrypt', moved, caller);
  await busy.kms('GenerateDataKey', { KeyId: imported, KeySpec: 'AES_256' }, caller);
  await busy.kms('GenerateDataKeyPair', { KeyId, KeyPairSpec: 'ECC_NIST_P256' }, caller);
  await busy.kms('GenerateRandom', { NumberOfBytes: 32 }, caller);
  const Message = text();
  const how = { KeyId: signing, SigningAlgorithm: 'ECDSA_SHA_256', Message };
  const { Signature } = await busy.kms('Sign', how, caller);
  await busy.kms('Verify', { ...how, Signature }, caller);
  await busy.kms('Verify', { ...how, Message: text(), Signature }, caller);
  const tagging = { KeyId: mac, MacAlgorithm: 'HMAC_SHA_256', Message };
  const { Mac } = await busy.kms('GenerateMac', tagging, caller);
  await busy.kms('VerifyMac', { ...tagging, Mac }, caller);
}

async function administer(busy: Busy, { alice, keys }: Scene): Promise<void> {
  const { KeyMetadata } = await busy.kms('CreateKey', { Description: 'soon gone' }, alice);
  const { KeyId } = KeyMetadata;
  const AliasName = `alias/${KeyId}`;
  await busy.kms('CreateAlias', { AliasName, TargetKeyId: KeyId }, alice);
  await busy.kms('Encrypt', { KeyId: AliasName, Plaintext: text() }, alice);
  await busy.kms('TagResource', { KeyId, Tags: [{ TagKey: 'a', TagValue: 'b' }] }, alice);
  await busy.kms('RotateKeyOnDemand', { KeyId }, alice);
  await busy.kms('DeleteAlias', { AliasName }, alice);
  await busy.kms('DisableKey', { KeyId }, alice);
  await busy.kms('Encrypt', { KeyId, Plaintext: text() }, alice);
  await busy.kms('ScheduleKeyDeletion', { KeyId, PendingWindowInDays: 7 }, alice);
  const grant = { KeyId: keys.own, GranteePrincipal: `arn:aws:iam::${A}:user/Mallory`, Operations: ['Encrypt'] };
  const { GrantToken } = await busy.kms('CreateGrant', grant, alice);
  await busy.kms('Encrypt', { KeyId: keys.own, Plaintext: text(), GrantTokens: [GrantToken] }, alice);
  await busy.kms('RetireGrant', { GrantToken }, alice);
  await busy.kms('ListKeys', {}, alice);
  await busy.form('iam', 'ListUsers', {}, alice);
  await busy.form('iam', 'GetUser', { UserName: 'Nobody' }, alice);
}

async function takeSessions(busy: Busy, scene: Scene): Promise<void> {
  const role = { RoleArn: `arn:aws:iam::${A}:role/App`, RoleSessionName: 'busy' };
  const ofRole = await busy.form('sts', 'AssumeRole', role, scene.alice);
  await useKeys(busy, scene, busy.given(ofRole.Credentials));
  const own = busy.given((await busy.form('sts', 'GetSessionToken', {}, scene.alice)).Credentials);
  await busy.kms('ListAliases', {}, own);
  await busy.form('sts', 'GetCallerIdentity', {}, own);
  await busy.kms('ListKeys', {}, { ...own, sessionToken: `${own.sessionToken?.slice(0, -4)}AAAA` });
  await busy.form('sts', 'AssumeRole', role, scene.bob);
  await busy.form('sts', 'AssumeRoleWithWebIdentity', { ...role, WebIdentityToken: text() }, undefined);
}

async function crossAccounts(busy: Busy, { bob, keys }: Scene): Promise<void> {
  const { CiphertextBlob } = await busy.kms('Encrypt', { KeyId: keys.shared, Plaintext: text() }, bob);
  await busy.kms('Decrypt', { CiphertextBlob }, bob);
  await busy.kms('Encrypt', { KeyId: keys.own, Plaintext: text() }, bob);
  await busy.kms('Encrypt', { KeyId: keys.own.replace(/.{4}$/, '0000'), Plaintext: text() }, bob);
}

async function beDenied(busy: Busy, { mallory, keys }: Scene): Promise<void> {
  await busy.kms('Encrypt', { KeyId: keys.own, Plaintext: text() }, mallory);
  await busy.kms('CreateKey', {}, mallory);
  await busy.form('iam', 'CreateUser', { UserName: 'Evil' }, mallory);
  await busy.form('sts', 'AssumeRole', { RoleArn: `arn:aws:iam::${A}:role/None`, RoleSessionName: 'x1' }, mallory);
  await busy.kms('Encrypt', { KeyId: keys.own, Plaintext: text() }, { ...mallory, secretAccessKey: text() });
  await busy.kms(
    'Encrypt',
    { KeyId: keys.own, Plaintext: text() },
    { ...mallory, accessKeyId: 'AKIAUNKNOWNUNKNOWN00' },
  );
  await busy.kms('Encrypt', { KeyId: keys.own, Plaintext: text() }, undefined);
  await busy.form('iam', 'ListUsers', {}, undefined);
}

async function sendRubbish(busy: Busy, { alice, keys }: Scene): Promise<void> {
  const { own: KeyId } = keys;
  await busy.kms('NoSuchOperation', { KeyId, Plaintext: text() }, alice);
  await busy.kms('Encrypt', { KeyId: 7, Plaintext: text() }, alice);
  await busy.kms('Encrypt', { KeyId, Plaintext: `${text()}*` }, alice);
  await busy.kms('Encrypt', { KeyId: 'alias/none', Plaintext: text() }, alice);
  await busy.kms('Encrypt', { KeyId, Plaintext: randomBytes(5000).toString('base64') }, alice);
  await busy.kms('Decrypt', { CiphertextBlob: text() }, alice);
  const secret = text();
  busy.secret(Buffer.from(secret, 'base64'));
  await busy.kms('Encrypt', {}, alice, { body: `{"KeyId": "${KeyId}", "Plaintext": "${secret}"` });
  await busy.kms('Encrypt', {}, alice, { body: secret });
  await busy.kms('Encrypt', { KeyId, Plaintext: text() }, alice, { headers: { 'content-type': 'text/plain' } });
  await busy.kms('Encrypt', {}, alice, { body: secret.repeat(30_000) });
  await busy.form('iam', 'NoSuchAction', { Password: secret }, alice);
  await busy.form('iam', 'CreateUser', { UserName: '' }, alice);
}

async function readTrail(busy: Busy, { alice }: Scene): Promise<void> {
  const target = 'com.amazonaws.cloudtrail.v20131101.CloudTrail_20131101.DescribeTrails';
  await busy.kms('', {}, alice, { service: 'cloudtrail', headers: { 'x-amz-target': target } });
  await busy.send({ service: 's3', method: 'GET', path: '/', caller: alice });
  await busy.send({ service: 's3', method: 'GET', path: `/keywright-audit-${A}?list-type=2`, caller: alice });
  await busy.send({ service: 's3', method: 'GET', path: `/keywright-audit-${A}/none`, caller: alice });
  await busy.send({ service: 's3', method: 'GET', path: '/another-bucket/none', caller: undefined });
}

// --- The search ----------------------------------------------------------------------------------------------------

/** How much of a secret is looked for; all of it would be found no better. */
const window = 16;

function textOf(data: string): string {
  const segments = new Segments(join(data, 'audit', 'segments'));
  return segments
    .list()
    .map((segment) => segments.read(segment).toString('latin1'))
    .join('\n');
}

/** The secrets of which a text has a part: as they are, in hexadecimal, or in base64 wherever in a longer text they begin. */
function findSecrets(secrets: readonly Uint8Array[], searched: string): readonly Uint8Array[] {
  const wanted = new Map<string, Uint8Array>();
  for (const secret of secrets) for (const form of formsOf(secret)) wanted.set(form, secret);
  const found = new Set<Uint8Array>();
  for (let at = 0; at + window <= searched.length; at++) {
    const secret = wanted.get(searched.slice(at, at + window));
    if (secret !== undefined) found.add(secret);
  }
  return [...found];
}

function formsOf(secret: Uint8Array): string[] {
  const bytes = Buffer.from(secret);
  assert(bytes.length >= window, 'shorter ones would be found by chance');
  const hex = bytes.toString('hex');
  const forms = [bytes.toString('latin1'), hex, hex.toUpperCase()].map((form) => form.slice(0, window));
  for (const before of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(before), bytes]);
    // The first characters depend on the neighbours as well.
    const from = Math.ceil((before * 8) / 6);
    for (const encoding of ['base64', 'base64url'] as const) {
      forms.push(shifted.toString(encoding).slice(from, from + window));
    }
  }
  return forms;
}
